"""What may exist: contracts and their meaning."""
