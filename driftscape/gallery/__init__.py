"""Figures of papers, redrawn from simulation, each with the checks that say whether it came out.

catalogue            which figures there are, found on the disk by their names
figure               what a figure is: `About` (the paper), `Check` (a number), `Figure`
reproduce            draw figures, print and save what came out; behind ``driftscape reproduce``
outcome              what became of one figure
report, page         ``report.json``, ``report.html``
histogram            distance of a sampled density in the plane from a stated one
double_well/, noise/, descent/, escape/, modified/   what their simulations and drawings are made of

A figure is one module ``author_year_topic.py`` with an `About` named ``ABOUT`` and a function
``draw(full=False) -> Figure``; nothing else has to be told about it.
"""
