"""Validity: test the truncation and the regime that every prediction states.

    python -m benchmarks validity [--only PART ...] [--count N] [--case N] [--save]

Each part generates random problems and compares the `Theory` of the package with the result of an
independent method (quadrature, enumeration, a linear solver, a grid).

case         one problem and its outcome
summary      cases, refusals, worst error in truncations, fraction valid inside the regime
command      the command line
"""
