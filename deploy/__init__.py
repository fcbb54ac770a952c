"""How it runs: topology, local stack, demo, command line."""
