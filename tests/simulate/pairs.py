"""Pairs of landscape and dynamics that cover every mechanism."""

from functools import cache

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


@cache  # its nodes take seconds to be found
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


def uneven() -> Landscape:
    """State-dependent D of one coordinate."""
    return Landscape.from_potential("x**2/2", coordinates="x", diffusion=["1 + x**2/2"])


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
    "screw heavy ball": (landscapes.archimedes, SGD(learning_rate=0.05, momentum=0.5)),
    "fit nesterov schedule": (
        landscapes.gaussian_fit,
        SGD(learning_rate="0.1/(1 + step/100)", batch_size=2, momentum=0.5, nesterov=True),
    ),
    "screw matrix": (
        landscapes.archimedes,
        SGD(learning_rate=[[0.1, 0.01, 0], [0, 0.1, 0], [0, 0, 0.05]]),
    ),
    "screw iid": (landscapes.archimedes, SGD(learning_rate=0.1, sampling="iid", train_size=10)),
    "screw fixed": (
        landscapes.archimedes,
        SGD(learning_rate=0.1, sampling="fixed", train_size=10, batch_size=2),
    ),
    "screw reshuffled": (
        landscapes.archimedes,
        SGD(learning_rate=0.1, sampling="reshuffled", train_size=10),
    ),
    "laws reshuffled 3": (
        every_law,
        SGD(learning_rate=0.1, sampling="reshuffled", train_size=12, batch_size=3),
    ),
    "laws without replacement": (
        every_law,
        SGD(learning_rate=0.1, sampling="without-replacement", train_size=7, batch_size=3),
    ),
    "curled full batch": (
        curled,
        SGD(learning_rate=0.05, sampling="reshuffled", train_size=70, batch_size="full"),
    ),
    "curled a-type weak-2": (curled, simulate.AType(beta=5, dt=0.02, scheme="weak-2")),
    "screw heun": (landscapes.archimedes, simulate.Stratonovich(beta=20.0, dt=0.1)),
    "uneven isothermal": (uneven, simulate.Isothermal(beta=5, dt=0.01, scheme="milstein")),
    "mean stable": (
        landscapes.mean_estimation,
        Ito(beta=5, dt=0.01, noise="stable", alpha=1.5),
    ),
    "quartic underdamped": (
        landscapes.quartic_well,
        simulate.Underdamped(friction=1, beta=5, dt=0.1),
    ),
    "quadrature rgd": (quadrature, simulate.RGD(learning_rate=0.1, epsilon=0.1, inverse="exact")),
    "screw rgd flow": (landscapes.archimedes, simulate.RGDFlow(dt=0.1, epsilon=0.05)),
    "curled geodesic": (curled, simulate.Geodesic(dt=0.02, epsilon=0.1)),
    "curled geodesic literal": (curled, simulate.Geodesic(dt=0.02, epsilon=0.1, form="literal")),
    "fit natural": (
        landscapes.gaussian_fit,
        simulate.NaturalGradient(learning_rate=0.1, model={"x": Normal(0, "exp(h/2)")}),
    ),
    "fit natural flow": (landscapes.gaussian_fit, simulate.NaturalGradientFlow(dt=0.1)),
    "laws gdc": (
        every_law,
        simulate.GDC(learning_rate=0.1, train_size=6, covariance="unbiased"),
    ),
    "rows batch 3": (landscapes.logistic_regression, SGD(learning_rate=0.1, batch_size=3)),
    "rows fixed": (
        landscapes.logistic_regression,
        SGD(learning_rate=0.1, sampling="fixed", momentum=0.5),
    ),
    "rows reshuffled": (
        landscapes.linear_regression,
        SGD(learning_rate=0.1, sampling="reshuffled"),
    ),
    "rows without replacement": (
        landscapes.linear_regression,
        SGD(learning_rate=0.1, sampling="without-replacement", batch_size=3),
    ),
    "rows ito": (landscapes.logistic_regression, Ito(beta=20, dt=0.1)),
}
