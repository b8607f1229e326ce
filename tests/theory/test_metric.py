"""The diffusion metric: its Christoffel symbols, its largest eigenvalue, and what RGD predicts."""

import numpy as np
import pytest

from driftscape import analysis, landscapes, simulate, theory
from driftscape.landscapes import Landscape, Normal


def three():
    """Three coordinates and a full D that varies with all of them."""
    return Landscape.from_loss(
        "(a**2 + 2*b**2 + c**2)/2 + x*(a + b*c/2) + y*(b + a**2/4 - c)/2 + z*sin(c)*a",
        coordinates="a b c",
        samples={"x": Normal(), "y": Normal(), "z": Normal()},
        start=(0.4, -0.3, 0.2),
        name="three",
    )


@pytest.mark.parametrize("lower", [True, False])
def test_christoffel_symbols_are_finite_differences_of_the_metric(rng, lower):
    land, epsilon, h = three(), 0.3, 1e-5
    field = theory.christoffel(land, epsilon, lower=lower)
    for point in rng.uniform(-1, 1, (10, 3)):
        slope = [
            epsilon * (land.diffusion(point + e) - land.diffusion(point - e)) / (2 * h)
            for e in h * np.eye(3)
        ]
        wanted = np.empty((3, 3, 3))
        for k in range(3):
            for i in range(3):
                for j in range(3):
                    wanted[k, i, j] = (slope[i][k, j] + slope[j][k, i] - slope[k][i, j]) / 2
        raised = np.einsum(
            "kl,lij->kij", np.linalg.inv(np.eye(3) + epsilon * land.diffusion(point)), wanted
        )
        assert np.abs(field(point) - (wanted if lower else raised)).max() < 1e-9
        # the twin: the paper's symbols, the lower ones read as upper, are off at second order
        assert np.abs(field(point) - (raised if lower else wanted)).max() > 1e-4


def test_the_connection_keeps_the_metric(rng):
    """d_k g_ij = Gamma_i,kj + Gamma_j,ki: what makes it the Levi-Civita connection."""
    land, epsilon, h = three(), 0.3, 1e-5
    point = rng.uniform(-1, 1, 3)
    gamma = theory.christoffel(land, epsilon, lower=True)(point)
    for k, e in enumerate(h * np.eye(3)):
        slope = epsilon * (land.diffusion(point + e) - land.diffusion(point - e)) / (2 * h)
        assert np.abs(gamma[:, k, :] + gamma[:, k, :].T - slope).max() < 1e-9


def test_the_bound_and_the_eigenvalue_along_a_run(rng):
    start = rng.uniform(-0.8, 0.8, (20, 3))
    flow = simulate.RGDFlow(dt=0.05, epsilon=0.1)
    run = simulate.run(
        three(), flow, steps=40, start=start, trajectories=20, save_every=1, backend="numpy"
    )
    bound, exact = analysis.metric_bound(run), analysis.metric_eigenvalue(run)
    assert bound.dims == ("trajectory",)
    assert exact.dims == ("trajectory", "time")
    largest = exact[:, :-1].max("time")
    assert (bound >= largest * (1 - 1e-12)).all()
    assert (bound <= largest * 1.3).all()
    # two coordinates: the bound is the eigenvalue
    fit = Landscape.from_loss(
        "(h + (x - m)**2*exp(-h))/2", coordinates="m h", samples={"x": Normal()}, start=(0.3, 0.2)
    )
    for dynamics in (flow, simulate.Geodesic(dt=0.05, epsilon=0.1)):
        run = simulate.run(fit, dynamics, steps=40, save_every=1, backend="numpy")
        wanted = analysis.metric_eigenvalue(run)[:, :-1].max("time")
        assert analysis.metric_bound(run).values == pytest.approx(wanted.values, rel=1e-12)


