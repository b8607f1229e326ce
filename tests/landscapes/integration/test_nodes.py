"""Expectations by quadrature against integrals with known positions of the features."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

from driftscape.landscapes import Exponential, Landscape, Normal, NotAvailable, Uniform


def loss(text, law, domain, **more):
    return Landscape.from_loss(text, coordinates="x", samples={"y": law}, domain=domain, **more)


def gaussian(y):
    return math.exp(-y * y / 2) / math.sqrt(2 * math.pi)


def normal_mean(f, centre, scale, positions):
    """E f(y) for y ~ Normal, with the integrand's features as break points."""
    points = sorted({-9.0, 9.0, *((p - centre) / scale for p in positions)})
    points = [p for p in points if -9 <= p <= 9]
    return sum(
        quad(lambda z: f(centre + scale * z) * gaussian(z), a, b, epsabs=1e-13, limit=400)[0]
        for a, b in zip(points, points[1:], strict=False)
    )


def test_a_feature_much_narrower_than_the_law_is_seen():
    """Two rules that both missed it agreed on 5.6e-17."""
    wide = loss("log(cosh(x - y))", Normal(0, 40), {"x": (-10, 10)})
    assert float(wide.gradient([0.5])[0]) == pytest.approx(0.00997074, abs=1e-8)
    for x in (-10, -3.3, 0.5, 9.99):
        positions = [x + d for d in (-20, -5, -1, 0, 1, 5, 20)]
        mean = normal_mean(lambda y, x=x: math.tanh(x - y), 0, 40, positions)
        square = normal_mean(lambda y, x=x: math.tanh(x - y) ** 2, 0, 40, positions)
        assert float(wide.gradient([x])[0]) == pytest.approx(mean, abs=3e-10)
        assert float(wide.diffusion([x])[0, 0]) == pytest.approx(square - mean**2, abs=3e-10)
    assert len(next(iter(wide.gradient.tables.values()))) < 1000


@pytest.mark.fast_cases("0.0", "1.0")
@pytest.mark.parametrize("x", [-0.97, 0.0, 0.5, 1.0])
def test_kinks_and_jumps_that_move_with_the_coordinates(x):
    tail = math.erfc(-x / math.sqrt(2)) / 2  # P(y < x)
    rho = gaussian(x)
    domain = {"x": (-1, 1)}
    absolute = loss("abs(x - y)", Normal(), domain)
    assert float(absolute.gradient([x])[0]) == pytest.approx(2 * tail - 1, abs=1e-10)
    assert float(absolute.hessian([x])[0, 0]) == pytest.approx(2 * rho, abs=1e-8)
    assert float(absolute.expected_loss([x])) == pytest.approx(
        x * (2 * tail - 1) + 2 * rho, abs=1e-10
    )
    half = loss("max(x - y, 0)**2/2", Normal(), domain)
    assert float(half.gradient([x])[0]) == pytest.approx(x * tail + rho, abs=1e-10)
    below = loss("where(y < x, y, 0)*x", Normal(), domain)
    assert float(below.gradient([x])[0]) == pytest.approx(-rho, abs=1e-10)


def test_a_unit_that_switches_off_and_a_kink_of_second_degree():
    unit = Landscape.from_loss(
        "max(0, x*y + w)**2/2", coordinates="x w", samples={"y": Normal()},
        domain={"x": (-2, 2), "w": (-2, 2)},
    )  # fmt: skip
    for x, w in ((1.3, -0.4), (-0.02, 0.01), (0.0, 1.5), (0.0, 0.0), (2.0, 2.0)):
        positions = [] if x == 0 else [-w / x]
        want = [
            normal_mean(lambda y, x=x, w=w, f=f: f(y) * max(0, x * y + w), 0, 1, positions)
            for f in (lambda y: y, lambda y: 1)
        ]
        assert unit.gradient([x, w]) == pytest.approx(want, abs=3e-10)
    square = loss("abs(x - y**2)", Normal(), {"x": (-1, 4)})
    inside = math.erf(math.sqrt(0.5 / 2))  # P(y**2 < 1/2)
    assert float(square.gradient([0.5])[0]) == pytest.approx(2 * inside - 1, abs=1e-10)
    assert float(square.gradient([-0.5])[0]) == pytest.approx(-1, abs=1e-10)


