"""The inverse temperature of SGD and the SDE that goes with it, however the samples are drawn."""

import itertools
import math

import numpy as np
import pytest

from driftscape import landscapes, simulate, theory
from driftscape.landscapes import Landscape, Normal
from driftscape.simulate.stability import Moments

SGD = simulate.SGD
WITHOUT = {"learning_rate": 0.2, "sampling": "without-replacement"}


def test_beta_counts_the_samples_of_a_batch_as_the_sampling_does():
    assert SGD(learning_rate=0.1, batch_size=3).beta == pytest.approx(60)
    assert SGD(learning_rate=0.1, batch_size=3, sampling="iid").beta == pytest.approx(60)
    some = SGD(**WITHOUT, batch_size=3, train_size=9, momentum=0.5)
    assert some.beta == pytest.approx(2 * 3 * 0.5 / 0.2 * 8 / 6)
    assert SGD(**WITHOUT, train_size=9, batch_size=1).beta == pytest.approx(10)
    assert SGD(**WITHOUT, train_size=9, batch_size="full").beta == math.inf
    assert SGD(**WITHOUT, train_size=1).beta == math.inf


def test_on_data_the_pair_knows():
    page = landscapes.linear_regression()  # 11 rows
    some = SGD(**WITHOUT, batch_size=4)
    with pytest.raises(ValueError, match=r"ask sgd.bound\(landscape\)"):
        some.beta  # noqa: B018
    assert some.bound(page).beta == pytest.approx(2 * 4 / 0.2 * 10 / 7)
    assert SGD(**WITHOUT, batch_size="full").bound(page).beta == math.inf


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_the_covariance_of_every_batch_there_is(batch):
    """By enumeration: 2 D/beta = learning_rate times the covariance of the batch's gradient."""
    x, y = np.array([1.0, 2.0, -1.0]), np.array([1.0, 1.0, 0.5])
    page, w = landscapes.linear_regression(x[:, None], y), 0.7
    g = x * (x * w - y)
    means = [g[list(b)].mean() for b in itertools.combinations(range(3), batch)]
    sgd = SGD(**WITHOUT, batch_size=batch).bound(page)
    assert 2 * page.diffusion([w]).item() / sgd.beta == pytest.approx(0.2 * np.var(means))


@pytest.mark.parametrize("sampling", ["fixed", "reshuffled"])
def test_epochs_have_no_temperature(sampling):
    epochs = SGD(learning_rate=0.1, sampling=sampling, train_size=10)
    with pytest.raises(ValueError, match="batches of an epoch share no sample"):
        epochs.beta  # noqa: B018


def test_a_current_is_taken_at_the_temperature_of_the_sampling():
    well = landscapes.double_well(rotation=1.5)
    plain = SGD(learning_rate=0.2, batch_size=2)
    points = np.array([[0.5, 0.3], [1.0, -0.2]])
    for sgd in (plain, SGD(**WITHOUT, batch_size=2, train_size=3)):
        drift = (Moments(sgd.step(well)).mean(points) - points) / 0.2
        assert drift == pytest.approx(well.drift(sgd.beta)(points), rel=1e-10)
    for sgd in (SGD(**WITHOUT, batch_size=3, train_size=3),
                SGD(learning_rate=0.2, sampling="reshuffled", train_size=3)):  # fmt: skip
        with pytest.raises(ValueError, match="noise"):
            sgd.step(well)
        sgd.step(landscapes.double_well(rotation=0.0))  # no current: nothing to know
    matrix = SGD(learning_rate=[[0.2, 0.0], [0.0, 0.1]])
    matrix.step(landscapes.double_well(rotation=0.0))
    with pytest.raises(ValueError, match="no single temperature"):
        matrix.step(well)


# -- the SDE ---------------------------------------------------------------------------------------


def test_the_sde_of_momentum_is_made_with_steps_of_the_learning_rate():
    """On 1.5 (w - y)^2/2: SGD .780822, the equation .75, Euler steps of .1 .75/(1 - .075)."""
    page = Landscape.from_loss("1.5*(w - y)**2/2", coordinates="w", samples={"y": Normal()})
    sgd = SGD(learning_rate=0.1, momentum=0.9)
    exact = 0.1 * 2.25 * 1.9 / (1.5 * 0.1 * (2 * 1.9 - 0.15))
    assert exact == pytest.approx(0.780822, abs=1e-6)

    def variance(sde):
        return theory.linear_law(page, sde).moment("w", "w").value

    sde = sgd.as_sde()
    assert sde.dt == pytest.approx(0.1)
    assert variance(sde) == pytest.approx(0.75 / (1 - 0.075))
    assert abs(variance(sde) / exact - 1) < 0.1 * 1.5  # as far as memoryless SGD is from its own
    assert variance(sgd.as_sde(substeps=1)) == pytest.approx(3.0)  # one step of time 1: 4 times it


@pytest.mark.parametrize(
    ("momentum", "substeps"), [(0.0, 1), (0.3, 2), (0.5, 2), (0.75, 4), (0.9, 10), (0.99, 100)]
)
def test_a_step_of_sgd_is_a_whole_number_of_steps_of_its_sde(momentum, substeps):
    sgd = SGD(learning_rate=0.1, momentum=momentum)
    assert sgd.as_sde().dt * substeps == pytest.approx(0.1 / (1 - momentum))
    assert sgd.as_sde().dt <= 0.1 * (1 + 1e-12)


def test_a_data_set_has_an_sde_at_its_own_temperature():
    page = landscapes.linear_regression()
    some = SGD(**WITHOUT, batch_size=4)
    assert some.as_sde(page).beta == some.bound(page).beta
    assert SGD(learning_rate=0.2).as_sde(page) == SGD(learning_rate=0.2).as_sde()
    with pytest.raises(ValueError, match="no noise; use GD"):
        SGD(**WITHOUT, batch_size="full").as_sde(page)
    with pytest.raises(ValueError, match="share no sample"):
        SGD(learning_rate=0.2, sampling="fixed").as_sde(page)
    with pytest.raises(ValueError, match="training loss"):
        SGD(**WITHOUT, train_size=10).as_sde(landscapes.gaussian_fit())
