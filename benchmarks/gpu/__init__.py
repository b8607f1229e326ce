"""`python -m benchmarks gpu`: one self-contained command for a machine with a graphics card.

    python -m benchmarks gpu [--quick] [--only parity|throughput|limit|peers] [--out FOLDER]

command      the order of things, the time limit, the exit status
plan         how large, how often, how long
card         which card, which driver, which versions
systems      W1 to W4: landscape, dynamics, start
stepping     the package's engines, on the card and on the processor
passage      first passage of W3, counted in useful steps
limit, limit.cu   W1 and W2 written by hand in CUDA
peers        the loops one would write with JAX and with PyTorch
rate         steps a second: how many steps to time, interleaved rounds
cases        landscapes x dynamics, training sets, schemes, verbs
parity       bits of the card against bits of the processor on them
report       rows, verdicts and the page that is kept
picture      throughput over the number of trajectories

Every number is made on the spot; what could not be measured says why.
"""

from .command import main

__all__ = ["main"]
