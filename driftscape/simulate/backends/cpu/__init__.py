"""The CPU backend: kernels compiled by Numba.

backend  `NumbaBackend` and its engine
compile  source -> machine code
target   the processor, and the width of its vectors
link     machine code -> a function of this process, without Numba
"""
