"""Compare a simulation with an operator on a grid, quantity by quantity.

compare             `compare`: moments, marginals and currents of a run
compare_passages    `compare_passages`: mean and survival of first passages
agreement           `Agreement`: z-scores, their biases, and one p-value for all quantities
rows                measured and expected quantities, and the names of those left out
quantities          the quantities, as functions of states and of a density on a grid
hat_functions       the weights of the averaged currents
reference           the values of an operator for all quantities, computed once for many runs
displaced           currents by displacements over the time between two snapshots
survivors           the survival of an operator, on a grid or of a chain
discrete_law        the scatter of means of draws from a known law
hotelling           the p-value of means whose law is not known
"""
