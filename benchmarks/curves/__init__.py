"""`python -m benchmarks curves`: what a call costs against the size of each of its arguments.

    python -m benchmarks curves [--quick] [--save] [--only PART ...] [--rounds N]

A curve is a whole call (`simulate.run`, `sweep` or `first_passage`, its kernels compiled) at
several sizes of one argument.  Every size has an ideal time, and its row fails above twice this
time.  The sizes of a curve are measured in turn, and the medians are compared.

curve        sizes and calls of a curve, and where it is measured
ideal        the ideal times, and the sentence that explains each
measure      interleaved rounds
command      the command line, the page and the exit status
picture      all curves, on logarithmic axes
coordinates  a chain and a mean field of 1 to 64 coordinates
ensembles    trajectories from 1 to 1e6, steps from 1 to 1e5
snapshots, averages, densities      what is kept along the way
sweeps       points of a sweep
training     training sets, data sets and batches
targets      targets of a first passage
"""
