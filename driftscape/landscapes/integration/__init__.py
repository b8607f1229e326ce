"""Expectations over samples, integrals over space and zeros of fields, with rigorous bounds.

expectation   means over the samples: closed forms, or sums over the nodes of a quadrature rule
nodes         search for a quadrature rule that is right on a whole domain
table         a quadrature rule and sums over it
kinks         points where a formula is not analytic
cubature      integrals over all of space
integrand     bounds and Gauss rules for the integrands on cells
cells         boxes of space
zeros         all zeros of a field in a box
bounds        bounds of a formula over boxes
intervals     interval arithmetic
rewriting     equivalent forms of a formula and its slopes with tight interval bounds
exponentials  sums of exponentials without overflow
"""
