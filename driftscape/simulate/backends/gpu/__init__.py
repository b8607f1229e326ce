"""The GPU backend: kernels compiled by NVRTC and run by CuPy.

backend  `CupyBackend` and its engine
device   whether there is a GPU, and the meaning of its errors
part     columns of an ensemble on the GPU
window   snapshots on their way to the host
"""
