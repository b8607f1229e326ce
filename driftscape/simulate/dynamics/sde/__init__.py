"""Stochastic differential equations: interpretations, integration schemes, driving noises."""
