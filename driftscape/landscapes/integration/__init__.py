"""Integrals with proven coverage: expectations over samples, integrals over space, zeros of fields.

expectation, table  means over the samples: closed forms, or sums over the nodes of a table
nodes, kinks        nodes made for an integrand on its whole domain, and checked
cubature            integrals over all of space; integrand, cells: its estimates and its cells
zeros               all zeros of a field in a box
bounds, intervals   a formula over boxes in interval arithmetic
narrower            formulas and their slopes, written so that interval bounds are tight
exponentials        the same for exponentials, without overflow
"""
