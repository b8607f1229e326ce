"""Perturbation series of SGD: rooted trees, their weights, and derivatives."""
