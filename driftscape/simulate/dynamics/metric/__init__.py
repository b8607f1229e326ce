"""Dynamics in a metric: the diffusion metric I + epsilon D, and the Fisher metric."""
