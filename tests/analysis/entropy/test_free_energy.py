"""Free energy of ensembles against closed forms, grids, and estimators that are biased."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.linalg import expm

from driftscape import analysis, landscapes, simulate, theory
from driftscape.analysis.entropy.sample_entropy import default_neighbours, sample_entropy
from driftscape.analysis.entropy.sampled_free_energy import run_free_energy
from driftscape.analysis.run_data import read_run
from driftscape.landscapes import Landscape, Normal
from driftscape.theory.entropy.steady_law import SteadyLaw

WELL = landscapes.double_well(rotation=1.5)
TIMES = [0, 0.1, 0.3, 1, 3]


@pytest.fixture(scope="module")
def relaxing():
    """The rotating double well, from a narrow Gaussian: a run and its grid."""
    dynamics = simulate.Ito(beta=1, dt=0.01, scheme="weak-2")
    run = simulate.run(
        WELL, dynamics, time=3, trajectories=8192, seed=1, save_every=10,
        start=[Normal(1, 0.3), Normal(0.5, 0.3)],
    )  # fmt: skip
    fp = theory.fokker_planck(WELL, beta=1, shape=96)
    rho = fp.evolve("exp(-((x1 - 1)**2 + (x2 - 1/2)**2)/(2*0.3**2))", TIMES)
    return run.isel(time=[0, 1, 3, 10, 30]), fp, rho


def z_of(result, exact, name="free_energy"):
    return ((result[name] - exact) / result[f"{name}_stderr"]).values


@pytest.mark.parametrize("with_grid", [True, False])
def test_an_ensemble_and_the_grid_agree(relaxing, with_grid):
    run, fp, rho = relaxing
    result = analysis.free_energy(run, fp) if with_grid else analysis.free_energy(run)
    exact = theory.free_energy(fp, rho)
    np.testing.assert_allclose(result.time, TIMES)
    for name in ("free_energy", "energy", "entropy"):
        assert np.abs(z_of(result, exact[name].values, name)).max() < 4
    assert (exact.free_energy.diff("time") < 0).all()
    assert result.free_energy[0] > result.free_energy[2] > result.free_energy[4]
    np.testing.assert_allclose(result.free_energy, result.energy - result.entropy, atol=1e-12)
    assert np.abs(result.bias).max() < 3 * result.free_energy_stderr.max()


def test_another_temperature_is_rejected(relaxing):
    run, fp, rho = relaxing
    exact = theory.free_energy(fp, rho).free_energy.values
    other = theory.fokker_planck(WELL, beta=1.2, shape=96, box=fp.grid.box)
    assert np.abs(z_of(analysis.free_energy(run, other), exact)).max() > 8


def test_biased_entropies_are_rejected(relaxing):
    """Histograms without a correction, and log k in place of psi(k)."""
    run, fp, rho = relaxing
    exact, result = theory.free_energy(fp, rho), analysis.free_energy(run, fp)
    x = run.state.transpose("time", "trajectory", "coordinate").values[-1]
    counts, *edges = np.histogramdd(x, bins=40)
    share = counts[counts > 0] / counts.sum()
    volume = np.prod([e[1] - e[0] for e in edges[0]])
    plug_in = -(share * np.log(share / volume)).sum()
    error = float(result.entropy_stderr[-1])
    assert abs(plug_in - exact.entropy[-1]) > 4 * error
    no_psi = result.entropy[-1] - np.euler_gamma  # psi(1) = -gamma, log(1) = 0
    assert abs(no_psi - exact.entropy[-1]) > 4 * error


def gaussian(beta, times):
    """Return a landscape with a current, its start, and its KL to the steady state in time."""
    U, D, q = np.array([[1.0, 0.3], [0.3, 2.0]]), np.diag([1.0, 2.0]), 0.7
    Q = q * np.array([[0.0, -1.0], [1.0, 0.0]])
    landscape = Landscape.from_potential(
        "x**2/2 + y**2 + 0.3*x*y", coordinates="x y", diffusion=[[1, 0], [0, 2]], curl=q
    )
    m0, s0, steady = np.array([1.5, -0.5]), np.diag([0.2, 0.4]) ** 2, np.linalg.inv(U) / beta
    kl = []
    for t in times:
        move = expm(-(D + Q) @ U * t)
        m, S = move @ m0, steady + move @ (s0 - steady) @ move.T
        ratio = np.linalg.solve(steady, S)
        far = m @ np.linalg.solve(steady, m)
        kl.append((np.trace(ratio) + far - 2 - np.linalg.slogdet(ratio)[1]) / 2)
    return landscape, [Normal(1.5, 0.2), Normal(-0.5, 0.4)], np.array(kl)


def test_gaussians_in_closed_form():
    beta, times = 2.0, np.array([0, 0.2, 0.5, 1.0, 2.0])
    landscape, start, kl = gaussian(beta, times)
    run = simulate.run(
        landscape, simulate.Ito(beta=beta, dt=0.01, scheme="weak-2"), time=2, trajectories=8192,
        seed=4, start=start, save_every=10,
    )  # fmt: skip
    result = analysis.free_energy(run).sel(time=times, method="nearest")
    assert np.abs(z_of(result, kl / beta)).max() < 4
    assert np.abs(z_of(result, kl)).max() > 8  # without the 1/beta


def test_errors_and_bias_are_what_they_say(rng):
    """Standard normal points of known entropy, again and again, with far too many neighbours."""
    errors, stated, scores = [], [], []
    for _ in range(60):
        x = rng.standard_normal((512, 2))
        result = sample_entropy(x, 7)
        own = (x**2).sum(axis=1) / 2 + np.log(2 * np.pi)  # minus log density: cancels the scatter
        errors.append(result.value - own.mean())
        stated.append(result.bias)
        count = len(result.blocks)
        blocks = [part.mean() for part in np.array_split(own, count)] - result.blocks
        scores.append(errors[-1] / (blocks.std(ddof=1) / np.sqrt(count)))
    error, spread = np.mean(errors), np.std(errors) / np.sqrt(60)
    assert error < -8 * spread  # biased by this k, which is why less are taken
    assert 1 < np.mean(stated) / -error < 4
    assert 0.5 < np.std(scores) < 1.5
    less = []
    for _ in range(60):
        x = rng.standard_normal((512, 2))
        less.append(sample_entropy(x, 2).value - (x**2).sum(axis=1).mean() / 2 - np.log(2 * np.pi))
    assert abs(np.mean(less)) < abs(error)


@pytest.mark.parametrize(
    ("dim", "count", "k"), [(1, 256, 4), (2, 256, 2), (2, 1024, 2), (3, 512, 1)]
)
def test_the_size_of_the_bias_is_stated_where_it_has_no_sign(dim, count, k, rng):
    """Two narrow modes: low with 256 points, and eighths of the sample then say too high."""

    def density(x):
        pair = np.exp(-((x - 1) ** 2) / 0.18) + np.exp(-((x + 1) ** 2) / 0.18)
        return pair / (2 * 0.3 * np.sqrt(2 * np.pi))

    first = quad(lambda x: -density(x) * np.log(density(x)), -4, 4, points=[-1, 0, 1])[0]
    entropy = first + (dim - 1) * np.log(2 * np.pi * np.e) / 2
    values, stated, errors = [], [], []
    for _ in range(200):
        x = rng.standard_normal((count, dim))
        x[:, 0] = rng.choice([-1, 1], count) + 0.3 * x[:, 0]
        result = sample_entropy(x, k)
        values.append(result.value)
        stated.append(result.bias)
        errors.append(result.blocks.std(ddof=1) / np.sqrt(len(result.blocks)))
    error, spread = np.mean(values) - entropy, np.std(values, ddof=1)
    assert error < -2 * spread / np.sqrt(200)  # low, as it happens
    assert np.mean(stated) > -error
    assert 0.8 < np.mean(errors) / spread < 1.25


@pytest.mark.slow
def test_the_error_of_a_free_energy_is_its_scatter():
    dynamics, variance = simulate.Ito(beta=1, dt=0.1), 1 / (1 - 0.1 / 2)
    bowl = Landscape.from_potential("x**2/2", coordinates="x")
    run = simulate.run(
        bowl, dynamics, steps=1, trajectories=120 * 512, seed=5, save_every=1,
        start=Normal(0, variance**0.5),
    ).isel(time=[1])  # fmt: skip
    exact = (variance - np.log(variance) - 1) / 2  # KL of the discrete law to exp(-x^2/2)
    steady = SteadyLaw.of_landscape(bowl, dynamics)
    z = []
    for k in range(120):
        part = read_run(run.isel(trajectory=slice(512 * k, 512 * (k + 1))))
        result = run_free_energy(part, steady, None)
        z.append(float(z_of(result, exact)[0]))
    assert result.attrs["n_eff"] == 16
    assert abs(np.mean(z)) < 0.4  # 0.1 is its scatter, the rest what the bias may be
    assert 0.8 < np.std(z) < 1.25  # with 15 degrees of freedom 1.07


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_a_linear_map_adds_the_logarithm_of_its_determinant(dim, rng):
    x = rng.standard_normal((1024, dim))
    matrix = np.diag(10.0 ** -np.arange(1, dim + 1)) @ (np.eye(dim) + 0.7 * np.tri(dim, k=-1))
    k = default_neighbours(dim)
    flat, round_ = sample_entropy(x @ matrix.T, k), sample_entropy(x, k)
    step = np.linalg.slogdet(matrix)[1]
    assert flat.value == pytest.approx(round_.value + step, abs=1e-9)
    exact = dim / 2 * np.log(2 * np.pi * np.e)
    error = 4 * round_.blocks.std(ddof=1) / np.sqrt(len(round_.blocks))
    assert abs(round_.value - exact) < error + 2 * abs(round_.bias)


def test_a_point_has_an_infinite_free_energy():
    run = simulate.run(
        WELL, simulate.Ito(beta=1, dt=0.01), time=0.2, trajectories=256, seed=1, save_every=10,
        start=(1, 0),
    )  # fmt: skip
    result = analysis.free_energy(run)
    assert result.free_energy[0] == np.inf
    assert result.entropy[0] == -np.inf
    assert result.energy[0] == pytest.approx(np.log(7.623468), abs=1e-6)  # Phi = 0 there
    assert np.isnan(result.free_energy_stderr[0])
    assert np.isfinite(result.free_energy[1:]).all()
    assert np.isfinite(result.free_energy_stderr[1:]).all()


def test_the_reading_decides_what_is_stationary():
    """A-type keeps exp(-beta Phi) with any D(x); the Ito equation of the same page does not."""
    uneven = Landscape.from_potential(
        "x**2/2 + y**2/2", coordinates="x y", diffusion=[["1 + x**2/4", 0], [0, 1]]
    )
    dynamics = simulate.AType(beta=2, dt=0.005)
    run = simulate.run(uneven, dynamics, time=6, trajectories=4096, seed=3, save_every=600)
    result = analysis.free_energy(run).isel(time=2)
    assert abs(result.free_energy) < 4 * result.free_energy_stderr
    ito = simulate.run(
        uneven, simulate.Ito(beta=2, dt=0.005), time=1, trajectories=256, seed=3, save_every=100
    )
    with pytest.raises(ValueError, match="not the steady state of Ito"):
        analysis.free_energy(ito)
    grid = theory.fokker_planck(uneven, simulate.Ito(beta=2, dt=0.005), shape=64)
    assert np.isfinite(analysis.free_energy(ito, grid).free_energy[-1])


def test_sgd_on_its_transfer_operator():
    """Means r^n and variances of a linear chain: KL to its stationary law in closed form."""
    sgd, steps = simulate.SGD(learning_rate=0.5), np.array([0, 1, 3, 6])
    op = theory.transfer_operator(landscapes.mean_estimation(), sgd)
    result = theory.free_energy(op, op.evolve("exp(-(theta - 1)**2/0.4)", steps))
    r, steady = 0.5, 1 / 3
    mean, variance = r**steps, steady + (0.2 - steady) * r ** (2 * steps)
    kl = (variance / steady + mean**2 / steady - 1 - np.log(variance / steady)) / 2
    np.testing.assert_allclose(result.free_energy, kl * 0.5 / 2, rtol=1e-3, atol=1e-7)
    run = simulate.run(
        landscapes.mean_estimation(), sgd, steps=6, trajectories=4096, seed=2, save_every=1,
        start=Normal(1, 0.2**0.5),
    )  # fmt: skip
    sampled = analysis.free_energy(run, op).isel(time=steps)
    assert np.abs(z_of(sampled, kl * 0.5 / 2)).max() < 4
    assert np.abs(z_of(sampled, kl / 2)).max() > 8  # beta is 2 batch_size/learning_rate


def test_bad_input(relaxing):
    run, fp, rho = relaxing
    dynamics = simulate.Ito(beta=1, dt=0.01)
    with pytest.raises(analysis.TooFewData, match="100 trajectories are too few"):
        analysis.free_energy(run.isel(trajectory=slice(100)))
    with pytest.raises(ValueError, match="neighbours=0"):
        analysis.free_energy(run, neighbours=0)
    with pytest.raises(TypeError, match=r"run is a FokkerPlanck; .* of that name in theory"):
        analysis.free_energy(fp, rho)
    with pytest.raises(TypeError, match="densities is a Dataset"):
        theory.free_energy(fp, run)
    with pytest.raises(ValueError, match="another grid"):
        theory.free_energy(fp.halved(), rho)
    final = simulate.run(WELL, dynamics, time=0.1, trajectories=256, seed=1, keep="final")
    with pytest.raises(ValueError, match="has no snapshots"):
        analysis.free_energy(final)
    far = simulate.run(
        WELL, dynamics, time=0.1, trajectories=256, seed=1, start=[Normal(9, 0.1), Normal(0, 0.1)]
    )
    with pytest.raises(ValueError, match="states at time 0 lie outside the grid's box"):
        analysis.free_energy(far, fp)
    drift = Landscape.from_drift(["-x", "-y"], coordinates="x y")
    free = simulate.run(drift, dynamics, time=0.1, trajectories=256, seed=1)
    with pytest.raises(ValueError, match="does not determine Phi"):
        analysis.free_energy(free)
    with pytest.raises(ValueError, match="the run has the coordinates x, y"):
        analysis.free_energy(free, fp)
    chain = simulate.run(
        landscapes.mean_estimation(), simulate.SGD(learning_rate=0.1), steps=9, trajectories=256
    )
    with pytest.raises(ValueError, match="is no SDE of the coordinates alone"):
        analysis.free_energy(chain)
