"""The gallery's checks over many seeds: are stated errors scatters, and can each check fail?

    python -m benchmarks gallery [--only FIGURE ...] [--seeds N] [--save]

drawn      one figure at one seed: the numbers of its checks
summary    z over the seeds, and the relative change that each check would reject
command    what is asked for, where results go
"""
