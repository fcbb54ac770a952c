"""Where it goes: validator, sink, queries."""
