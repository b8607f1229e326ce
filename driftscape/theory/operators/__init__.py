"""Evolution operators on a grid: the Fokker-Planck generator, and the one-step kernel of SGD.

operator        `Operator`: the protocol of both
fokker_planck/  `FokkerPlanck`: the generator of an SDE
transfer/       `TransferOperator`: the kernel of one step of SGD
step_error      `step_error`: the error of a scheme's steady state
grid            `Grid`: equal cells on a box
arguments, density, sides, known_points   arguments as users write them, points of a landscape
interpolation   functions between the nodes of a grid, and masses on them
metadata        attributes of the returned arrays
errors          errors and warnings
"""
