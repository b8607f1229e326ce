"""`python -m benchmarks gpu`: one self-contained command for a machine with a GPU.

    python -m benchmarks gpu [--quick] [--only parity|throughput|limit|costs|peers] [--minutes N]
                             [--out FOLDER]

The order is: bits of ensembles that fill a GPU, the promised ratios, bits of everything that the
package accepts, the cost curves of `benchmarks.curves`, the other sizes, JAX and PyTorch.  The page
is written after every part, so that the most important results are kept if the command ends early.

command      the command line, the order of the parts, the exit status
parts, bench one part with its time limit and failure; all parts
plan         sizes, repeats and durations
device       GPU, driver and versions
systems      W1 to W4: landscape, dynamics, start
stepping     the package's engines, on the GPU and on the processor
passage      first passage of W3, counted in useful steps
limit, limit.cu   W1 and W2 written by hand in CUDA
peers        straightforward loops in JAX and PyTorch
rate         steps per second: number of timed steps, interleaved rounds
cases        landscapes x dynamics, training sets, schemes, commands
parity       bits of the GPU against bits of the processor on them
results      rows, verdicts and the saved page
picture      throughput against the number of trajectories

Every number is measured in this run; a missing number is replaced by the reason.
"""

from .command import main

__all__ = ["main"]
