"""The functions that every compiled backend shares, each written once.

elementary    exponentials, logarithms, powers, trigonometric functions
random_words  random generators, and the numbers computed from their words
intrinsics    the instructions that both are written in
table         their sources, dependencies and error bounds
"""
