"""Interpretations of state-dependent noise: their drifts, and the steady state of A-type."""

import numpy as np
import pytest
import sympy as sp
from scipy.special import kolmogorov

from driftscape import analysis, landscapes, simulate, theory
from driftscape.landscapes import Landscape
from driftscape.simulate.dynamics.sde.interpretation import (
    drift_at_fraction,
    factor_drift,
    jacobian,
)

Q = "3*sin(x + y)/2 + x/2"
FIELD = Landscape.from_potential(
    "(x**2 - 1)**2/4 + x*y/4 + y**2/2",
    coordinates="x y",
    diffusion=[["1 + x**2/(1 + x**2)", "sin(y)/3"], ["sin(y)/3", "1 - cos(x)/2"]],
    curl=Q,
    name="made up",
)


def with_drift(correction, beta):
    """FIELD's equation as an Ito equation with another noise-induced drift."""
    x, y = FIELD.symbols
    drift = FIELD.drift(beta).matrix + sp.Matrix(correction) / sp.Rational(beta)
    return Landscape.from_drift(
        [str(e) for e in drift], coordinates="x y",
        diffusion=[[str(e) for e in row] for row in FIELD.diffusion.matrix.tolist()],
    )  # fmt: skip


def column_divergence():
    m = FIELD.diffusion.matrix + FIELD.curl.matrix
    return [sum(sp.diff(m[j, i], s) for j, s in enumerate(FIELD.symbols)) for i in range(2)]


# Drifts -------------------------------------------------------------------------------------------


def numeric_jacobian(field, points, h=1e-5):
    ways = [(field(points + h * e) - field(points - h * e)) / (2 * h) for e in np.eye(2)]
    return np.stack(ways, axis=-1)


POINTS = np.random.default_rng(0).normal(size=(40, 2))


def test_derivatives_go_through_the_assignments_of_a_factor():
    factor = FIELD.noise_factor
    assert factor.assignments  # a guarded LDL^T
    assignments, rows = jacobian(factor)
    derivative = FIELD.field("d B", sp.Array(rows), (*factor.assignments, *assignments))
    expected = numeric_jacobian(factor, POINTS).reshape(40, -1, 2)
    assert np.abs(derivative(POINTS) - expected).max() < 1e-8


def test_a_dropped_column_has_no_derivative():
    """D of rank one: the second pivot is zero, and its root is not differentiated into NaN."""
    line = Landscape.from_potential(
        "x**2 + y**2", coordinates="x y",
        diffusion=[["1 + x**2", "y*(1 + x**2)"], ["y*(1 + x**2)", "y**2*(1 + x**2)"]],
    )  # fmt: skip
    b = np.sqrt(1 + POINTS[:, 0] ** 2)[:, None] * np.stack([np.ones(40), POINTS[:, 1]], axis=1)
    slope = POINTS[:, :1] / (1 + POINTS[:, :1] ** 2) * b * b[:, :1]
    slope[:, 1] += b[:, 0] * b[:, 1]
    assert np.abs(factor_drift(line)(POINTS) - slope).max() < 1e-9


@pytest.mark.parametrize("beta", [1, 3])
def test_every_reading_adds_its_own_drift(beta):
    b = FIELD.drift(beta)(POINTS)
    factor = FIELD.noise_factor
    place = np.einsum(
        "pjk,pikj->pi", factor(POINTS), numeric_jacobian(factor, POINTS)
    )  # B_jk d_j B_ik
    d_total = numeric_jacobian(FIELD.diffusion, POINTS)
    q_total = numeric_jacobian(FIELD.curl, POINTS)
    div_d, div_q = (np.einsum("pijj->pi", t) for t in (d_total, q_total))
    expected = {
        simulate.Ito: 0 * b, simulate.Stratonovich: place, simulate.Isothermal: div_d,
        simulate.AType: div_d + div_q,
    }  # fmt: skip
    for interpretation, extra in expected.items():
        found = interpretation(beta=beta, dt=0.1).ito_drift(FIELD, beta)(POINTS)
        assert np.abs(found - b - extra / beta).max() < 1e-8
        for other, wrong in expected.items():
            assert other is interpretation or np.abs(found - b - wrong / beta).max() > 0.05
    anti = drift_at_fraction(FIELD, beta, 1)(POINTS)
    assert np.abs(anti - b - 2 * place / beta).max() < 1e-8
    assert np.abs(anti - b - div_d / beta).max() > 0.05  # anti-Ito is not isothermal in 2-D


