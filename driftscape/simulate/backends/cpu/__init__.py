"""The CPU backend: kernels compiled by Numba."""
