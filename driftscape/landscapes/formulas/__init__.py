"""Formulas: text to SymPy through a whitelist and back, evaluation, and derivatives.

parse, functions  text -> SymPy; which functions a formula may use
write             SymPy -> text
evaluate, tape    values of an expression on arrays of points, by NumPy
calculus          derivatives and divergences
"""
