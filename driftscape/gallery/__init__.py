"""Figures of papers, redrawn from simulation, each with checks of the paper's numbers.

figures/    one folder or file for each figure: its entry, physics, checks and panels
report/     what a figure is, how figures are drawn and checked, and how the result is printed
shared/     physics and statistics that several figures use

A figure is a module or a folder of `figures` named ``author_year_topic``.  Its module (for a
folder, ``__init__.py``) defines an `About` named ``ABOUT``, an integer ``SEED`` and a function
``draw(full=False, seed=SEED) -> Figure``.  ``driftscape list`` and ``driftscape reproduce`` find it
by its name; it is registered nowhere.
"""
