"""Escape paths: minimum action, minimum energy, and the quasipotential."""
