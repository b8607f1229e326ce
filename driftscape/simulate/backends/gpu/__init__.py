"""The GPU backend: kernels compiled by NVRTC and run by CuPy."""
