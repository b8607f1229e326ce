"""A trajectory that leaves the finite numbers is frozen, counted and reported."""

import numpy as np
import pytest

from driftscape import landscapes, simulate
from driftscape.landscapes import Landscape, Normal
from driftscape.simulate.backends.cpu.backend import CpuBackend
from driftscape.simulate.divergence import stability_message, stability_messages

CUBIC = Landscape.from_potential("x**3/3 - x**5/20", coordinates="x", name="cubic")
ITO = simulate.Ito(beta=2, dt=0.1)


def blow_up(**changes):
    settings = {"steps": 400, "trajectories": 130, "seed": 3, "start": 0.5, "save_every": 1}
    with pytest.warns(
        simulate.DivergenceWarning, match=r"of 130 trajectories of cubic .* first at step"
    ):
        return simulate.run(CUBIC, ITO, **(settings | changes))


def test_the_step_of_divergence_is_exact_and_the_rest_is_nan():
    run = blow_up()
    lost = run.diverged.values
    assert (lost >= 0).sum() > 10
    for trajectory in np.flatnonzero(lost >= 0):
        path = run.state.values[trajectory, :, 0]
        assert np.isfinite(path[: lost[trajectory]]).all()
        assert np.isnan(path[lost[trajectory] :]).all()


@pytest.mark.parametrize(
    "changes", [{"save_every": 50}, {"backend": CpuBackend(lanes=16)}, {"threads": 2}]
)
def test_it_does_not_depend_on_how_the_run_was_cut(changes):
    assert (blow_up().diverged == blow_up(**changes).diverged).all()


def test_the_reference_finds_the_same_steps():
    few = {"steps": 100}
    assert (blow_up(**few).diverged == blow_up(backend="numpy", **few).diverged).mean() > 0.97


def test_survivors_are_untouched_by_their_neighbours():
    run = blow_up()
    alive = np.flatnonzero(run.diverged.values < 0)
    if len(alive):
        one = simulate.run(
            CUBIC, ITO, steps=400, trajectories=range(alive[0], alive[0] + 1), seed=3, start=0.5
        )
        assert (one.final.values == run.final.values[alive[:1]]).all()


def test_a_learning_rate_past_the_stability_limit_is_warned_with_the_numbers():
    with pytest.warns(
        simulate.DivergenceWarning, match=r"learning_rate=2.5 .* limit 2 of mean_estimation"
    ):
        simulate.run(
            landscapes.mean_estimation(), simulate.SGD(learning_rate=2.5), steps=10, seed=1
        )


REGRESSION = Landscape.from_loss(
    "(w*x - y)**2/2", coordinates="w", samples={"x": Normal(), "y": Normal()}, name="regression"
)


def test_a_run_of_finite_numbers_that_grows_without_bound_is_warned():
    """By step 300 the mean square is of the order 1e83; every number is finite."""
    with pytest.warns(
        simulate.DivergenceWarning,
        match=r"learning_rate=1 is past .* limit 0.6667 of regression at \(w = 0\).* factor 2 a",
    ):
        run = simulate.run(
            REGRESSION,
            simulate.SGD(learning_rate=1.0),
            steps=300,
            trajectories=64,
            seed=1,
            backend="numpy",
        )
    assert (run.diverged < 0).all()


@pytest.mark.parametrize(
    ("landscape", "dynamics", "limit"),
    [
        ("mexican", simulate.Ito(beta=5, dt=0.7, scheme="heun"), "limit 0.25 of mexican"),
        ("mexican", simulate.GradientFlow(dt=0.5), "limit 0.3482 of mexican"),
    ],
)
def test_an_equation_is_warned_with_its_largest_stable_step(landscape, dynamics, limit):
    page = Landscape.from_potential("4*x**2", coordinates="x", name=landscape)
    with pytest.warns(simulate.DivergenceWarning, match=limit):
        simulate.run(page, dynamics, steps=2, seed=1, backend="numpy")


def test_the_start_decides_which_minimum_is_looked_at():
    """Curvature 1 at -1, 16 at 1: where a run stays at -1 the other is not its matter."""
    page = Landscape.from_potential(
        "where(x < 0, (x + 1)**2/2, 1/2 + 8*((x - 1)**2 - 1))", coordinates="x", name="uneven"
    )
    ito = simulate.Ito(beta=50, dt=0.2)
    simulate.run(page, ito, steps=2, seed=1, start=-1.2, backend="numpy")
    with pytest.warns(simulate.DivergenceWarning, match=r"0.125 of uneven at \(x = 1\)"):
        simulate.run(
            page, ito, steps=2, seed=1, start=[[-1.2], [1.2]], trajectories=2, backend="numpy"
        )


