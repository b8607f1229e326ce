"""Test loss, train loss and their gap, against exact finite formulas and second-order theory."""

import numpy as np
import pytest

from driftscape import analysis, landscapes, simulate, theory
from driftscape.landscapes import Landscape, Normal, NotAvailable

SGD = simulate.SGD


def descend(landscape, sgd, steps, trajectories, **more):
    settings = {"steps": steps, "trajectories": trajectories, "seed": 1, "keep": "final"}
    return simulate.run(landscape, sgd, **(settings | more))


@pytest.mark.parametrize("curvature", [0.1, 1.0, 4.0])
@pytest.mark.parametrize("steps", [10, 20])
def test_descent_from_the_minimum_overfits_exactly_as_the_formulas_say(curvature, steps):
    """test = S^2 (1 - r^T)^2/(2 N H), gap = S^2 (1 - r^T)/(N H), r = 1 - eta H."""
    mean, n = landscapes.mean_estimation(curvature=curvature, noise=1.5), 10
    gd = SGD(learning_rate=0.1, sampling="fixed", train_size=n, batch_size="full")
    run = descend(mean, gd, steps, 20_000)
    exact = theory.overfitting(mean, gd, steps=steps)
    reach = 1 - (1 - 0.1 * curvature) ** steps
    assert exact.test.value == pytest.approx(1.5**2 * reach**2 / (2 * n * curvature))
    assert exact.gap.value == pytest.approx(1.5**2 * reach / (n * curvature))
    test, gap = analysis.test_loss(run), analysis.generalization_gap(run)
    assert test.compare(exact.test).verdict == "agrees"
    assert gap.compare(exact.gap).verdict == "agrees"
    assert gap.compare(exact.gap.value / 2).verdict == "rejected"  # a later paper's C/(2 N H)
    # both are squares of one normal number, and so is their difference: not the sum of two errors
    assert gap.stderr == pytest.approx(gap.value * np.sqrt(2 / 20_000), rel=0.05)
    assert test.compare(exact.test.value * n / (n - 1)).verdict == "rejected"


def several():
    """Two directions, H and C not commuting."""
    return Landscape.from_loss(
        "a**2 + a*b/2 + b**2/2 + a*x + b*(x/2 + y)",
        coordinates="a b", samples={"x": Normal(), "y": Normal(0, 2)},
    )  # fmt: skip


@pytest.mark.fast_cases("without-replacement")
@pytest.mark.parametrize("sampling", ["fixed", "reshuffled", "without-replacement"])
def test_matrices_too_and_a_full_batch_is_the_same_however_it_is_dealt(sampling):
    gd = SGD(learning_rate=0.1, sampling=sampling, train_size=8, batch_size=8)
    run = descend(several(), gd, 15, 20_000)
    exact = theory.overfitting(several(), gd, steps=15)
    assert analysis.test_loss(run).compare(exact.test).verdict == "agrees"
    assert analysis.generalization_gap(run).compare(exact.gap).verdict == "agrees"
    h, c = several().hessian([0, 0]), several().covariance([0, 0])
    twin = (1 - (1 - 0.1 * 15 * np.trace(h) / 2)) * np.trace(c @ np.linalg.inv(h)) / 8
    assert analysis.generalization_gap(run).compare(twin).verdict == "rejected"


def test_the_gap_is_test_minus_train_and_both_are_what_numpy_says():
    line = Landscape.from_loss(
        "(theta - x)**2/2 + a*x**4", coordinates="theta", samples={"x": Normal(1, 2)},
        parameters={"a": 0.1},
    )  # fmt: skip
    sgd = SGD(learning_rate=0.1, sampling="reshuffled", train_size=7)
    run = descend(line, sgd, 21, 400)
    x, theta = 1 + 2 * run.training.values[:, :, 0], run.final.values
    train = ((theta - x) ** 2 / 2 + 0.1 * x**4).mean()
    test = (((theta - 1) ** 2 + 4) / 2).mean() + 0.1 * (1 + 6 * 4 + 3 * 16)
    assert analysis.train_loss(run).value == pytest.approx(train, rel=1e-12)
    assert analysis.test_loss(run).value == pytest.approx(test, rel=1e-12)
    gap = analysis.generalization_gap(run)
    assert gap.value == pytest.approx(test - train, rel=1e-12)
    assert analysis.train_loss(descend(line, sgd, 21, 400, seed=2)).value != pytest.approx(train)


GRID = [  # measured; `test_diagrams` has every sampling exactly
    (3, 1, "reshuffled"),
    (3, 2, "fixed"),
    (2, 6, "fixed"),  # the whole training set: gradient descent
    (3, 2, "without-replacement"),
]
SIZE, RATE, POINT = 6, 0.02, 0.5


def second_order_part(steps, batch, sampling, eta, seed):
    """Mean loss - loss at the start, noise of the training set's own mean regressed away."""
    fit = landscapes.gaussian_fit()
    sgd = SGD(learning_rate=eta, sampling=sampling, train_size=SIZE, batch_size=batch)
    run = descend(fit, sgd, steps, 200_000, start=POINT, seed=seed)
    loss = np.asarray(fit.expected_loss(run.final.values)).ravel()
    squares = (run.training.values[:, :, 0] ** 2).mean(axis=1) - 1
    known = np.stack([squares, squares**2 - 2 / SIZE])  # both have mean zero exactly
    slope = np.linalg.solve(np.cov(known), [np.cov(k, loss)[0, 1] for k in known])
    rest = loss - slope @ known
    predicted = theory.test_loss(fit, sgd, steps=steps, start=POINT)
    return rest.mean(), rest.std() / np.sqrt(len(rest)), predicted.value


