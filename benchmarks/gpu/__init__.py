"""`python -m benchmarks gpu`: one self-contained command for a machine with a GPU.

    python -m benchmarks gpu [--quick] [--only parity|throughput|limit|peers] [--minutes N]
                             [--out FOLDER]

First bits of ensembles that fill a GPU, then the ratios that are promised, then bits of everything
the package accepts, then the other sizes, then JAX and PyTorch: whatever ends it early, the page,
written after every part, holds what mattered most.

command      what is asked for, the order of things, the exit status
parts, bench a part: its time, what becomes of one that fails; all of them
plan         how large, how often, how long
device       which GPU, which driver, which versions
systems      W1 to W4: landscape, dynamics, start
stepping     the package's engines, on the GPU and on the processor
passage      first passage of W3, counted in useful steps
limit, limit.cu   W1 and W2 written by hand in CUDA
peers        the loops one would write with JAX and with PyTorch
rate         steps a second: how many steps to time, interleaved rounds
cases        landscapes x dynamics, training sets, schemes, verbs
parity       bits of the GPU against bits of the processor on them
report       rows, verdicts and the page that is kept
picture      throughput over the number of trajectories

Every number is made on the spot; what could not be measured says why.
"""

from .command import main

__all__ = ["main"]
