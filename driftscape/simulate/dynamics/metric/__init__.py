"""Dynamics in a metric: the diffusion metric I + epsilon D, and the Fisher metric.

diffusion_metric  the metric I + epsilon D inside a step
rgd               gradient descent in it, and its flow
geodesic          the second-order equation of its geodesics
fisher            the Fisher matrix of a likelihood
natural_gradient  gradient descent in the Fisher metric, and its flow
"""