def test_kinks_in_the_place_of_a_kink():
    """Huber's loss: |x - y| = c has two branches."""
    text = "where(abs(x - y) < 0.7, (x - y)**2/2, 0.7*abs(x - y) - 0.245)"
    huber = loss(text, Normal(1, 2), {"x": (-3, 3)})
    for x in (-2.9, 0.2, 1.0):
        positions = [x - 0.7, x, x + 0.7]
        mean = normal_mean(lambda y, x=x: min(max(x - y, -0.7), 0.7), 1, 2, positions)
        assert float(huber.gradient([x])[0]) == pytest.approx(mean, abs=3e-10)


def test_integrands_that_grow_are_followed_outwards():
    grown = loss("exp(x*y)", Normal(), {"x": (-5, 5)})
    for x in (-5, 0.5, 4.9):
        assert float(grown.gradient([x])[0]) == pytest.approx(x * math.exp(x * x / 2), rel=1e-9)
    with pytest.raises(NotAvailable, match="diverges.*x = 0.6"):
        _ = loss("exp(x*y)", Exponential(1), {"x": (-1, 0.6)}).gradient
    with pytest.raises(NotAvailable, match="diverges"):  # and no other message mentions infinities
        _ = loss("exp(x*y**2)", Normal(), {"x": (-1, 1)}).gradient


def test_bumps_narrower_than_any_first_rule():
    bump = loss("-exp(-(x - y)**2*500)", Uniform(-3, 3), {"x": (-2, 2)})
    exact = math.sqrt(math.pi / 500) / 6
    assert float(bump.expected_loss([0.123])) == pytest.approx(-exact, abs=1e-11)
    assert float(bump.diffusion([0.123])[0, 0]) == pytest.approx(
        1e6 * math.sqrt(math.pi / 1000) / 2000 / 6, rel=1e-9
    )


@pytest.mark.fast_cases(
    "log(y)*x-law0-domain0-no value at x = .*, y = -", "abs(x - y**3)-law2-domain2-vanishes"
)
@pytest.mark.parametrize(("text", "law", "domain", "why"), [
    ("log(y)*x", Normal(), (-1, 1), r"no value at x = .*, y = -"),
    ("exp(-(x - y)**2*1e9)", Uniform(-3, 3), (-2, 2), "more than 4096 nodes"),
    ("abs(x - y**3)", Normal(), (-1, 1), r"vanishes"),
    ("x/abs(y)", Normal(), (-1, 1), "may have a pole"),
])  # fmt: skip
def test_a_rule_that_does_not_settle_is_refused_with_the_reason(text, law, domain, why):
    with pytest.raises(NotAvailable, match=f"did not settle.*{why}.*SGD itself"):
        _ = loss(text, law, {"x": domain}).gradient


def test_three_samples_are_too_many():
    with pytest.raises(NotAvailable, match="3 samples"):
        _ = Landscape.from_loss(
            "tanh(x*y*z*w)", coordinates="x", samples=dict.fromkeys("yzw", Normal()),
            domain={"x": (-1, 1)},
        ).gradient  # fmt: skip


def test_a_rule_that_misses_the_feature_is_not_taken(monkeypatch):
    """The check of the check: global rules that agree with each other are compared with cells."""
    from driftscape.landscapes.integration.nodes import Expectations

    first = Expectations.settling_rules

    def blind(self, points):
        return [*self.global_rules()][:2] + first(self, points)

    monkeypatch.setattr(Expectations, "settling_rules", blind)
    wide = loss("log(cosh(x - y))", Normal(0, 40), {"x": (-10, 10)})
    assert float(wide.gradient([0.5])[0]) == pytest.approx(0.00997074, abs=1e-8)


@pytest.mark.slow
def test_kinks_are_the_same_in_a_compiled_kernel():
    from driftscape import simulate

    absolute = loss("abs(x - y)", Normal(), {"x": (-3, 3)}, start=[1.0])
    run = simulate.run(absolute, simulate.GradientFlow(dt=0.01), steps=100, trajectories=1, seed=1)
    x = 1.0
    for _ in range(100):
        x -= 0.01 * math.erf(x / math.sqrt(2))
    assert float(np.ravel(run["state"])[-1]) == pytest.approx(x, abs=2e-3)
