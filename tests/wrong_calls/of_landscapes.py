"""Wrong formulas, names and numbers of landscapes."""

import numpy as np
import sympy as sp

from driftscape import landscapes
from driftscape.landscapes import Landscape, Normal, Uniform

from .values import BOWL, HUGE, INF, NAN, WELL


def phi(formula: object, **given: object) -> Landscape:
    return Landscape.from_potential(formula, **({"coordinates": "x"} | given))


def loss(**given: object) -> Landscape:
    usual = {"coordinates": "x", "samples": {"s": Normal()}}
    return Landscape.from_loss("(x - s)**2/2", **(usual | given))


LANDSCAPES = {
    "overflow in a constant": (lambda: phi("1e308*10*x"), r"1e308\*10\*x.*1.00e\+309"),
    "constants that add up": (lambda: phi("1e308*x + 1e308*x"), "2.00e.308"),
    "a literal beyond doubles": (lambda: phi("1e400*x"), "1e400.*1.8e308"),
    "an inner overflow": (lambda: phi("where(x > 0, 1e308*10, 0)"), "where.*1.00e.309"),
    "too small a constant": (lambda: phi("1e-200*1e-200*x"), "1.00e-400"),
    "complex power": (lambda: phi("(-1)**x"), r"\(-1\)\*\*x.*not real"),
    "complex power inside": (lambda: phi("abs((-2)**(x**2))"), "negative number -2"),
    "complex root": (lambda: phi("sqrt(-1)*x"), r"sqrt\(-1\)"),
    "division by zero": (lambda: phi("x/(1 - 1)"), "division by zero"),
    "deep brackets": (lambda: phi("(" * 5000), "not a formula"),
    "text without end": (lambda: phi("x" * 30_000), "30000 characters"),
    "a callable as formula": (lambda: phi(lambda x: x**2), "potential=<function.*not a formula"),
    "a table as formula": (lambda: phi({"x": 1.0}), "potential={'x': 1.0}.*not a formula"),
    "an array as formula": (lambda: phi(np.zeros((2, 2))), "potential=array.*not a formula|'0'"),
    "a complex number": (lambda: phi(1j), "potential=1j"),
    "SymPy's imaginary unit": (lambda: phi(sp.I * sp.Symbol("x")), "potential=I.x"),
    "coordinates as a number": (lambda: phi("x**2", coordinates=3), "coordinates=3"),
    "coordinates as None": (lambda: phi("x**2", coordinates=None), "coordinates=None"),
    "coordinates as a table": (lambda: phi("x**2", coordinates={"x": 1}), "coordinates={'x': 1}"),
    "parameters as an array": (lambda: phi("x", parameters=np.zeros(3)), "parameters=array"),
    "parameter beyond doubles": (lambda: phi("a*x", parameters={"a": HUGE}), "parameter a=.*401"),
    "parameter with NaN": (lambda: phi("a*x", parameters={"a": NAN}), "parameter a=nan"),
    "domain as a number": (lambda: phi("x", domain=3.0), "domain=3.0"),
    "domain of one end": (lambda: phi("x", domain={"x": (1,)}), r"domain\['x'\]=\(1,\)"),
    "domain of nothing": (lambda: phi("x", domain={"x": (1, 1)}), r"domain\['x'\]=\(1, 1\)"),
    "facts as text": (lambda: phi("x", facts="none"), "facts='none'"),
    "name as a number": (lambda: phi("x", name=3), "name=3"),
    "start as a table": (lambda: phi("x", start={"y": 1}), "name x; got 'y'"),
    "start with NaN": (lambda: phi("x", start=[NAN]), "finite numbers.*nan"),
    "samples as a number": (lambda: loss(samples=3), "samples=3"),
    "samples without a law": (lambda: loss(samples={"s": 3}), r"samples\['s'\] = 3"),
    "width beyond doubles": (lambda: Normal(0, HUGE), "Normal.*1.00e.400"),
    "interval without end": (lambda: Uniform(0, INF), "Uniform.*inf"),
    "drift at beta of text": (lambda: landscapes.double_well(1).drift("hot"), "beta='hot'"),
    "drift at a beta that it has not": (lambda: WELL.drift(NAN), "beta=nan"),
    "unknown kind": (lambda: Landscape.from_dict({"kind": []}), r"kind=\[\]"),
    "no description": (lambda: Landscape.from_dict(None), "data=None"),
    "edited samples": (lambda: Landscape.from_dict(BOWL.to_dict() | {"samples": 3}), "samples=3"),
    "more in a description": (lambda: Landscape.from_dict(WELL.to_dict() | {"a": 1}), "no 'a'"),
    "points of text": (lambda: WELL.gradient("here"), "points='here'"),
    "a matrix of nothing": (lambda: landscapes.linear(F=None), "F=None"),
    "curvature of text": (lambda: landscapes.mean_estimation(curvature="high"), "curvature='high'"),
    "width of NaN": (lambda: landscapes.ratchet(width=NAN), "width=nan.*pi/2"),
    "no landscape": (lambda: landscapes.change_coordinates(3, new="y", old={}), "landscape=3"),
    "a changed coordinate": (
        lambda: landscapes.change_coordinates(BOWL, new="y", old=3), "old=3"
    ),
}  # fmt: skip
