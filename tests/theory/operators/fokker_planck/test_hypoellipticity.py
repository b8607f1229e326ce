"""Laws without a density are refused, singular noise that reaches everywhere is not."""

import pytest

from driftscape import landscapes, simulate, theory
from driftscape.landscapes import Landscape


def test_a_law_on_a_curve_or_a_point_is_refused():
    with pytest.raises(theory.NoSteadyState, match=r"a = 1, b = 1 do not leave a curve"):
        theory.fokker_planck(landscapes.linear_network(), beta=20)
    fitted = landscapes.linear_regression([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0], intercept=True)
    with pytest.raises(theory.NoSteadyState, match="do not leave the point itself"):
        theory.fokker_planck(fitted, beta=20)
    # first passages and real walls are not concerned
    walls = theory.fokker_planck(
        landscapes.linear_network(), beta=20, box=[(0, 2), (0, 2)], sides="reflecting", shape=32
    )
    assert walls.grid.shape == (32, 32)


@pytest.mark.parametrize(("drift", "noise"), [
    (["y", "-x - y"], ["0", "1"]),  # by the drift's Jacobian
    (["-x", "x**2 - y"], ["1", "0"]),  # by [B, [B, A]], both derivatives needed
])  # fmt: skip
def test_noise_that_reaches_by_brackets_is_accepted(drift, noise):
    D = [[f"({a})*({b})" for b in noise] for a in noise]
    landscape = Landscape.from_drift(
        drift, coordinates="x y", diffusion=D, facts=landscapes.Facts(minima=((0, 0),))
    )
    fp = theory.fokker_planck(landscape, beta=2, shape=64)
    assert fp.tail_mass < 1e-6


def test_noise_that_does_not_reach_is_refused():
    landscape = Landscape.from_drift(
        ["-x", "x - 2*y"], coordinates="x y", diffusion=[[1, 1], [1, 1]],
        facts=landscapes.Facts(minima=((0, 0),)),
    )  # fmt: skip
    # (1, 1) is no eigenvector of the drift but is mapped on -(1, 1): x = y stays
    with pytest.raises(theory.NoSteadyState, match="a curve through it"):
        theory.fokker_planck(landscape, simulate.Ito(beta=1, dt=0.1))
