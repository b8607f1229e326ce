"""Correlations against brute force, and their errors against the scatter of many runs."""

import numpy as np
import pytest

from driftscape import analysis, simulate
from driftscape.landscapes import Landscape, Normal

DT, EVERY = 0.1, 2
BOWL = Landscape.from_potential("x**2/2", coordinates="x")
DECAY = (1 - DT) ** EVERY  # of Euler and Maruyama's chain, from one snapshot to the next


@pytest.fixture(scope="module")
def chain():
    """120 times 32 runs that begin in the steady state: an AR(1) process."""
    return simulate.run(
        BOWL, simulate.Ito(beta=1, dt=DT), steps=60, trajectories=120 * 32, seed=2,
        start=Normal(0, (1 - DT / 2) ** -0.5), save_every=EVERY,
    )  # fmt: skip


def test_every_lag_is_divided_by_its_own_number_of_products(chain):
    run = chain.isel(trajectory=slice(20))
    result = analysis.autocorrelation(run, "x", discard_steps=0, max_lag_time=6.0)
    x = run.state.transpose("trajectory", "time", "coordinate").values[..., 0]
    x = x - x.mean()
    n = x.shape[1]
    raw = np.array([(x[:, lag:] * x[:, : n - lag]).mean() for lag in range(n)])
    np.testing.assert_allclose(result.correlation, raw / raw[0], rtol=1e-10, atol=1e-12)
    assert result.lag.values[-1] == pytest.approx(6.0)


def test_errors_are_the_scatter_and_none_where_the_ratio_is_one(chain):
    z = []
    for k in range(120):
        part = chain.isel(trajectory=slice(32 * k, 32 * (k + 1)))
        result = analysis.autocorrelation(part, "x", discard_steps=0, max_lag_time=2.0)
        assert float(result.correlation[0]) == pytest.approx(1, abs=1e-14)
        assert float(result.stderr[0]) < 1e-15
        z.append(
            (result.correlation.values - DECAY ** np.arange(11))[1:] / result.stderr[1:].values
        )
    spread = np.std(z, axis=0)
    assert (np.abs(np.mean(z, axis=0)) < 4 * spread / np.sqrt(120) + 0.1).all()  # a ratio's bias
    assert (spread > 1 - 4 * 0.065).all()
    assert (spread < 1.04 + 4 * 0.065).all()  # Student's law with 31 degrees of freedom: 1.03


def test_the_null_is_the_chain_with_one_relaxation_time(chain):
    result = analysis.autocorrelation(chain, "x", discard_steps=0, max_lag_time=3.0)
    measured, error = result.correlation.values, result.stderr.values[2:]
    assert np.abs((measured - result.null.values)[2:] / error).max() < 4
    half = measured[1] ** (np.arange(len(measured)) / 2)
    assert np.abs((measured - half)[2:] / error).min() > 8
    assert abs(float(result.null[1]) - DECAY) < 4 * float(result.stderr[1])
