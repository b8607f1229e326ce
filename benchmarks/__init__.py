"""Speed, as ratios measured side by side, and campaigns that test what the package states.

    python -m benchmarks [--quick] [--save] [--rounds N] [--only WORD ...]
    python -m benchmarks gpu [--quick] [--only PART] [--out FOLDER]     on a machine with a GPU
    python -m benchmarks calibration|validity|mutations [--only PART ...]   is what is said so?

workloads    the three systems that everything is timed on, and a statistic that all must agree on
timing       interleaved repeats, medians of per-round ratios
limit        hand-written C++ (AVX-512), built from ../shared/perf/limit when that is there
ours         `simulate.run`, end to end
naive        the loop one would write with Numba
loop         the loop one would write with NumPy
peers        JAX, diffrax, torchsde, deeptime, jitcsde, sdeint, where installed
threads      two threads against one
startup      a second process, from the first import to the first result
machine_code no scalar math call in any shipped kernel
gpu          the same on a GPU: bits, throughput, the limit in CUDA
calibration  error bars against scatter over hundreds of seeds
validity     predictions against independent answers to made-up problems
mutations    faults put into the source, which the tests must notice
campaign     what these three share
table        rows, verdicts, and the files in results/
"""