def test_rgd_predicts_the_mean_of_sgd_no_better_than_gd():
    """Numbers of the page: right by coincidence at h = .5, wrong in sign at h = -.5."""
    fit, sgd = landscapes.gaussian_fit(), simulate.SGD(learning_rate=0.1)
    above, below = (
        analysis.rgd_prediction(fit, sgd, epsilon=0.1, steps=20, start=h, seed=5)
        for h in (0.5, -0.5)
    )
    assert abs(above.shift["h"].value - 0.0050) < 0.0003 + 4 * above.shift["h"].stderr
    assert abs(below.shift["h"].value - 0.0222) < 0.0003 + 4 * below.shift["h"].stderr
    assert above.predicted["h"] == pytest.approx(0.00504, abs=1e-5)
    assert below.predicted["h"] == pytest.approx(-0.01739, abs=1e-5)
    assert (above.closer, below.closer) == ("RGD", "GD")
    best = [p.best_epsilon for p in (above, below)]
    assert best[0].value - 4 * best[0].stderr > 0 > best[1].value + 4 * best[1].stderr


def test_the_shift_of_sgd_is_of_another_order_than_that_of_rgd():
    """Half the learning rate, the same time: SGD's shift halves, RGD's stays."""
    fit = landscapes.gaussian_fit()
    coarse, fine = (
        analysis.rgd_prediction(
            fit, simulate.SGD(learning_rate=2 / n), epsilon=0.1, steps=n, start=-0.5, seed=n
        )
        for n in (20, 40)
    )
    shifts = [p.shift["h"] for p in (coarse, fine)]
    rest = shifts[0] - 2 * shifts[1]
    assert abs(rest.value) < 4 * rest.stderr + 0.002  # the next order
    same = shifts[0] - shifts[1]
    assert abs(same.value) > 4 * same.stderr + 0.002  # the twin: a shift that stays
    assert coarse.predicted["h"] / fine.predicted["h"] == pytest.approx(1, abs=0.1)


def test_along_a_valley_and_on_a_quadratic_rgd_is_the_worse_predictor():
    sgd = simulate.SGD(learning_rate=0.1)
    screw = analysis.rgd_prediction(
        landscapes.archimedes(), sgd, epsilon=0.1, steps=100, trajectories=2**14, seed=5
    )
    assert screw.shift["z"].value == pytest.approx(0.171, abs=0.004)
    assert screw.predicted == {"u": 0, "v": 0, "z": 0}
    assert screw.closer == "neither"
    assert screw.best_epsilon is None
    mean = analysis.rgd_prediction(
        landscapes.mean_estimation(),
        sgd,
        epsilon=0.1,
        steps=20,
        start=1.0,
        trajectories=2**14,
        seed=5,
    )
    assert mean.closer == "GD"
    assert mean.shift["theta"].compare(0.0).verdict == "agrees"
    assert mean.shift["theta"].compare(mean.predicted["theta"]).verdict == "rejected"


def test_wrong_input_is_refused():
    fit = landscapes.gaussian_fit()
    for epsilon in (0, -1):
        with pytest.raises(ValueError, match=f"epsilon={epsilon}; it must be a positive"):
            theory.christoffel(fit, epsilon)
    names = [f"c{i}" for i in range(9)]
    nine = Landscape.from_potential(" + ".join(f"{n}**2" for n in names), coordinates=names)
    with pytest.raises(ValueError, match="9 coordinates"):
        theory.christoffel(nine, 1)
    assert theory.christoffel(nine, 1, lower=True)(np.zeros(9)).shape == (9, 9, 9)
    plain = simulate.run(fit, simulate.GD(learning_rate=0.1), steps=2, start=1.0)
    with pytest.raises(ValueError, match="has no diffusion metric"):
        analysis.metric_bound(plain)
    with pytest.raises(ValueError, match="no epsilon; give epsilon="):
        analysis.metric_eigenvalue(plain)
    assert analysis.metric_eigenvalue(plain, 0.5).shape == (1, 3)
    final = simulate.run(fit, simulate.RGD(learning_rate=0.1, epsilon=0.1), steps=2, keep="final")
    with pytest.raises(ValueError, match="no snapshots"):
        analysis.metric_eigenvalue(final)
    momentum = simulate.SGD(learning_rate=0.1, momentum=0.5)
    with pytest.raises(ValueError, match="fresh samples, a constant learning rate"):
        analysis.rgd_prediction(fit, momentum, epsilon=1, steps=1)
    with pytest.raises(TypeError, match="give simulate.SGD"):
        analysis.rgd_prediction(fit, simulate.GD(learning_rate=0.1), epsilon=1, steps=1)
