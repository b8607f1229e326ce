"""The checks of the gallery over many seeds: test the stated errors, and that each can fail.

    python -m benchmarks gallery [--only FIGURE ...] [--seeds N] [--save]

drawn      one figure at one seed: the numbers of its checks
summary    z over the seeds, and the relative change that each check would reject
command    the command line
"""
