"""Every order that a scheme states is fitted here: strong on one Brownian path, weak exactly.

Weak errors are found without noise: on a torus the map f -> E f(x') of a scheme is a matrix between
values on a Fourier grid (Gauss-Hermite nodes for the normals, both signs for the two-valued ones),
and so is exp(T L), L the generator of the SDE.  Their difference is the weak error.
"""

import functools
import itertools
import pathlib

import numpy as np
import pytest
import sympy as sp
from scipy.sparse.linalg import expm_multiply

from driftscape import simulate
from driftscape.landscapes import Landscape
from driftscape.landscapes.formulas.evaluate import evaluate
from driftscape.simulate.backends.cpu.compile import assembly, outside_calls
from driftscape.simulate.dynamics.sde import schemes, updates
from driftscape.simulate.dynamics.sde.schemes import noise_class

BETA = 2.0  # sqrt(2/beta) = 1
DRIFT = ["cos(y)/2 - sin(x)", "sin(x - y)"]
FACTORS = {
    "additive": [["1", "0"], ["1/2", "4/5"]],
    "diagonal": [["1 + cos(x)/2", "0"], ["0", "4/5 + sin(y)/2"]],
    "commutative": [["1 + cos(x + y)/2", "-4/5 - sin(y)/2"], ["0", "4/5 + sin(y)/2"]],
    "general": [["1", "sin(y)/2"], ["cos(x)", "1 + sin(x + y)/4"]],
}


@functools.cache
def system(kind):
    return Landscape.from_drift(
        DRIFT, coordinates="x y", noise_factor=FACTORS[kind], start=(0.3, -0.5), name=kind
    )


CASES = [
    (name, kind)
    for name in schemes.SCHEMES
    for kind in FACTORS
    if schemes.SCHEMES[name].weak_orders[kind] is not None
]


def dynamics(name, interpretation=simulate.Ito):
    return interpretation(beta=BETA, dt=1.0, scheme=name)


class Stepper:
    """One step of a dynamics as a NumPy function of state, step size and noise by letter."""

    def __init__(self, sde, landscape):
        self.step = sde.step(landscape)
        self.fixed = dict(zip(self.step.parameters, map(float, self.step.values), strict=True))
        self.fixed.pop(updates.DT)
        self.noise = [s.name.removeprefix("noise.").rstrip("0123456789.") for s in self.step.noise]
        update = list(self.step.update)
        for symbol, expression in reversed(self.step.assignments):
            update = [e.xreplace({symbol: expression}) for e in update]
        given = [*self.step.state, *self.step.noise, updates.DT]
        self.function = sp.lambdify(given, [e.subs(self.fixed) for e in update], "numpy", cse=True)

    def __call__(self, x, dt, **letters):
        """Advance; letters: xi and eta (m, n), v (pairs, n)."""
        rows = {letter: iter(values) for letter, values in letters.items()}
        noise = [next(rows[letter]) for letter in self.noise]
        return np.array(np.broadcast_arrays(*self.function(*x, *noise, dt)))


# Brownian paths -----------------------------------------------------------------------------------


