"""Laws of samples: their arguments, and the moments of cubic-chi under each of them."""

import numpy as np
import pytest
import sympy as sp

from driftscape import landscapes
from driftscape.landscapes import Exponential, FormulaError, Landscape, Normal, Uniform

WRONG = {
    "negative deviation": (lambda: Normal(0, -1), r"Normal\(mean=0, std=-1\) has the width -1"),
    "negative in words": (lambda: Normal(0, "1 - 3"), "has the width -2"),
    "negative mean": (lambda: Exponential(-1), "has the width -1"),
    "ends exchanged": (lambda: Uniform(1, 0), "has the width -1"),
    "nan": (lambda: Normal(float("nan"), 1), "the number nan is not finite"),
    "infinite": (lambda: Uniform(0, np.inf), "the number inf is not finite"),
    "truth value": (lambda: Normal(0, True), "True is not a formula"),
    "NumPy's truth value": (lambda: Normal(np.bool_(False), 1), "False is not a formula"),
    "nothing": (lambda: Normal(None), "None is not a formula"),
    "a list": (lambda: Normal([0, 1]), "is not a formula"),
    "no formula": (lambda: Normal("a +"), "is not a formula"),
    "no function": (lambda: Normal("f(a)"), "no function 'f'"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_law_is_refused_where_it_is_written(case):
    make, message = WRONG[case]
    with pytest.raises(FormulaError, match=message):
        make()


@pytest.mark.parametrize("number", [2, 2.0, np.float32(2), np.int64(2), np.array(2), sp.Integer(2)])
def test_a_law_takes_numbers_of_any_kind(number):
    assert Normal(0, number) == Normal(0, 2)
    mine = Landscape.from_loss("(w - x)**2/2", coordinates="w", samples={"x": Normal(0, number)})
    assert mine.covariance([0.0]).item() == 4.0
    assert mine == Landscape.from_dict(mine.to_dict())


def test_what_depends_on_parameters_is_checked_with_their_values():
    def mine(law, **values):
        return Landscape.from_loss(
            "w*x", coordinates="w", samples={"x": law}, parameters={"s": 1.0} | values
        )

    assert mine(Normal(0, "s - 1/2")).covariance([0.0]).item() == 0.25
    with pytest.raises(FormulaError, match="x ~ Normal.* has the width -1"):
        mine(Normal(0, "s - 2"))
    with pytest.raises(FormulaError, match="x ~ Uniform.* has the width -3"):
        mine(Uniform("s", -2))
    with pytest.raises(FormulaError, match="unknown name 't'"):
        mine(Normal("t"))
    with pytest.raises(FormulaError, match="has the mean"):
        mine(Normal("1/(s - 1)"))


def test_the_loss_of_cubic_chi_rises_by_what_its_page_says():
    """All moments of x enumerated: exactly, for one to four steps, to sixth order."""
    w, x, eta = sp.symbols("w x eta")
    loss, after = w**3, landscapes.cubic_chi()
    assert sp.expand(after.expected_loss.expression - w.xreplace({w: after.symbols[0]}) ** 3) == 0
    for steps in range(1, 5):
        moved = sp.Poly(sp.expand(loss.subs(w, w - eta * (3 * w**2 - (x**2 - 1)))), x)
        mean = sp.Add(*(c * sp.factorial2(k - 1) for (k,), c in moved.terms() if k % 2 == 0))
        loss = sum(c * eta**k for (k,), c in sp.Poly(mean, eta).terms() if k <= 6)
        series = 8 * steps * eta**3 - 6 * steps * (steps - 1) * (7 * steps + 34) * eta**5
        assert sp.expand(loss.subs(w, 0) - series) == 0
