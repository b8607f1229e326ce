"""Coverage: intervals of what was calculated from several estimates, with and without common noise.

    python -m benchmarks coverage [--only PART ...] [--seeds N] [--save]

The experiments, their repetition and their tables are those of `benchmarks.calibration`.

values    differences, ratios, products and functions of means of drawn values
runs      the same of two points of a sweep, of censored passages, of pieces of one trajectory
fits      parameters of formulas that were fitted to the points of a sweep
command   the command line
"""
