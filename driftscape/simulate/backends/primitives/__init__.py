"""Elementary functions and random words that are the same, bit for bit, on every backend."""
