"""Datasets that a test has written to: with the fingerprints of what they now hold."""

from benchmarks.made_up import sealed as sealed