def test_with_one_coordinate_anti_ito_is_isothermal_is_a_type():
    well = Landscape.from_potential("x**2/2", coordinates="x", diffusion=["1 + x**2/2"])
    x = POINTS[:, :1]
    anti = drift_at_fraction(well, 2, 1)(x)
    for interpretation in (simulate.Isothermal, simulate.AType):
        assert np.abs(interpretation(beta=2, dt=0.1).ito_drift(well, 2)(x) - anti).max() < 1e-12
    middle = simulate.Stratonovich(beta=2, dt=0.1).ito_drift(well, 2)(x)
    assert np.abs(middle - (anti + well.drift(2)(x)) / 2).max() < 1e-12


def test_a_current_needs_the_divergence_of_d_only():
    well = landscapes.double_well(rotation=1.5)
    assert np.array_equal(
        simulate.AType(beta=2, dt=0.1).ito_drift(well, 2)(POINTS), well.drift(2)(POINTS)
    )


@pytest.mark.parametrize(
    "landscape", [landscapes.archimedes(), Landscape.from_drift("-x", coordinates="x")]
)
def test_a_type_is_refused_where_phi_and_q_are_unknown(landscape):
    with pytest.raises(landscapes.NotAvailable, match="A-type.*from_potential.*or use Ito"):
        simulate.AType(beta=1, dt=0.1).step(landscape)


@pytest.mark.parametrize(
    "interpretation", [simulate.Stratonovich, simulate.Isothermal, simulate.AType]
)
def test_readings_survive_their_dataset(interpretation):
    sde = interpretation(beta=2.0, dt=0.1, scheme="weak-2")
    run = simulate.run(FIELD, sde, steps=3, trajectories=2, seed=1, backend="numpy")
    assert simulate.dynamics_of(run) == sde
    assert simulate.rerun(run).identical(run)


def test_the_steady_state_of_a_reading_is_its_own():
    """The identities of analysis.is_stationary know every interpretation (Euler-Maruyama)."""
    well = Landscape.from_potential("x**2/2", coordinates="x", diffusion=["1 + x**2/2"])
    sde = simulate.Stratonovich(beta=3, dt=0.02, scheme="euler-maruyama")
    run = simulate.run(well, sde, time=100, trajectories=500, seed=4, save_every=5)
    assert analysis.is_stationary(run)
    for interpretation in (simulate.Ito, simulate.Isothermal):
        assert not analysis.is_stationary(run, dynamics=interpretation(beta=3, dt=0.02))
    with pytest.raises(ValueError, match="scheme='heun'.*'euler-maruyama'"):
        analysis.is_stationary(run, dynamics=simulate.Stratonovich(beta=3, dt=0.02))


# The steady state ---------------------------------------------------------------------------------


def gibbs(beta):
    """Grid, density and marginal distribution functions of exp(-beta Phi)."""
    axis = np.linspace(-6, 6, 1201)
    grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1)
    density = np.exp(-beta * FIELD.potential(grid))
    return axis, grid, density / density.sum()


MOMENTS = {
    "x": lambda x, y: x, "y": lambda x, y: y, "x^2": lambda x, y: x**2,
    "x y": lambda x, y: x * y, "y^2": lambda x, y: y**2, "x^4": lambda x, y: x**4,
}  # fmt: skip


def distance(sde, landscape, beta, seed, n=10_000):
    """Largest |z| of the moments and smallest p-value of KS, of independent final states."""
    start = [landscapes.Normal(0, 1), landscapes.Normal(0, 1)]
    final = simulate.run(
        landscape, sde, time=12, trajectories=n, seed=seed, start=start, keep="final"
    ).final.values
    axis, grid, density = gibbs(beta)
    z = []
    for moment in MOMENTS.values():
        values, weights = moment(*final.T), moment(grid[..., 0], grid[..., 1])
        z.append((values.mean() - (weights * density).sum()) / values.std() * np.sqrt(n))
    p = []
    for i in range(2):
        marginal = np.cumsum(density.sum(1 - i))
        middle = marginal - density.sum(1 - i) / 2  # the distribution function at the grid points
        ordered = np.interp(np.sort(final[:, i]), axis, middle)
        steps = np.arange(n + 1) / n
        gap = max((steps[1:] - ordered).max(), (ordered - steps[:-1]).max())
        p.append(kolmogorov(np.sqrt(n) * gap))
    return max(map(abs, z)), min(p)


@pytest.mark.fast_cases("3")
@pytest.mark.parametrize("beta", [1, 3])
def test_a_type_keeps_gibbs_and_its_twins_do_not(beta):
    dt = 0.02
    sde = simulate.AType(beta=beta, dt=dt, scheme="weak-2")
    z, p = distance(sde, FIELD, beta, seed=1)
    print(f"beta {beta} A-type: max |z| {z:.2f}, KS p {p:.3f}")
    assert z < 4
    assert p > 1e-4
    twins = {
        "column divergence": (
            with_drift(column_divergence(), beta), simulate.Ito(beta=beta, dt=dt, scheme="weak-2"),
        ),
        "uncorrected": (FIELD, simulate.Ito(beta=beta, dt=dt, scheme="weak-2")),
        "isothermal": (FIELD, simulate.Isothermal(beta=beta, dt=dt, scheme="weak-2")),
    }  # fmt: skip
    for name, (landscape, twin) in twins.items():
        z, p = distance(twin, landscape, beta, seed=2)
        print(f"beta {beta} {name}: max |z| {z:.1f}, KS p {p:.1e}")
        assert z > 8, name
        assert p < 1e-6, name


