"""The one-step kernel of SGD on a grid, in 1 and 2 dimensions.

build           `transfer_operator`: read the arguments and discretise
operator        `TransferOperator`: the object that users see
chain           `GridChain`: the Markov chain on one grid, with everything solved for it
stationary, relaxation, passages   answers, as functions of a `GridChain`

step_map        one step as a map of the state and its samples
dynamics        which dynamics have a kernel
circle          periodic axes
symmetry_frame  a coordinate that a symmetry eliminates
rule            nodes and weights of the samples of a step
statistic       batches that enter only through the mean of one function of the sample
panels          a continuous sample, divided where a step meets a boundary
kernel          the matrix of one step
targets         which nodes lie in a target
box_search      the box, with a stated tail
solvers         stationary law, spectrum, linear equations
"""
