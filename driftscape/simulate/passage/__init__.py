"""Trajectories that end: first passage and splitting, as steps with a few more rows.

target      predicates on the coordinates, by name
crossing    how likely a step crossed into a target between its two states (Brownian bridge)
stopped     `stopped`: a step of any dynamics that ends in a target
margins     the one number a target that decides its crossings
exits       where and when inside its last step a trajectory met the boundary
goal        what ends the trajectories, at a point of parameters or at each of several
passages    stepping an ensemble until each trajectory has ended
watch       progress and Ctrl-C while they are stepped
hits        the dataset of a first passage
warn        that some start in a target, that none has reached one
excursions  pieces of trajectories between home, levels and target
cloning     adaptive multilevel splitting: rounds of killing and cloning
loops       walkers that leave home and come back: the law that excursions start from, and times
memory      whether they forget at home where they have been
reaction    reaction coordinates, as formulas or from a committor
"""
