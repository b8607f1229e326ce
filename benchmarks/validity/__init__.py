"""Validity: does every prediction keep to the truncation and the regime that it states?

    python -m benchmarks validity [--only PART ...] [--count N] [--case N] [--save]

Each part makes up problems at random, asks the package for its `Theory`, and asks an independent
oracle (quadrature, enumeration, a linear solver, a grid) for the truth.

case         one problem, and what came of it
summary      cases, refusals, worst error in truncations, share valid inside the stated regime
command      what is asked for, where results go
"""
