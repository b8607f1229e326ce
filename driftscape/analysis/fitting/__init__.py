"""A formula fitted to the points of a sweep, with the covariance between points.

fit        `fit`: reads the points, and gives the parameters as estimates
result     `Fit`: parameters, goodness of fit, predictions
formula    the formula, its parameters and its derivatives
minimum    the minimum of chi square, exact for a linear formula
inference  errors and p-values with a covariance that is itself estimated
"""
