"""Escape in one dimension, by quadrature."""
