"""The figures: one module or folder each, named ``author_year_topic``.

A small figure is one file.  A larger one is a folder: ``__init__.py`` states the paper's claim,
draws the figure and lists its checks; the other modules contain

methods, chain, minima, ...   the physics: simulations, grids and exact results
checks                        the checks, where they are many
panels                        the drawings
"""
