"""Conditional expressions of a kernel's text, compiled as selects, against Python's own."""

import numpy as np
import pytest
from numba import njit

from driftscape.simulate.backends.selects import choose, with_selects

TEXTS = {
    "plain": "x if x > y else 0.5",
    "nested": "1.0 if x < 0.0 else (x if x < y else (y if y > 0.5 else -1.0))",
    "in the test": "x if (y if x > 0.0 else 1.0) > 0.5 else 2.0",
    "or": "0.0 if x > 0.7 or y > 0.2 else 1.0",
    "and, or": "0.0 if x > 0.0 and (y > 0.7 or y < -0.7) else 1.0",
    "whole and broken numbers": "1 if x > y else 0.5",
    "what is not taken": "1.0/x if x != 0.0 else 0.0",
}


def python(text, x, y):
    return eval(text, {"x": float(x), "y": float(y)})


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_select_is_the_choice_that_python_makes(text):
    names = {"choose": choose}
    exec(with_selects(f"def f(x, y):\n    return {text}\n", "<test>"), names)
    f = njit(error_model="numpy")(names["f"])
    points = np.random.default_rng(0).uniform(-1, 1, (200, 2)).tolist() + [[0.0, 0.0]]
    assert [f(x, y) for x, y in points] == [python(text, x, y) for x, y in points]
    turned = [python(text, y, x) for x, y in points]  # the twin: its arguments exchanged
    assert [f(x, y) for x, y in points] != turned


def test_statements_are_left_alone():
    text = "if a or b:\n    c = 1\nwhile not a and c < 3: c += 1\n"
    names = {"a": False, "b": True}
    exec(with_selects(text, "<test>"), names)
    assert names["c"] == 3
    assert "choose" not in with_selects(text, "<test>").co_names
