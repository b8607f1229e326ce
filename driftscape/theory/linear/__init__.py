"""Linear theory: exact steady states of linear dynamics, and linearisation near a fixed point."""
