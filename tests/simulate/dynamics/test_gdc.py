"""GDC against exact averages of SGD: the difference is of third order, that of GD of second.

The averages are made here, in NumPy: over all orders of a finite data set, and over training sets
by Gauss-Hermite quadrature.  The runs are compared with the same maps, set by set.
"""

import itertools

import numpy as np
import pytest

from driftscape import landscapes, simulate
from driftscape.landscapes import Landscape, NotAvailable, Rademacher

GDC, GD = simulate.GDC, simulate.GD
ETAS = 0.2 / 2.0 ** np.arange(6)
H0 = 0.5


def gradient(h, x):
    """Per-sample gradient of the Gaussian fit, shape of h and x broadcast."""
    return (1 - x**2 * np.exp(-h)) / 2


def loss(h):
    return (h + np.exp(-h)) / 2


def four_points():
    """The Gaussian fit to a data set of four."""
    return Landscape.from_loss(
        "(h + (1 + r/2 + q/5)**2*exp(-h))/2",
        coordinates="h",
        samples={"r": Rademacher(), "q": Rademacher()},
        name="four_points",
    )


DATA = [1 + r / 2 + q / 5 for r in (-1, 1) for q in (-1, 1)]


def mean_over_orders(eta):
    """SGD over one epoch, averaged over the 24 orders of the data."""
    ends = []
    for order in itertools.permutations(DATA):
        h = H0
        for x in order:
            h -= eta * gradient(h, x)
        ends.append(h)
    return np.mean(ends)


def order_of(errors):
    """Fitted slope, and the slope of the finest pair."""
    errors = np.abs(errors)
    return np.polyfit(np.log(ETAS), np.log(errors), 1)[0], np.log2(errors[-2] / errors[-1])


@pytest.mark.parametrize(("make", "order"), [(GDC, 3), (GD, 2)])
def test_on_a_data_set_gdc_is_the_mean_of_sgd_to_second_order(make, order):
    """The twin is GD itself, which is off at second order."""
    errors = [
        simulate.run(four_points(), make(learning_rate=eta), start=H0, steps=4).final.item()
        - mean_over_orders(eta)
        for eta in ETAS
    ]
    fitted, last = order_of(errors)
    assert abs(fitted - order) < 0.05
    assert abs(last - order) < 0.01
    if make is GD:  # (N/4) eta^2 grad tr C with C over the data
        slope = -2 * np.var(np.square(DATA)) / 4 * np.exp(-2 * H0)
        assert errors[-1] / ETAS[-1] ** 2 == pytest.approx(slope, rel=0.02)


def descend(h, sets, eta, steps, covariance):
    """GD or GDC on training sets, shape (sets, N)."""
    n = sets.shape[1]
    for _ in range(steps):
        g = gradient(h[:, None], sets)
        slope = {
            "none": 0.0,
            "exact": -np.exp(-2 * h),
            "unbiased": 2 * ((g - g.mean(1, keepdims=True)) * (0.5 - g)).sum(1) / (n - 1),
        }[covariance]
        h = h - eta * (g.mean(1) + eta * (n - 1) / (4 * n) * slope)
    return h


@pytest.mark.parametrize("covariance", ["exact", "unbiased"])
def test_runs_are_the_map_on_their_training_sets(covariance):
    gdc = GDC(learning_rate=0.1, train_size=5, covariance=covariance)
    run = simulate.run(landscapes.gaussian_fit(), gdc, epochs=2, trajectories=70, seed=1, start=H0)
    sets = run.training.values[..., 0]
    assert sets.shape == (70, 5)
    found = run.final.values[:, 0]
    assert np.abs(descend(np.full(70, H0), sets, 0.1, 10, covariance) - found).max() < 1e-14
    for other in {"exact", "unbiased", "none"} - {covariance}:
        assert np.abs(descend(np.full(70, H0), sets, 0.1, 10, other) - found).max() > 1e-4


