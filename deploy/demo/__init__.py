"""The main job on real parts and real input."""
