"""Formulas: text to SymPy through a whitelist and back, evaluation, and derivatives.

language         names, exact numbers and types of formulas
functions        the functions that a formula may contain
parse, write     text to SymPy, and SymPy to text
evaluate, tape   values of an expression on arrays of points, by NumPy
calculus         derivatives and divergences
"""