@pytest.mark.parametrize(("covariance", "order"), [("exact", 3), ("unbiased", 3), ("none", 2)])
def test_over_training_sets_gdc_matches_sgd_to_second_order_and_gd_does_not(covariance, order):
    """N = 3 = T, exact averages: displacement and test loss."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    sets = np.stack(np.meshgrid(nodes, nodes, nodes), -1).reshape(-1, 3)
    weight = np.prod(np.stack(np.meshgrid(weights, weights, weights), -1).reshape(-1, 3), 1)
    weight = weight / weight.sum()
    start = np.full(len(sets), H0)
    errors = []
    for eta in ETAS:
        sgd = start
        for k in range(3):
            sgd = sgd - eta * gradient(sgd, sets[:, k])
        ours = descend(start, sets, eta, 3, covariance)
        errors.append([weight @ (ours - sgd), weight @ (loss(ours) - loss(sgd))])
    for column in np.transpose(errors):
        fitted, last = order_of(column)
        assert abs(fitted - order) < 0.08
        assert abs(last - order) < 0.03
    if covariance == "none":  # science: T (N-1)/(4N) eta^2 grad tr C, and its product with G
        shift = 2 / 4 * -np.exp(-2 * H0)
        assert errors[-1] / ETAS[-1] ** 2 == pytest.approx(
            np.array([shift, shift * (1 - np.exp(-H0)) / 2]), rel=0.03
        )


@pytest.mark.slow
def test_in_several_coordinates_the_estimate_is_the_slope_of_the_sample_covariance():
    """One step in two coordinates, against finite differences of tr C of the training set."""
    land = Landscape.from_loss(
        "(a - r)**2/2 + q*a*b/2 + b**4/4 + r*b**2/3",
        coordinates="a b",
        samples={"r": Rademacher(), "q": Rademacher()},
        start=(0.7, -0.4),
    )
    gdc = GDC(learning_rate=0.1, train_size=6, covariance="unbiased")
    run = simulate.run(land, gdc, steps=1, trajectories=20, seed=2)

    def per_sample(x, samples):
        (a, b), (r, q) = x, samples.T
        return np.stack([a - r + q * b / 2, q * a / 2 + b**3 + 2 * r * b / 3])

    for samples, final in zip(run.training.values, run.final.values, strict=True):
        x, h = np.array([0.7, -0.4]), 1e-5

        def trace(y, samples=samples):
            return per_sample(y, samples).var(axis=1, ddof=1).sum()

        slope = np.array([trace(x + e) - trace(x - e) for e in h * np.eye(2)]) / (2 * h)
        wanted = x - 0.1 * (per_sample(x, samples).mean(1) + 0.1 * 5 / 24 * slope)
        assert np.abs(final - wanted).max() < 1e-9


def test_the_two_batch_estimate_averaged_over_halvings_is_the_unbiased_one(rng):
    g = rng.standard_normal((6, 2))
    halves = [list(h) for h in itertools.combinations(range(6), 3)]
    estimates = [
        6 / 4 * np.sum((g[h].mean(0) - np.delete(g, h, axis=0).mean(0)) ** 2) for h in halves
    ]
    assert np.mean(estimates) == pytest.approx(g.var(axis=0, ddof=1).sum())


def test_wrong_input_is_refused():
    cases = [
        ({"learning_rate": 0}, "learning_rate=0; it must be a positive"),
        ({"learning_rate": 0.1, "train_size": 1}, "one sample has no covariance"),
        ({"learning_rate": 0.1, "train_size": 0}, "train_size=0; it must be a whole number"),
        ({"learning_rate": 0.1, "covariance": "half"}, "one of 'exact', 'unbiased'"),
        ({"learning_rate": 0.1, "covariance": "unbiased"}, "give train_size="),
    ]
    for settings, message in cases:
        with pytest.raises(ValueError, match=message):
            GDC(**settings)
    with pytest.raises(NotAvailable, match=r"not a finite data set: x never repeats"):
        simulate.run(landscapes.gaussian_fit(), GDC(learning_rate=0.1), steps=1)
    with pytest.raises(NotAvailable, match="has no samples"):
        simulate.run(landscapes.quartic_well(), GDC(learning_rate=0.1, train_size=4), steps=1)
    with pytest.raises(ValueError, match="no training set"):
        simulate.run(four_points(), GDC(learning_rate=0.1), epochs=1)
