"""Speed ratios, and campaigns that test error bars, predictions, figures and tests.

    python -m benchmarks [--quick] [--save] [--rounds N] [--only WORD ...]
    python -m benchmarks gpu [--quick] [--only PART] [--out FOLDER]     on a machine with a GPU
    python -m benchmarks curves [--quick] [--save] [--only PART ...]      cost against size
    python -m benchmarks calibration|validity|mutations [--only PART ...]   the campaigns

workloads    the three systems that are timed, and a statistic on which all contenders must agree
timing       interleaved repeats, medians of per-round ratios
limit        hand-written C++ with vectors as wide as the processor has
compilers    the C++ compiler, and libraries that it builds
chosen       processor, width of vectors and compiler, as the head of the table names them
narrow       AVX2 code against the limit in AVX2
untuned      two systems that nothing was tuned for, against C++ of the same text
ours         `simulate.run`, end to end
naive        a straightforward loop in Numba
loop         a straightforward loop in NumPy
peers        JAX, diffrax, torchsde, deeptime, jitcsde, sdeint, where installed
threads      two threads against one
startup      a second process, from the first import to the first result
machine_code no scalar math call in any shipped kernel
curves       cost against the size of each argument, each row with its ideal
gpu          the same on a GPU: bits, throughput, the limit in CUDA
calibration  error bars against scatter over hundreds of seeds
validity     predictions against independent solutions of random problems
mutations    faults in the source that the tests must detect
campaign     functions that these campaigns share
table        rows, verdicts, and the files in results/
"""
