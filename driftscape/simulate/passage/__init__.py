"""First passages: trajectories that end in a target.

ending      targets and bridges of each point, and what a first passage returns
stopped     a step of any dynamics that ends in a target
crossing    how likely a step crossed into a target between its two states (Brownian bridge)
exits       where and when inside its last step a trajectory met the boundary
"""
