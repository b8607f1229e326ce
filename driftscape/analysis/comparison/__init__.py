"""An ensemble and a grid, number by number.

compare             `compare`: moments, marginals, current and passages of a run beside a grid's
agreement           `Agreement`: the z-scores, their biases, and one p-value for all of them
rows                quantities side by side; those without a number are named
draws               tails of means of draws from the law that the grid knows
hotelling           one p-value of means whose law is not known
reference           what an operator says of all quantities, solved once for many runs
compared            the quantities of states, from the run and from the grid
coordinate_moments, marginal, hats   the kinds of them
displaced           currents by displacements over the time between two snapshots
passages, survivors first passages, and their law on a grid or of a chain
step_error          `step_error`: what a scheme's dt does to the steady state, from the grid alone
"""
