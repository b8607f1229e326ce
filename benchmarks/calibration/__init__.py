"""Calibration: do stated errors have the size of the scatter, and intervals the stated coverage?

    python -m benchmarks calibration [--only PART ...] [--seeds N] [--save]

Each part lists experiments: a measurement that can be repeated with any seed, and its true value.

experiment   one measurement, one p value
summary      mean z, sd z, coverage of the 95 % interval, share of runs that warned
command      what is asked for, where results go
"""
