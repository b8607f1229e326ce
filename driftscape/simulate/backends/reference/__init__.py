"""The reference backend: a step evaluated by NumPy, independent of the generated code."""
