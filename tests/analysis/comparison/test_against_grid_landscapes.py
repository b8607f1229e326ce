"""Ensembles against grids on every landscape of one or two coordinates that ships."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from driftscape import analysis, landscapes, simulate, theory
from driftscape.landscapes import NotAvailable

from ...tiers import tiered

PI = np.pi


@dataclass(frozen=True)
class Case:
    """One landscape with a temperature, a step and a time that suit it."""

    name: str
    beta: float
    dt: float
    time: float
    scheme: str = "euler-maruyama"
    arguments: dict = field(default_factory=dict)
    trajectories: int = 2000
    start: object = None
    grid: dict = field(default_factory=dict)
    density: object = None  # known otherwise, up to its norm
    colder: int = 1000  # first passages at 1.3 beta, where they tell it from beta

    @property
    def label(self):
        """For pytest."""
        return "-".join([self.name, *self.arguments])

    def landscape(self):
        """Build it."""
        return landscapes.ZOO[self.name](**self.arguments)

    def operator(self):
        """The grid, fine enough for its step."""
        result = self.landscape()
        shape = {"shape": 1024 if result.dim == 1 else 96}
        return theory.fokker_planck(result, beta=self.beta, **(shape | self.grid))

    def run(self, beta):
        """An ensemble in steady state."""
        ito = simulate.Ito(beta=beta, dt=self.dt, scheme=self.scheme)
        return simulate.run(
            self.landscape(), ito, time=self.time, trajectories=self.trajectories, seed=1,
            keep="final", start=self.start,
        )  # fmt: skip


def cosh_density(w):
    return np.exp(20 / np.cosh(w) - 2 * np.log(np.cosh(w)))


def gaussian_fit_density(h):
    return np.exp(2 * h - 10 * (np.exp(h) - 1) ** 2)


ONE_FEATURE = {"X": [[1.0], [2.0], [3.0]], "y": [1.0, 2.5, 2.0]}
ONE_CLASS = {"X": [[1.0], [2.0], [-1.0], [0.5]], "y": [1, 1, 1, 0]}

CASES = [
    # from a loss: D of the data or the samples
    Case("mean_estimation", 2, 0.05, 15, "heun"),
    Case("cosh", 20, 0.005, 15, density=cosh_density),
    Case("cosh", 20, 0.005, 15, arguments={"dim": 2}, grid={"shape": 128}),
    Case("gaussian_fit", 20, 0.01, 25, density=gaussian_fit_density),
    Case("linear_regression", 40, 0.005, 25, trajectories=1000),
    Case("linear_regression", 20, 0.001, 3, arguments=ONE_FEATURE),
    Case("logistic_regression", 20, 0.1, 400, trajectories=1000),
    Case("logistic_regression", 20, 0.02, 50, arguments=ONE_CLASS, trajectories=1000),
    # on a circle; D vanishes on an arc of it and at two valves
    Case("ratchet", 20, 0.05, 1500, trajectories=1000,
         grid={"sides": "periodic", "box": (-PI, PI), "shape": 4096}),
    # the sharp basin is left for good at this noise: begin in the flat one
    Case("two_basins", 10, 0.002, 5, arguments={"noise": 0.1}, start=(-1, -1)),
    # potentials, with and without a current
    Case("quartic_well", 3, 0.02, 50, "heun"),
    Case("styblinski_tang", 0.05, 0.001, 10, "heun", trajectories=1000),
    Case("mueller_brown", 0.02, 2e-5, 0.4, "heun", trajectories=1000),
    Case("linear", 1, 0.02, 15, "heun"),
    # 1.3 beta changes no chance of survival by more than 2.7 errors of 1000 passages
    Case("double_well", 1, 0.02, 15, "heun", arguments={"rotation": 1.5}, colder=8000),
    Case("divergence_free_double_well", 1, 0.02, 15, "heun"),
    # drifts without a potential; D of rank 1 in the second
    Case("maier_stein", 4, 0.02, 20, "heun"),
    Case("van_der_pol", 1, 0.02, 60, "heun", grid={"shape": 256}),
]  # fmt: skip

#: no density in steady state -> the error that says so
NONE = {"cubic_chi": "spreads or moves for ever", "linear_network": "do not leave a curve"}

FAST = ("double_well-rotation", "quartic_well", "maier_stein", "mean_estimation")
every_case = pytest.mark.parametrize("case", tiered(CASES, FAST))


def test_every_landscape_of_one_or_two_coordinates_is_here():
    small = {name for name, make in landscapes.ZOO.items() if make().dim <= 2}
    assert {case.name for case in CASES} | set(NONE) == small


@pytest.mark.fast_cases("quartic_well", "double_well-rotation")
@every_case
def test_ensemble_and_grid_agree_and_the_wrong_temperature_is_rejected(case):
    fp = case.operator()
    result = analysis.compare(case.run(case.beta), fp)
    assert result.agrees, str(result)
    assert result.bias.max() < 0.25, str(result)
    # a run that never left its start would have no current and no spread
    assert all(m.stderr > 0 for m in result.measured)
    assert not analysis.compare(case.run(1.3 * case.beta), fp).agrees


def passage_of(case, fp):
    """A target out in the tail of the first coordinate, and the likeliest place before it."""
    name = case.landscape().coordinates[0]
    x, mass = fp.grid.points[:, 0], fp.steady_mass
    if case.name == "ratchet":  # a circle: the target must not know how often it was gone round
        target, reached = f"cos({name}) > 0.9", np.cos(x) > 0.9
    else:
        order = np.argsort(x)
        edge = x[order][np.searchsorted(np.cumsum(mass[order]), 0.9)]
        target, reached = f"{name} > {edge:.6g}", x > edge - 0.1 * np.ptp(x[mass > 1e-6])
    start = fp.grid.points[np.argmax(np.where(reached, 0, mass))]
    return {"target": target, "start": tuple(map(float, start)), "max_time": 1e6 * case.dt}


@pytest.mark.fast_cases("quartic_well")
@every_case
def test_first_passages_agree_and_those_at_another_temperature_do_not(case):
    fp = case.operator()
    asked = passage_of(case, fp)

    def first_passages(beta, dt, seed, count=1000):
        ito = simulate.Ito(beta=beta, dt=dt)
        return simulate.first_passage(
            case.landscape(), ito, trajectories=count, seed=seed, **asked
        )  # fmt: skip

    coarser = first_passages(case.beta, case.dt, 2)
    result = analysis.compare_passages(
        first_passages(case.beta, case.dt / 8, 1), fp, coarser=coarser
    )
    assert result.agrees, str(result)
    assert np.isfinite(result.bias).all()
    if result.bias.max() < 1:  # the grid of van_der_pol is coarse for its thin noise, and says so
        assert not analysis.compare_passages(
            first_passages(1.3 * case.beta, case.dt / 8, 3, case.colder), fp
        ).agrees
    else:
        assert case.name == "van_der_pol"


def known(case):
    """The density known otherwise, at points, up to its norm; None where it is not."""
    try:
        potential = case.landscape().potential
    except NotAvailable:
        return case.density and (lambda points: case.density(points[:, 0]))
    return lambda points: np.exp(case.beta * (potential(points).min() - potential(points)))


KNOWN = [case for case in CASES if known(case)]


@pytest.mark.fast_cases("quartic_well", "gaussian_fit")
@pytest.mark.parametrize("case", KNOWN, ids=[case.label for case in KNOWN])
def test_the_grid_has_the_density_that_is_known_otherwise(case):
    fp, density = case.operator(), known(case)
    right = density(fp.grid.points)
    assert np.abs(fp.steady_mass - right / right.sum()).sum() < 0.02
    wrong = right**1.3  # as if it were colder
    assert np.abs(fp.steady_mass - wrong / wrong.sum()).sum() > 0.05


@pytest.mark.parametrize("name", list(NONE))
def test_where_there_is_no_density_the_error_says_why(name):
    with pytest.raises(theory.NoSteadyState, match=NONE[name]):
        theory.fokker_planck(landscapes.ZOO[name](), beta=5)


def test_the_law_of_the_linear_network_does_lie_on_a_curve():
    """(a - b)(a + b) has no noise of its own and decays: what the refusal claims."""
    ito = simulate.Ito(beta=40, dt=0.01)
    run = simulate.run(
        landscapes.linear_network(), ito, time=1000, trajectories=64, seed=1, keep="final",
        start=(1.1, 0.9),
    )  # fmt: skip
    a, b = run.final.values.T
    assert np.abs(a**2 - b**2).max() < 4 * 0.4 * np.exp(-1000 * 2 * 0.25 / 40)  # u' < -u/80
    assert a.std() > 0.05


@pytest.mark.slow
def test_the_steady_state_of_the_ratchet_turns():
    """Flux by quadrature of the one-dimensional equation, and by the turns of trajectories."""
    case = next(case for case in CASES if case.name == "ratchet")
    fp = case.operator()
    J = fp.current().values[0]
    assert np.ptp(J) < 1e-9  # no divergence
    run = simulate.run(
        case.landscape(), simulate.Ito(beta=20, dt=0.05), time=3000, trajectories=1000, seed=2,
        save_every=20_000,
    )  # fmt: skip
    moved = run.final.values[:, 0] - run.state.values[:, 1, 0]
    rate = moved / (2 * PI * 2000)
    stderr = rate.std() / np.sqrt(len(rate))
    assert abs(rate.mean() - J.mean()) < 4 * stderr
    assert rate.mean() > 10 * stderr
