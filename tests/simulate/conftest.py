"""Pairs of landscape and dynamics that cover every mechanism."""

import pytest

from driftscape import landscapes, simulate
from driftscape.landscapes import Exponential, Landscape, Normal, Rademacher, Uniform


def every_law() -> Landscape:
    """A loss with all four laws, so that every way of drawing a number is used."""
    return Landscape.from_loss(
        "(a - n)**2/2 + u*a*b/4 + (b - r/2)**2/2 + e*b**2/8",
        coordinates="a b",
        samples={"n": Normal(0, 0.5), "u": Uniform(-1, 1), "r": Rademacher(), "e": Exponential()},
        name="every_law",
    )


def quadrature() -> Landscape:
    """A loss whose expectation has no closed form: loops over tables, a factored D."""
    return Landscape.from_loss(
        "log(1 + exp(-y*tanh(a))) + (a - b)**2/4 + b**2*y**2/8",
        coordinates="a b",
        samples={"y": Normal(1, 0.5)},
        domain={"a": (-2, 2), "b": (-2, 2)},
        name="quadrature",
    )


def curled() -> Landscape:
    """State-dependent D and Q, D of full rank but not diagonal."""
    return Landscape.from_potential(
        "(x**2 - 1)**2/4 + y**2/2",
        coordinates="x y",
        diffusion=[["1 + x**2/4", "x/4"], ["x/4", 1]],
        curl="x*y/4",
        name="curled",
        start=(1, 0),
    )


SGD, GD, Ito, Flow = simulate.SGD, simulate.GD, simulate.Ito, simulate.GradientFlow
PAIRS = {
    "screw sgd": (landscapes.archimedes, SGD(learning_rate=0.1)),
    "screw batch 3": (landscapes.archimedes, SGD(learning_rate=0.1, batch_size=3)),
    "screw ito": (landscapes.archimedes, Ito(beta=20.0, dt=0.1)),
    "well ito": (lambda: landscapes.double_well(rotation=1.5), Ito(beta=1, dt=0.01)),
    "well flow": (lambda: landscapes.double_well(rotation=0.5), Flow(dt=0.1, beta=1)),
    "fit sgd": (landscapes.gaussian_fit, SGD(learning_rate=0.05)),
    "fit ito": (landscapes.gaussian_fit, Ito(beta=40, dt=0.05)),
    "mean gd": (landscapes.mean_estimation, GD(learning_rate=0.1)),
    "quartic batch 4": (landscapes.quartic_well, SGD(learning_rate=0.1, batch_size=4)),
    "laws sgd": (every_law, SGD(learning_rate=0.1)),
    "laws batch 5": (every_law, SGD(learning_rate=0.1, batch_size=5)),
    "quadrature gd": (quadrature, GD(learning_rate=0.1)),
    "quadrature ito": (quadrature, Ito(beta=20, dt=0.1)),
    "quadrature flow": (quadrature, Flow(dt=0.1)),
    "curled ito": (curled, Ito(beta=5, dt=0.01)),
}


@pytest.fixture(params=PAIRS)
def pair(request: pytest.FixtureRequest) -> tuple[Landscape, simulate.Dynamics]:
    """One landscape with one dynamics."""
    make, dynamics = PAIRS[request.param]
    return make(), dynamics


@pytest.fixture
def pairs() -> dict[str, tuple]:
    """All pairs by name."""
    return PAIRS
