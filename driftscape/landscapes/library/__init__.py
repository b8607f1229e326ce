"""The shipped landscapes, one file each."""
