"""Linear and other smooth steady states in the plane or in space, by collocation."""

import numpy as np
import pytest
from scipy.linalg import solve_continuous_lyapunov

from driftscape import landscapes, theory
from driftscape.landscapes import Landscape


def linear(A, D, **more):
    """dx = A x dt + sqrt(2) B dW, D = B B^T, with its covariance."""
    names = "xyz"[: len(A)]
    drift = [" + ".join(f"({a!r})*{n}" for a, n in zip(row, names, strict=True)) for row in A]
    landscape = Landscape.from_drift(
        drift, coordinates=" ".join(names), diffusion=np.array(D).tolist()
    )
    covariance = solve_continuous_lyapunov(np.array(A), -2 * np.array(D))
    return theory.fokker_planck(landscape, beta=1, **more), covariance


def check(fp, covariance, relative):
    for i, x in enumerate(fp.grid.names):
        for j, y in enumerate(fp.grid.names[: i + 1]):
            found = fp.expectation(f"{x}*{y}")
            size = np.sqrt(covariance[i, i] * covariance[j, j])
            assert abs(found.value - covariance[i, j]) < 3 * found.truncation
            assert found.truncation < relative * size


@pytest.mark.fast_cases("box1-0.2", "box1-0.02")
@pytest.mark.parametrize("friction", [1 / 5, 1 / 50, 1 / 500])
@pytest.mark.parametrize("box", [None, [(-7, 7), (-7, 7)]])
def test_a_weakly_damped_swing_is_solved(friction, box):
    fp, covariance = linear([[0.0, 1.0], [-1.0, -friction]], np.diag([0, friction]), box=box)
    assert covariance == pytest.approx(np.eye(2))
    check(fp, covariance, 1e-6)
    assert all(10 < high - low < 20 for low, high in fp.grid.box)
    rho = fp.steady_state()
    exact = np.exp(-(rho.x**2 + rho.y**2) / 2) / (2 * np.pi)
    assert float(np.abs(rho - exact).sum()) * fp.grid.volume < 1e-2


@pytest.mark.fast_cases("-0.95")
@pytest.mark.parametrize("correlation", [0.95, -0.95])
def test_strong_correlations_and_one_noise_for_two_coordinates(correlation):
    D = np.array([[1, correlation], [correlation, 1]])
    fp, covariance = linear([[-1.0, 0.5], [-0.5, -1.0]], D)
    check(fp, covariance, 1e-6)
    turned, found = -2 * 0.5 * np.trace(covariance) / 2, fp.torque()
    assert abs(found.value - turned) < 3 * found.truncation < 1e-5
    V = np.array([[-1, 0.5], [-0.5, -1]]) + D @ np.linalg.inv(covariance)
    entropy, found = np.trace(V.T @ np.linalg.inv(D) @ V @ covariance), fp.entropy_production()
    assert abs(found.value - entropy) < 3 * found.truncation < 1e-4 * entropy
    one = np.outer([1, 0.3], [1, 0.3])
    check(*linear([[-0.2, 1.0], [-1.0, -0.1]], one), 1e-6)


@pytest.mark.slow
def test_a_chain_of_three_with_noise_at_its_end():
    """v is driven by coloured noise: <v^2> = 1/3."""
    landscape = Landscape.from_drift(
        ["v", "-x - v + e", "-e"], coordinates="x v e", diffusion=np.diag([0, 0, 1]).tolist()
    )
    fp = theory.fokker_planck(landscape, beta=1)
    found = fp.expectation("v**2")
    assert abs(found.value - 1 / 3) < 3 * found.truncation < 3e-3
    A = np.array([[0, 1, 0], [-1, -1, 1], [0, 0, -1.0]])
    exact = solve_continuous_lyapunov(A, -2 * np.diag([0, 0, 1.0]))
    rho, x = fp.steady_mass, fp.grid.points
    assert (x.T * rho) @ x == pytest.approx(exact, abs=1e-4)
    slowest = fp.decay_rates(1)
    assert abs(slowest.value[0].real - 0.5) < 3 * slowest.truncation[0]


