"""Figures of papers, redrawn from simulation, each with the checks that say whether it came out.

catalogue            which figures there are, found on the disk by their names
figure               what a figure is: `About` (the paper), `Check` (a number), `Figure`
reproduce            draw figures, print and save what came out; behind ``driftscape reproduce``
outcome              what became of one figure
report, page         ``report.json``, ``report.html``
histogram            distance of a sampled density in the plane from a stated one
noiseless            the rotating double well without noise
double_well_panels   its drawings
escape_times         logarithms of escape times, and lines through them
kramers_panels, barrier_panels   drawings of Kramers' escape and of SGD's barrier
curvature_noise      wells under noise that follows the curvature
curvature_theory     their exact times, and the laws
curvature_panels, divergence_panels   drawings
two_basins_chain     injected noise in two basins, and its exact law
two_basins_panels    its drawings

A figure is one module ``author_year_topic.py`` with an `About` named ``ABOUT`` and a function
``draw(full=False) -> Figure``; nothing else has to be told about it.
"""
