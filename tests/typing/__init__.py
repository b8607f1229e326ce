"""A user's script, checked by mypy."""
