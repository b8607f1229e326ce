"""The identities hold in steady states, at any step size, and fail elsewhere."""

import numpy as np
import pytest

from driftscape import analysis, landscapes, simulate, theory
from driftscape.landscapes import Landscape

STEADY = {
    "variance fit, skewed noise": (landscapes.gaussian_fit(), simulate.SGD(learning_rate=0.3)),
    "variance fit, batch of 4": (
        landscapes.gaussian_fit(), simulate.SGD(learning_rate=0.3, batch_size=4),
    ),
    "rotating double well": (landscapes.double_well(rotation=1.5), simulate.Ito(beta=1, dt=0.03)),
    "sde of the variance fit": (
        landscapes.gaussian_fit(), simulate.SGD(learning_rate=0.1, batch_size=4).as_sde(substeps=2),
    ),
}  # fmt: skip


@pytest.fixture(scope="module", params=list(STEADY), ids=list(STEADY))
def steady(request):
    """Three independent ensembles: no single seed decides."""
    landscape, dynamics = STEADY[request.param]
    return dynamics, [
        simulate.run(landscape, dynamics, time=150, trajectories=700, seed=seed, save_every=7)
        for seed in (6, 7, 8)
    ]


def test_steady_states_pass(steady):
    _, runs = steady
    results = [analysis.is_stationary(run) for run in runs]
    dim = runs[0].sizes["coordinate"]
    assert len(results[0].z) == dim + dim * (dim + 1) // 2
    for identity in results[0].z:
        pooled = sum(result.z[identity] for result in results) / np.sqrt(len(results))
        assert abs(pooled) < 4, (identity, [result.z[identity] for result in results])
    passed = [result for result in results if result]
    assert len(passed) >= 2
    assert str(passed[0]).startswith("stationary")


def test_the_wrong_temperature_is_rejected(steady):
    dynamics, (run, *_) = steady
    if isinstance(dynamics, simulate.SGD):
        wrong = simulate.SGD(
            learning_rate=dynamics.learning_rate, batch_size=2 * dynamics.batch_size
        )
    else:
        wrong = simulate.Ito(beta=1.1 * dynamics.beta, dt=dynamics.dt)
    result = analysis.is_stationary(run, dynamics=wrong)
    assert not result
    assert str(result).startswith("not stationary")


def test_the_step_matters():
    """SGD's steady state is not that of its SDE: the term in the step size is seen."""
    sgd = simulate.SGD(learning_rate=0.5)
    run = simulate.run(landscapes.mean_estimation(), sgd, steps=1000, trajectories=500, seed=1)
    assert analysis.is_stationary(run)
    assert not analysis.is_stationary(run, dynamics=sgd.as_sde(substeps=100))


def test_a_transient_is_rejected():
    sgd = simulate.SGD(learning_rate=0.05)
    run = simulate.run(
        landscapes.mean_estimation(), sgd, steps=60, trajectories=500, seed=2, save_every=1
    )
    result = analysis.is_stationary(run, discard_steps=0)
    assert not result
    assert result.worst == "theta theta"
    assert result.rates["theta theta"].value > 0


def test_a_valley_is_not_stationary_along_itself():
    sgd = simulate.SGD(learning_rate=0.1)
    run = simulate.run(landscapes.archimedes(), sgd, steps=2000, trajectories=1000, seed=3)
    result = analysis.is_stationary(run)
    assert not result
    assert abs(result.z["z"]) > 10
    velocity = theory.drift_velocity(landscapes.archimedes(), sgd, "z", per="time")
    assert result.rates["z"].compare(velocity).verdict == "agrees"


def test_variable_noise_with_the_ito_reading_is_stationary_but_not_gibbs():
    field = Landscape.from_potential("x**2/2", coordinates="x", diffusion=["1 + x**2/2"])
    sde = simulate.Ito(beta=3, dt=0.02)
    run = simulate.run(field, sde, time=100, trajectories=2000, seed=4, save_every=5)
    assert analysis.is_stationary(run)
    gibbs = theory.moment(field, "x**2", beta=3)
    assert analysis.moment(run, "x**2").compare(gibbs).verdict == "rejected"


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(simulate, "AType"), reason="no A-type dynamics yet")
def test_variable_noise_with_the_a_type_reading_is_gibbs():
    field = Landscape.from_potential("x**2/2", coordinates="x", diffusion=["1 + x**2/2"])
    pairs = []
    for seed, dt in enumerate((0.02, 0.01)):
        sde = simulate.AType(beta=3, dt=dt)
        run = simulate.run(field, sde, time=100, trajectories=2000, seed=seed, save_every=5)
        assert analysis.is_stationary(run)
        assert not analysis.is_stationary(run, dynamics=simulate.Ito(beta=3, dt=dt))
        pairs.append((dt, analysis.moment(run, "x**2")))
    gibbs = theory.moment(field, "x**2", beta=3)
    assert analysis.extrapolate(pairs).compare(gibbs).verdict == "agrees"


def test_false_alarms_are_as_rare_as_stated():
    """Of 300 ensembles about 5 % are rejected at level 0.05, not 5 % per identity."""
    bowl = Landscape.from_potential("x**2 + y**2/2 + x*y/2", coordinates="x y", curl="1")
    sde = simulate.Ito(beta=1, dt=0.1)
    run = simulate.run(bowl, sde, steps=300, trajectories=300 * 30, seed=5, save_every=10)
    parts = [run.isel(trajectory=slice(30 * k, 30 * (k + 1))) for k in range(300)]
    rejected = np.mean([not analysis.is_stationary(part, level=0.05) for part in parts])
    assert rejected < 0.05 + 4 * np.sqrt(0.05 * 0.95 / 300)
    # wrong twin: without the correction for five identities
    single = [
        max(map(abs, analysis.is_stationary(part).z.values())) > 2.045 for part in parts[:100]
    ]
    assert np.mean(single) > 0.05 + 2 * np.sqrt(0.05 * 0.95 / 100)


@pytest.mark.slow
def test_false_alarms_of_few_skewed_trajectories():
    """Sixteen final states of gaussian_fit: Student's law alone rejects one in eight at 5 %."""
    sgd = simulate.SGD(learning_rate=0.3)
    run = simulate.run(landscapes.gaussian_fit(), sgd, steps=100, trajectories=16 * 400, seed=16,
                       save_every=100)  # fmt: skip
    parts = [run.isel(trajectory=slice(16 * k, 16 * (k + 1))) for k in range(400)]
    found = [analysis.is_stationary(part, level=0.05) for part in parts]
    assert 0.02 <= np.mean([not result for result in found]) <= 0.09
    assert all(bool(result) == (result.p_value >= 0.05) for result in found)
    # wrong twin: the quantile of Student's law, of two identities
    assert np.mean([max(map(abs, result.z.values())) > 2.49 for result in found]) > 0.09


def test_refuses_noiseless_dynamics_and_odd_levels():
    run = simulate.run(
        landscapes.mean_estimation(),
        simulate.SGD(learning_rate=0.1),
        steps=200,
        trajectories=20,
        seed=1,
    )
    with pytest.raises(ValueError, match="SGD, Ito, AType"):
        analysis.is_stationary(run, dynamics=object())
    with pytest.raises(ValueError, match="level=2"):
        analysis.is_stationary(run, level=2)
