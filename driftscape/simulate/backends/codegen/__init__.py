"""Code generation: a `Step` becomes the text of one kernel function."""
