"""An analysis at every point of a sweep, and the estimates of all points as one dataset.

points          which dimensions of a dataset are swept, and its points
each_point      `at_every_point`; the decorator that maps an analysis over a sweep
stack           results of all points: one dataset, NaN where a point has none
table           the fields of a result as variables of a dataset
estimates       `estimate_of`: estimates as a dataset, and back, with their covariance
"""
