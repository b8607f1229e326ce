"""SGD beside its modified equations.

modified_parabola, modified_equations   where SGD meets them, and two wells
modified_checks, modified_panels   checks and drawings
powers_and_rates     powers of a learning rate, rates of decay, with errors
"""