def test_a_sweep_names_the_points_that_are_past_it():
    sgd = simulate.SGD(learning_rate=0.1)
    rates = {"learning_rate": [0.5, 0.7, 0.9]}
    with pytest.warns(simulate.DivergenceWarning, match=r"=0.7 is past .* Points also .*=0.9"):
        simulate.sweep(
            REGRESSION, sgd, over=rates, steps=2, trajectories=2, seed=1, backend="numpy"
        )


def test_a_sweep_over_the_landscape_looks_at_each_of_them():
    page = Landscape.from_potential("a*x**2/2", coordinates="x", parameters={"a": 1.0})
    with pytest.warns(simulate.DivergenceWarning, match=r"limit 0.05 of"):
        simulate.sweep(page, simulate.Ito(beta=1, dt=0.1), over={"a": [1.0, 40.0]}, steps=2, seed=1)


def test_a_first_passage_is_warned_too():
    page = Landscape.from_potential("4*x**2", coordinates="x")
    with pytest.warns(simulate.DivergenceWarning, match="limit 0.25"):
        simulate.first_passage(
            page, simulate.Ito(beta=1, dt=0.3), start=0, target="x > 9", trajectories=8, seed=1,
            max_steps=100, backend="numpy",
        )  # fmt: skip


def test_the_message_is_stored_with_the_landscape(monkeypatch):
    page = Landscape.from_potential("4*x**2", coordinates="x")
    ito = simulate.Ito(beta=1, dt=0.3)
    first = stability_message(page, ito)
    assert "limit 0.25" in first
    monkeypatch.setattr("driftscape.simulate.divergence.Moments", None)
    assert stability_message(page, ito) == first


def test_a_warning_names_the_line_of_the_caller():
    page = Landscape.from_potential("4*x**2", coordinates="x")
    ito, short = simulate.Ito(beta=1, dt=0.3), {"seed": 1, "backend": "numpy"}
    with pytest.warns(simulate.DivergenceWarning) as first:
        run = simulate.run(page, ito, steps=2, **short)
    with pytest.warns(simulate.DivergenceWarning) as second:
        simulate.sweep(page, ito, over={"dt": [0.3, 0.4]}, steps=2, **short)
    with pytest.warns(simulate.DivergenceWarning) as third:
        simulate.rerun(run)
    assert [caught[0].filename for caught in (first, second, third)] == 3 * [__file__]


@pytest.mark.parametrize(
    "dynamics",
    [
        simulate.GD(learning_rate=0.01),
        simulate.SGD(learning_rate=0.009),
        simulate.SGD(learning_rate=0.005, momentum=0.9),
        simulate.Ito(beta=20, dt=0.009),
        simulate.AType(beta=20, dt=0.009),
        simulate.Underdamped(beta=20, friction=1, dt=0.05),
    ],
    ids=lambda dynamics: f"{type(dynamics).__name__} {getattr(dynamics, 'scheme', '')}",
)
def test_no_landscape_of_the_library_is_warned_at_a_small_step(dynamics):
    """But Mueller and Brown's, in its own units of 100: a curvature of some 4000."""
    looked, warned = 0, []
    for name in landscapes.__all__:
        make = getattr(landscapes, name)
        if not callable(make) or isinstance(make, type):
            continue
        try:
            page = make()
            step = dynamics.step(page)
        except (TypeError, ValueError):
            continue
        looked += 1
        if stability_message(page, dynamics, step=step) is not None:
            warned.append(page.name)
    assert looked >= 4
    assert set(warned) <= {"mueller_brown"}


def test_messages_of_a_sweep_are_those_of_its_points():
    """They are computed together; the limits of SGD, of an equation, and no limit of a valley."""
    sharp = Landscape.from_potential("a*x**2/2 + y**4", coordinates="x y", parameters={"a": 4.0})
    for dynamics in (
        [simulate.GD(learning_rate=rate) for rate in (0.3, 0.6, 0.9)],
        [simulate.Ito(beta=2, dt=dt) for dt in (0.1, 0.7)],
    ):
        pairs = [(sharp.with_parameters(a=a), each) for each in dynamics for a in (1.0, 4.0)]
        steps = [each.step(page) for page, each in pairs]
        starts = [np.array([[0.5, 0.1]])] * len(pairs)
        together = stability_messages(pairs, steps, starts)
        alone = [
            stability_message(sharp.with_parameters(**page.parameters), each, starts=start)
            for (page, each), start in zip(pairs, starts, strict=True)
        ]
        assert together == alone
        assert None in together
        assert any(together)
