"""Random problems of escape, and solutions that do not use the package.

wells           random wells, valleys and noise
kramers         Kramers' formula: lines, planes, two saddles
gradient_noise  `sgd_escape_time`
others          inertia, jumps, quasi-potentials, large deviations
oracles         quadrature, spectra, chains
"""
