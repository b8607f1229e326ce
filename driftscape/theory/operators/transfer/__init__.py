"""The law of discrete SGD on a grid, in 1 and 2 dimensions: its one-step kernel, no SDE.

build          `transfer_operator`, the way in
operator       `TransferOperator`: the object, with its methods
passage        its methods on targets
evolution      its methods on densities
survival       the law of those that have not reached a target
flow           how fast it goes round, or along its frame
chain          the map of one step
dynamics       which dynamics have one
circle         axes that close on themselves
frame          a coordinate that a symmetry takes away
rule           nodes and weights of the samples of a step
statistic      batches that are seen through the mean of one function of the sample
panels         a continuous sample, cut where a step meets a boundary
interpolation  a function between the nodes; its transpose puts mass on them
kernel         the matrix of one step
targets        which nodes lie in a target
box            a box found by itself, with a stated tail
solve          stationary law, spectrum, equations
"""

from .build import transfer_operator

__all__ = ["transfer_operator"]
