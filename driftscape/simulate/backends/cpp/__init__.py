"""The text of a kernel, translated from Python to C++ for a GPU."""
