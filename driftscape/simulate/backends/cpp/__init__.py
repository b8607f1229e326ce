"""The text of a kernel, translated from Python to C++ for a GPU.

expressions  expressions and their inferred types
text         statements and functions
lane         a kernel for one of its lanes
prelude      types and instructions at the head of every file
source       the whole file of a step
"""
