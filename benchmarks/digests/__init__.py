"""`python -m benchmarks digests`: the bits of every landscape under every dynamics."""
