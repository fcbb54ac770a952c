"""The operator's tools for quarantine: nothing here is part of a running service."""
