"""Types that several rooms share."""

from typing import TypeAlias

import numpy as np
import sympy as sp
from numpy.typing import NDArray

#: real numbers, of any shape
Float: TypeAlias = NDArray[np.float64]
#: whole numbers: indices, counts, numbers of steps
Index: TypeAlias = NDArray[np.int64]
#: truth values
Bools: TypeAlias = NDArray[np.bool_]
#: one assignment name = expression
Assignment: TypeAlias = tuple[sp.Symbol, sp.Expr]
#: the assignments that a step or a field evaluates, in order
Assignments: TypeAlias = tuple[Assignment, ...]
