"""The CPU backend: kernels compiled by Numba.

backend  `NumbaBackend` and its engine
compile  source -> machine code
link     machine code -> a function of this process, without Numba
"""