@pytest.mark.slow
def test_a_double_well_with_inertia_keeps_its_temperature():
    landscape = Landscape.from_drift(
        ["v", "x - x**3 - v/10"], coordinates="x v", diffusion=[[0, 0], [0, 0.1]]
    )
    fp = theory.fokker_planck(landscape, beta=2)
    square, mixed = fp.expectation("v**2"), fp.expectation("x*v")
    assert abs(square.value - 0.5) < 3 * square.truncation < 1e-4
    assert abs(mixed.value) < 3 * mixed.truncation < 1e-4


@pytest.mark.slow
def test_what_is_beside_the_frame_is_not_lost():
    """Two wells six apart, begun in one: the frame about it alone is not believed."""
    pair = Landscape.from_potential(
        "-log(exp(-(x - 2)**2) + 2*exp(-(x + 2)**2)) + y**2/2", coordinates="x y", start=(2, 0)
    )
    fp = theory.fokker_planck(pair, beta=1, box={"x": (-8, 8)}, shape=128)
    found = fp.expectation("x")
    assert abs(found.value + 2 / 3) < 3 * found.truncation < 0.1
    left = Landscape.from_drift(
        ["-x*(x**2 - 25)/25", "-y"], coordinates="x y", start=(5, 0),
        diffusion=[[0.2, 0], [0, 0.2]],
    )  # fmt: skip
    from driftscape.theory.operators.fokker_planck.coefficients import Coefficients, read_dynamics
    from driftscape.theory.operators.fokker_planck.settling import (
        first_frames,
        resolve,
        without_grid,
    )

    coefficients = Coefficients.of(left, read_dynamics(left, None, 1.0))
    one = resolve(coefficients, first_frames(left, coefficients))
    assert one is not None
    assert one.finest.moments[0] == pytest.approx([5, 0], abs=0.2)
    assert without_grid(left, coefficients) is None


@pytest.mark.fast_cases("D1")
@pytest.mark.parametrize("D", [[[1, 1], [1, 1]], [[1, 0], [0, 0]]])
def test_a_law_on_a_line_is_refused_for_what_it_is(D):
    A = [[-1.0, 0.0], [1.0, -2.0]] if D[1][1] else [[-1.0, 0.0], [0.0, -2.0]]
    with pytest.raises(theory.NoSteadyState, match="do not leave a curve"):
        linear(A, D)


def test_a_box_that_is_too_small_says_by_how_much():
    friction = 1 / 50
    with pytest.raises(theory.BoxTooSmall, match=r"leaves out about 0\.0[45].* of the steady"):
        linear([[0.0, 1.0], [-1.0, -friction]], np.diag([0, friction]), box=[(-2, 2), (-7, 7)])


@pytest.mark.slow
def test_a_coarse_grid_is_named_where_something_moves():
    turning = np.array([[0, 1, 0], [-1, 0, 1], [0, -1, 0]])
    T = np.linalg.cholesky([[1, 0.9, 0.5], [0.9, 1, 0.8], [0.5, 0.8, 1]])
    damping = np.diag([0.05, 0.01, 0.01])
    A = T @ (turning - damping) @ np.linalg.inv(T)
    fp, covariance = linear(A.tolist(), T @ damping @ T.T, shape=16)
    assert covariance == pytest.approx(T @ T.T)
    check(fp, covariance, 1e-2)
    with pytest.warns(theory.CoarseGrid, match="adds a noise of"):
        fp.mean_first_passage_times("x > 1")


def test_decay_rates_of_the_grid_and_of_collocation_agree():
    anharmonic = Landscape.from_potential(
        "x**2/2 + x**4/40 + y**2/2 + x*y/3", coordinates="x y", curl=1
    )
    fp = theory.fokker_planck(anharmonic, beta=1, shape=128)
    mine, grid = (
        fp.equation.spectral.eigenvalues(2),
        fp.extrapolate(lambda level: level.eigenvalues(2)),
    )
    assert mine.settled.all()
    assert (np.abs(mine.value - grid.value) < 3 * (mine.truncation + grid.truncation)).all()
    assert mine.truncation.max() < 1e-2


@pytest.mark.slow
def test_a_slow_mode_that_is_not_resolved_is_not_passed_over():
    fp = theory.fokker_planck(landscapes.double_well(), beta=1, shape=128)
    assert not fp.equation.spectral.eigenvalues(2).settled.all()
    assert fp.decay_rates(1).value[0].real == pytest.approx(0.7921, abs=1e-4)
