"""Reading a dataset that was simulated before, however it was rearranged since.

fingerprint     a hash of each trajectory, by which changed values are noticed
variables       what a dataset holds: dimensions and types
labels          the order of coordinates, trajectories, snapshots
contradictions  labels that the description contradicts
changes         values that are no longer those that were simulated
complete        what continuing a run needs
contents        `Contents`: what a dataset holds, in order
read            the one way in: `read`
"""
