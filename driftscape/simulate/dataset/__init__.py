"""Reading a dataset that was simulated before, however it was rearranged since.

fingerprint     a hash of each trajectory, by which changed values are noticed
variables       what a dataset holds: dimensions and types
labels          the order of coordinates, trajectories, snapshots
contradictions  labels that the description contradicts
changes         values that are no longer those that were simulated
complete        what continuing a run needs
contents        `Contents`: what a dataset holds, in order
points          each point of a sweep as its own run has it
read            the one way in: `read`, and `read_points` of a sweep
splittings, refinements  the same for the results of `splitting` and `refine`
"""
