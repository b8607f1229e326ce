"""Benchmarks: the speed this package holds itself to, as ratios measured side by side.

    python -m benchmarks [--quick] [--save] [--rounds N] [--only WORD ...]
    python -m benchmarks gpu [--quick] [--only PART] [--out FOLDER]     on a machine with a card

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
gpu          the same on a graphics card: bits, throughput, the limit in CUDA
table        rows, verdicts, and the files in results/
"""
