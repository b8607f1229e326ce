"""An ensemble and a grid, number by number.

compare             `compare`: moments, marginals, current and passages of a run beside a grid's
agreement           `Agreement`: the z-scores, their biases, and one p-value for all of them
compared            the quantities that are compared, from the run and from the grid
coordinate_moments, marginal, tents, passages   the kinds of quantities
step_error          `step_error`: what a scheme's dt does to the steady state, from the grid alone
"""
