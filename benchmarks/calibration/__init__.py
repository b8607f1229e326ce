"""Calibration: test whether stated errors equal the scatter and intervals have their coverage.

    python -m benchmarks calibration [--only PART ...] [--seeds N] [--save]

Each part lists experiments: a measurement that can be repeated with any seed, and its true value.

experiment   one measurement, one p value
summary      mean z, sd z, coverage of the 95 % interval, fraction of runs that warned
command      the command line
"""
