"""Linear theory: exact laws of linear dynamics, and linearisation near a fixed point."""