class Path:
    """W and the integral of W over steps of any dyadic size, of n paths on [0, 1]."""

    def __init__(self, finest, m, n, seed):
        rng = np.random.default_rng(seed)
        h = 1 / finest
        xi, eta = rng.standard_normal((2, finest, m, n))
        self.w = np.sqrt(h) * xi
        self.z = h**1.5 * (xi + eta / np.sqrt(3)) / 2
        self.v = rng.choice([-1.0, 1.0], (finest, m * (m - 1) // 2, n))
        self.finest = finest

    def increments(self, steps):
        """Return xi, eta, v for each of `steps` steps, the finest increments summed."""
        k, h, fine = self.finest // steps, 1 / steps, 1 / self.finest
        w = self.w.reshape(steps, k, *self.w.shape[1:])
        z = self.z.reshape(steps, k, *self.z.shape[1:]).sum(1)
        before = np.cumsum(w, axis=1) - w
        z = z + fine * before.sum(1)
        xi = w.sum(1) / np.sqrt(h)
        eta = np.sqrt(3) * (2 * z / h**1.5 - xi)
        return xi, eta, self.v[:steps]


def solve(stepper, landscape, path, steps, **changes):
    xi, eta, v = path.increments(steps)
    eta = changes.get("eta", eta)
    n = xi.shape[-1]
    x = np.repeat(np.array(landscape.start, dtype=float)[:, None], n, axis=1)
    for k in range(steps):
        x = stepper(x, 1 / steps, xi=xi[k], eta=eta[k], v=v[k])
    return x


@functools.cache
def reference(kind):
    """A path and its solution 16 times finer than the finest step tested, by another scheme."""
    land = system(kind)
    m = land.noise_factor.shape[1]
    finest, best = {
        "additive": (4096, "strong-1.5"), "diagonal": (2048, "milstein"),
        "commutative": (2048, "milstein"), "general": (4096, "euler-maruyama"),
    }[kind]  # fmt: skip
    path = Path(finest, m, 500, seed=11)
    return path, solve(Stepper(dynamics(best), land), land, path, finest)


def strong_slope(stepper, kind, **changes):
    """Fit log error against log step over six dyadic steps, in ten batches of paths."""
    path, exact = reference(kind)
    sizes = [16, 32, 64, 128, 256, 512] if kind == "additive" else [8, 16, 32, 64, 128, 256]
    squares = np.array(
        [((solve(stepper, system(kind), path, m, **changes) - exact) ** 2).sum(0) for m in sizes]
    )
    return slope(1 / np.array(sizes), np.sqrt(squares.reshape(len(sizes), 10, -1).mean(-1)))


def slope(sizes, errors):
    """Slope and standard error over the columns of errors (sizes, batches)."""
    fits = np.polyfit(np.log(sizes), np.log(errors), 1)[0]
    return fits.mean(), fits.std(ddof=1) / np.sqrt(len(fits))


def agrees(fit, order):
    """Four standard errors, and a tenth for steps that are not yet small."""
    return abs(fit[0] - order) < 4 * fit[1] + 0.1


@pytest.mark.fast_cases("milstein-diagonal", "milstein-commutative", "heun-diagonal")
@pytest.mark.parametrize(("name", "kind"), CASES)
def test_strong_orders(name, kind):
    fit = strong_slope(Stepper(dynamics(name), system(kind)), kind)
    print(f"strong {name} {kind}: {fit[0]:.3f} +- {fit[1]:.3f}")
    assert agrees(fit, dynamics(name).strong_order[kind])
    assert not agrees(fit, dynamics(name).strong_order[kind] + 0.5)


def test_heun_reaches_the_stratonovich_solution_and_not_the_ito_one():
    land = system("diagonal")
    path, ito = reference("diagonal")
    heun = solve(Stepper(dynamics("heun", simulate.Stratonovich), land), land, path, 1024)
    converted = simulate.Stratonovich(beta=BETA, dt=1.0, scheme="milstein")
    assert np.sqrt(((heun - solve(Stepper(converted, land), land, path, 1024)) ** 2).mean()) < 0.01
    assert np.sqrt(((heun - ito) ** 2).mean()) > 0.1


def test_the_second_gaussian_is_what_makes_order_one_and_a_half():
    """Twin: eta drawn anew instead of from the path."""
    rng = np.random.default_rng(3)
    wrong = rng.standard_normal((1024, 2, 500))
    fit = strong_slope(Stepper(dynamics("strong-1.5"), system("additive")), "additive", eta=wrong)
    assert not agrees(fit, 1.5)


def test_milstein_without_commuting_columns_is_of_order_one_half_and_refused():
    general = system("general")
    with pytest.raises(ValueError, match="commutative noise, and the noise factor of general"):
        dynamics("milstein").step(general)
    drift, factor = general.drift(), general.noise_factor
    assignments, update, noise = updates.milstein(drift, factor)
    stepper = Stepper(dynamics("euler-maruyama"), general)
    assert not assignments
    given = [*stepper.step.state, *noise, updates.DT]
    stepper.function = sp.lambdify(given, [e.subs(stepper.fixed) for e in update], cse=True)
    fit = strong_slope(stepper, "general")
    assert agrees(fit, 0.5)
    assert not agrees(fit, 1.0)


@pytest.mark.parametrize("kind", ["diagonal", "general"])
def test_refused_schemes_name_an_alternative(kind):
    with pytest.raises(ValueError, match="is for additive noise.*use scheme='milstein'"):
        dynamics("strong-1.5").step(system(kind))


def test_noise_classes():
    assert [noise_class(system(kind)) for kind in FACTORS] == [
        "additive", "diagonal", "commutative", "general",
    ]  # fmt: skip
    one = Landscape.from_drift(
        ["0", "0"], coordinates="x y", noise_factor=[["x", "x"], ["y", "2*y"]]
    )
    assert noise_class(one) == "commutative"
    crossed = Landscape.from_drift(
        ["0", "0"], coordinates="x y", noise_factor=[["1 + y**2", "0"], ["0", "1"]]
    )
    assert noise_class(crossed) == "general"
    uneven = Landscape.from_potential(
        "x**2 + y**2", coordinates="x y", diffusion=[["2", "1/2"], ["1/2", "1"]]
    )
    assert noise_class(uneven) == "additive"


# Weak errors without noise ----------------------------------------------------------------------

GRID, NODES = 25, 8  # an odd grid has no wave without a partner
_AXIS = 2 * np.pi * np.arange(GRID) / GRID
_POINTS = np.array(np.meshgrid(_AXIS, _AXIS, indexing="ij")).reshape(2, -1)
_WAVES = np.array(list(itertools.product(np.fft.fftfreq(GRID, 1 / GRID), repeat=2)))


#: amplitudes of the waves -> values at the points, and back
_FROM_WAVES = np.exp(1j * _POINTS.T @ _WAVES.T)
TO_WAVES = _FROM_WAVES.conj().T / GRID**2
OBSERVABLE = np.exp(np.sin(_POINTS[0])) + np.cos(_POINTS[0] + 2 * _POINTS[1])


@functools.cache
def exact_mean(kind):
    """exp(L) applied to the observable, at the grid points."""
    land = system(kind)
    b, d = land.drift()(_POINTS.T), land.diffusion(_POINTS.T)
    first = 1j * b @ _WAVES.T
    second = -np.einsum("pij,wi,wj->pw", d, _WAVES, _WAVES) / BETA
    generator = (((first + second) * _FROM_WAVES) @ TO_WAVES).real
    return expm_multiply(generator, OBSERVABLE)


def transition(stepper, steps, columns, laws):
    """Apply f -> E f(x') `steps` times to the observable."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    weights = weights / weights.sum()
    coin = [(-1.0, 0.5), (1.0, 0.5)]
    normal = list(zip(nodes, weights, strict=True))
    choices = [coin if laws == "rademacher" else normal] * columns["xi"]
    choices += [list(zip(*np.polynomial.hermite_e.hermegauss(3), strict=True))] * columns["eta"]
    choices += [coin] * columns["v"]
    ways = list(itertools.product(*choices))
    weights = np.array([np.prod([w for _, w in way]) for way in ways])
    letters = np.array([[value for value, _ in way] for way in ways]).T
    a, b = columns["xi"], columns["xi"] + columns["eta"]
    axes = np.fft.fftfreq(GRID, 1 / GRID)
    basis = np.zeros((GRID**2, GRID, GRID), complex)
    for first in range(0, len(ways), 64):
        part = letters[:, None, first : first + 64]
        moved = stepper(_POINTS[:, :, None], 1 / steps, xi=part[:a], eta=part[a:b], v=part[b:])
        one, two = (np.exp(1j * row[:, None, :] * axes[:, None]) for row in moved)
        basis += (one * weights[first : first + 64]) @ two.transpose(0, 2, 1)
    matrix, values = (basis.reshape(GRID**2, -1) @ TO_WAVES).real / weights.sum(), OBSERVABLE
    for _ in range(steps):
        values = matrix @ values
    return values


def weak_fit(name, kind, sde=None):
    sde = sde or dynamics(name)
    stepper = Stepper(sde, system(kind))
    columns = {letter: stepper.noise.count(letter) for letter in ("xi", "eta", "v")}
    sizes = np.array([8, 16, 32, 64, 128])
    errors = np.array(
        [
            np.sqrt(np.mean((transition(stepper, m, columns, sde.noise) - exact_mean(kind)) ** 2))
            for m in sizes
        ]
    )
    fit = np.polyfit(np.log(1 / sizes), np.log(errors), 1, cov=True)
    return fit[0][0], np.sqrt(fit[1][0, 0]), errors


@pytest.mark.fast_cases("milstein-diagonal", "milstein-additive", "heun-additive")
@pytest.mark.parametrize(("name", "kind"), CASES)
def test_weak_orders(name, kind):
    value, error, errors = weak_fit(name, kind)
    print(f"weak {name} {kind}: {value:.3f} +- {error:.3f}  {errors[0]:.2e} .. {errors[-1]:.2e}")
    order = dynamics(name).weak_order[kind]
    assert agrees((value, error), order)
    assert not agrees((value, error), 3 - order)  # the twins: 1 for 2, 2 for 1


@pytest.mark.parametrize("name", ["euler-maruyama", "heun"])
def test_two_valued_noise_keeps_weak_order_one(name):
    sde = simulate.Ito(beta=BETA, dt=1.0, scheme=name, noise="rademacher")
    value, error, _ = weak_fit(name, "general", sde)
    assert agrees((value, error), sde.weak_order["general"])
    assert sde.strong_order["general"] is None
    with pytest.raises(ValueError, match="too few for scheme='weak-2'"):
        simulate.Ito(beta=BETA, dt=1.0, scheme="weak-2", noise="rademacher")


def test_the_documentation_prints_the_table_of_these_objects():
    assert schemes.orders_table() in schemes.__doc__
    readme = pathlib.Path(__file__).parents[3] / "README.md"
    assert schemes.orders_table() in readme.read_text(encoding="utf-8")


# An independent oracle ----------------------------------------------------------------------------


def oracle_path(kind, steps):
    sdeint = pytest.importorskip("sdeint")
    land = system(kind)
    path, exact = reference(kind)
    xi, _, _ = path.increments(steps)
    dw = xi[:, :, 0] / np.sqrt(steps)
    start = np.array(land.start, dtype=float)
    time = np.arange(steps + 1) / steps
    drift = lambda x, _: land.drift()(x)  # noqa: E731
    factor = lambda x, _: land.noise_factor(x)  # noqa: E731
    return sdeint, drift, factor, start, time, dw, path, exact


@pytest.mark.parametrize("kind", FACTORS)
def test_sdeint_makes_the_same_steps(kind):
    sdeint, drift, factor, start, time, dw, path, _ = oracle_path(kind, 64)
    for solver, sde in (
        (sdeint.itoEuler, dynamics("euler-maruyama")),
        (sdeint.stratHeun, dynamics("heun", simulate.Stratonovich)),
    ):
        ours = solve(Stepper(sde, system(kind)), system(kind), path, 64)[:, 0]
        theirs = solver(drift, factor, start, time, dW=dw)[-1]
        assert np.abs(ours - theirs).max() < 1e-12
    assert np.abs(ours - sdeint.itoEuler(drift, factor, start, time, dW=dw)[-1]).max() > 1e-3


@pytest.mark.parametrize("kind", ["diagonal", "general"])
def test_sdeint_of_order_one_reaches_the_same_solution(kind):
    """Roessler's SRI2 with the iterated integrals of the same path."""
    steps = 128
    sdeint, drift, factor, start, time, dw, path, exact = oracle_path(kind, steps)
    errors, twin = [], []
    for n in range(8):
        fine = path.w[:, :, n].reshape(steps, -1, dw.shape[1])
        before = np.cumsum(fine, axis=1) - fine
        iterated = np.einsum("skj,ski->sji", before, fine)  # int (W_j - W_j(0)) dW_i
        even = np.einsum("skj,ski->sji", fine, fine) / 2
        both = iterated + even  # Stratonovich; Ito takes dt/2 off the diagonal
        own = both - np.eye(dw.shape[1]) / steps / 2
        theirs = sdeint.itoSRI2(drift, factor, start, time, dW=fine.sum(1), I=own)[-1]
        errors.append(np.abs(theirs - exact[:, n]).max())
        theirs = sdeint.itoSRI2(drift, factor, start, time, dW=fine.sum(1), I=both)[-1]
        twin.append(np.abs(theirs - exact[:, n]).max())
    assert np.mean(errors) < 0.03
    assert np.mean(twin) > 0.1


def test_the_step_is_what_the_backends_run():
    """The stepper of this file and the reference backend agree on the same words."""
    land, sde = system("general"), simulate.Ito(beta=BETA, dt=0.1, scheme="weak-2")
    step = sde.step(land)
    stepper = Stepper(sde, land)
    rng = np.random.default_rng(1)
    xi, v, x = rng.standard_normal((2, 50)), rng.choice([-1.0, 1.0], (1, 50)), rng.random((2, 50))
    values = dict(zip(step.parameters, map(float, step.values), strict=True))
    values |= dict(zip(step.state, x, strict=True))
    values |= dict(zip(step.noise, [*xi, *v], strict=True))
    written = evaluate(step.update, values, step.assignments, step.tables)
    assert np.abs(np.array(written) - stepper(x, 0.1, xi=xi, v=v)).max() < 1e-13


@pytest.mark.fast_cases("sde2", "sde4")
@pytest.mark.parametrize(
    "sde",
    [
        simulate.AType(beta=1, dt=0.1, scheme="weak-2"),
        simulate.Stratonovich(beta=1, dt=0.1),
        simulate.Isothermal(beta=1, dt=0.1),
        simulate.Ito(beta=1, dt=0.1, noise="stable", alpha=1.5),
        simulate.Ito(beta=1, dt=0.1, noise="rademacher", modified=0.1),
    ],
)
def test_no_scalar_function_is_called(sde):
    uneven = Landscape.from_potential(
        "x**4/4 + x*y/2 + y**2", coordinates="x y", curl="sin(x)",
        diffusion=[["1 + x**2", "0"], ["0", "2 + cos(y)"]],
    )  # fmt: skip
    assert outside_calls(assembly(sde.step(uneven))) == set()
