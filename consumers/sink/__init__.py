"""Topics to tables."""
