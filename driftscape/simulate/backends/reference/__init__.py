"""The reference backend: a step evaluated by NumPy, independent of the generated code.

backend  `NumpyBackend` and its engine
words    random generators
"""
