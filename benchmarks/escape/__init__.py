"""Made-up problems of escape, and oracles that know nothing of the package.

wells           wells, valleys and noise at random
kramers         Kramers' law: lines, planes, two saddles
gradient_noise  `sgd_escape_time`
others          inertia, jumps, quasi-potentials, large deviations
oracles         quadrature, spectra, chains
"""
