"""What a sweep is made of: many points of parameters, one kernel, one ensemble.

axes          the names and values that are swept
points        the points of their product, which must share one kernel
length        one number of steps for all of them
side_by_side  starts, streams and training sets of all points, next to each other
unfold        one dimension for each name, and back again
selected      what the dataset of one selected point says of itself
warn          steps that are too large, trajectories that diverged: point by point
"""
