"""The schema check: rules in a table, and what runs them."""