def test_the_step_of_euler_is_extrapolated_away():
    """The default scheme: its own mean at dt is wrong, the line through dt and dt/2 is not."""
    pairs = []
    for seed, dt in enumerate((0.02, 0.01)):
        sde = simulate.AType(beta=3, dt=dt)
        keep = simulate.Average("y**2", discard_steps=round(5 / dt))
        run = simulate.run(FIELD, sde, time=20, trajectories=4000, seed=seed, keep=keep)
        pairs.append((dt, analysis.moment(run, "y**2")))
    exact = theory.moment(FIELD, "y**2", beta=3)
    assert pairs[0][1].compare(exact).verdict == "rejected"
    assert analysis.extrapolate(pairs).compare(exact).verdict == "agrees"


# An independent method: a mass that goes to zero --------------------------------------------------


def with_masses(masses, beta, noise, dt):
    """Integrate m dv = -[(D + Q)^-1 v + grad Phi] dt + sqrt(2/beta) (D + Q)^-1 B dW, in NumPy.

    The friction is taken implicitly, which is stable for every dt/m.  All masses side by side, on
    the same noise: shape (masses, paths, 2).
    """
    steps, _, n = noise.shape
    x, v = np.tile([0.5, -0.3], (len(masses), n, 1)), np.zeros((len(masses), n, 2))
    mass = np.reshape(masses, (-1, 1, 1))
    inertia = mass[..., None] * np.eye(2)
    for k in range(steps):
        inverse = np.linalg.inv(FIELD.diffusion(x) + FIELD.curl(x))
        factor = np.linalg.cholesky(FIELD.diffusion(x))
        pushed = np.einsum("mnij,nj->mni", factor, noise[k].T)
        kick = np.sqrt(2 * dt / beta) * np.einsum("mnij,mnj->mni", inverse, pushed)
        force = mass * v - dt * FIELD.gradient(x) + kick
        v = np.linalg.solve(inertia + dt * inverse, force[..., None])[..., 0]
        x = x + dt * v
    return x


def massless(landscape, sde, noise, dt):
    """Euler-Maruyama of an interpretation, on the same Brownian path."""
    drift, factor = sde.ito_drift(landscape, sde.beta), landscape.noise_factor
    x = np.tile([0.5, -0.3], (noise.shape[2], 1))
    for xi in noise:
        kick = np.einsum("nij,jn->ni", factor(x), xi)
        x = x + dt * drift(x) + np.sqrt(2 * dt / sde.beta) * kick
    return x


@pytest.mark.slow
def test_the_zero_mass_limit_is_the_a_type_equation():
    """On one Brownian path: distances fall like sqrt(m), mean differences vanish linearly in m."""
    beta, finest, time, n = 3, 1600, 0.5, 200
    fine = np.random.default_rng(5).standard_normal((finest, 2, n))
    dt = time / finest  # m/16 at the smallest mass
    masses = np.array([0.04, 0.02, 0.01, 0.005])
    heavy = with_masses(masses, beta, fine, dt)

    def limit(landscape, interpretation):
        """Slope of the distance, and the largest |z| of the mean difference at m -> 0."""
        x = massless(landscape, interpretation(beta=beta, dt=1), fine, dt)
        gaps = heavy - x
        rms = np.sqrt((gaps**2).sum(-1).mean(-1))
        rest = 2 * gaps[-1] - gaps[-2]
        z = np.abs(rest.mean(0)) / rest.std(0) * np.sqrt(n)
        return np.polyfit(np.log(masses), np.log(rms), 1)[0], z.max(), rms

    slope, z, rms = limit(FIELD, simulate.AType)
    print(f"zero mass: slope {slope:.2f}, |z| {z:.1f}, distances {np.round(rms, 3)}")
    assert abs(slope - 0.5) < 0.15
    assert z < 4
    for name, landscape, interpretation in (
        ("ito", FIELD, simulate.Ito), ("isothermal", FIELD, simulate.Isothermal),
        ("column", with_drift(column_divergence(), beta), simulate.Ito),
    ):  # fmt: skip
        slope, z, rms = limit(landscape, interpretation)
        print(f"  {name}: slope {slope:.2f}, |z| {z:.1f}, distances {np.round(rms, 3)}")
        assert slope < 0.35, name
        assert z > 6, name
