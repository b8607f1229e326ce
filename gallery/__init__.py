"""Figures of papers, redrawn from simulation, each with the checks that say whether it came out.

===============  ==================================================================================
`catalogue`      which figures there are, found on the disk by their names
`figure`         what a figure is: `About` (the paper), `Check` (a number), `Figure`
`reproduce`      draw figures, print and save what came out; behind ``driftscape reproduce``
`report`         ``report.json`` and ``report.html``
===============  ==================================================================================

A figure is one module ``author_year_topic.py`` with an `About` named ``ABOUT`` and a function
``draw(full=False) -> Figure``; nothing else has to be told about it.
"""
