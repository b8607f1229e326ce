"""Entropy production, free energy and their gradient flow, without a run."""