@pytest.mark.fast_cases("2-6-fixed", "3-2-fixed")
@pytest.mark.parametrize(("passes", "batch", "sampling"), GRID)
def test_the_predicted_test_loss_on_grids_of_epochs_and_batches(passes, batch, sampling):
    """M = steps/N passes at batch size B; eta and eta/2 combined so that eta^3 cancels."""
    steps = passes * SIZE
    full, error, predicted = second_order_part(steps, batch, sampling, RATE, 1)
    half, half_error, half_theory = second_order_part(steps, batch, sampling, RATE / 2, 2)
    measured, stderr = 8 * half - full, np.hypot(8 * half_error, error)
    difference = measured - (8 * half_theory - predicted)
    fit = landscapes.gaussian_fit()
    start = fit.expected_loss([POINT])
    assert abs(difference) < 4 * stderr
    # the twins: first order only, and the same steps on fresh samples
    g = fit.gradient([POINT]).item()
    first = [start - steps * e * g**2 for e in (RATE / 2, RATE)]
    assert abs(measured - (8 * first[0] - first[1])) > 4 * stderr
    fresh = [
        theory.test_loss(
            fit, SGD(learning_rate=e, batch_size=batch), steps=steps, start=POINT
        ).value
        for e in (RATE / 2, RATE)
    ]
    if passes > 1:
        assert abs(measured - (8 * fresh[0] - fresh[1])) > 4 * stderr


def test_the_shares_of_whole_epochs_are_the_published_ones():
    """S/2 + P = T M/2 and P = T (M - 1/B)/2 at whole epochs, in either order."""
    from driftscape.theory.diagrams.trees import Sampling
    from driftscape.theory.losses import _sharing

    for sampling in ("fixed", "reshuffled"):
        for size, batch, passes in ((6, 1, 3), (6, 2, 3), (12, 3, 2), (5, 5, 4)):
            steps = passes * size
            same, pairs = _sharing(Sampling(sampling, batch, size), steps)
            assert pairs == pytest.approx(steps * (passes - 1 / batch) / 2)
            assert same / 2 + pairs == pytest.approx(steps * passes / 2)


@pytest.mark.parametrize("sampling", ["fixed", "reshuffled", "iid", "without-replacement"])
def test_the_shares_of_broken_epochs_are_those_counted(sampling):
    """Counted card by card on many dealt sequences, an epoch left unfinished."""
    from driftscape.theory.diagrams.trees import Sampling
    from driftscape.theory.losses import _sharing

    size, batch, steps, rounds = 6, 2, 8, 20_000
    rng = np.random.default_rng(1)
    cards = np.empty((rounds, steps, batch), dtype=int)
    for r in range(rounds):
        for k in range(steps):
            place = k % (size // batch) * batch
            if place == 0 and (sampling == "reshuffled" or k == 0):
                order = rng.permutation(size)
            if sampling == "iid":
                cards[r, k] = rng.integers(0, size, batch)
            elif sampling == "without-replacement":
                cards[r, k] = rng.permutation(size)[:batch]
            else:
                cards[r, k] = order[place : place + batch]
    weight = np.stack([(cards == c).mean(axis=2) for c in range(size)])
    same = (weight**2).sum(axis=(0, 2))
    pairs = ((weight.sum(axis=2) ** 2).sum(axis=0) - same) / 2
    shares = _sharing(Sampling(sampling, batch, size), steps)
    for counted, predicted in zip((same, pairs), shares, strict=True):
        assert abs(counted.mean() - predicted) < 4 * counted.std() / np.sqrt(rounds) + 1e-9


def test_what_cannot_be_measured_or_predicted_is_refused():
    fit, fresh = landscapes.gaussian_fit(), SGD(learning_rate=0.1)
    with pytest.raises(ValueError, match="has no training set"):
        analysis.train_loss(descend(fit, fresh, 5, 20))
    well = landscapes.double_well()
    with pytest.raises(NotAvailable, match="expected loss"):
        analysis.test_loss(descend(well, fresh, 5, 20))
    fixed = SGD(learning_rate=0.1, sampling="fixed", train_size=5)
    with pytest.raises(NotAvailable):
        analysis.generalization_gap(descend(well, fixed, 5, 20))
    with pytest.raises(analysis.TooFewData):
        analysis.test_loss(descend(fit, fixed, 5, 3))
    full = SGD(learning_rate=0.1, sampling="fixed", train_size=5, batch_size="full")
    with pytest.raises(ValueError, match="not plain descent"):
        theory.overfitting(landscapes.mean_estimation(), fixed, steps=5)
    with pytest.raises(ValueError, match="not constant"):
        theory.overfitting(fit, full, steps=5)
    with pytest.raises(ValueError, match="potential landscape"):
        theory.overfitting(well, full, steps=5)
    with pytest.raises(ValueError, match="without momentum"):
        theory.test_loss(fit, SGD(learning_rate=0.1, momentum=0.5), steps=5)
    predicted = theory.test_loss(fit, SGD(learning_rate=0.5), steps=100)
    assert not predicted.valid


@pytest.mark.parametrize("room", [analysis, theory])
def test_pytest_does_not_collect_a_function_of_this_name(room):
    """`from driftscape.analysis import test_loss` in a file of tests makes no test of it."""
    assert room.test_loss.__test__ is False
