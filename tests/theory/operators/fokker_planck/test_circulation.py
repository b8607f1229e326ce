"""Centre, flux, period and ridge of stationary currents against closed forms."""

import numpy as np
import pytest

from driftscape import landscapes, theory
from driftscape.landscapes import Landscape

Z = 7.623468


@pytest.mark.parametrize("rotation", [0.5, -1.5])
def test_the_double_well_turns_on_the_unit_circle(rotation):
    """|J| = rotation r exp(-r^4/4)/Z is largest at r = 1, its flux rotation sqrt(pi)/(2 Z)."""
    fp = theory.fokker_planck(landscapes.double_well(rotation=rotation), beta=1, shape=128)
    found = fp.circulation()
    for coordinate in found.centre:
        assert abs(coordinate.value) < 1e-9
    exact = rotation * np.sqrt(np.pi) / (2 * Z)
    assert abs(found.flux.value - exact) < found.flux.truncation + 1e-7
    assert found.flux.value == pytest.approx(exact, rel=2e-6)
    assert found.period.value == pytest.approx(1 / abs(exact), rel=2e-6)
    ridge = found.ridge
    assert ridge.dims == ("angle", "coordinate")
    np.testing.assert_allclose(np.linalg.norm(ridge, axis=1), 1, atol=1e-3)
    assert (np.abs(ridge.radius - 1) <= ridge.truncation + 1e-5).all()
    np.testing.assert_allclose(ridge.current, abs(rotation) * np.exp(-1 / 4) / Z, rtol=2e-3)
    assert ("anticlockwise" in str(found)) == (rotation > 0)


def test_a_linear_current_turns_on_an_ellipse():
    """J = -Q U x exp(-beta x U x/2): x U x = 1/beta on the ridge; q sqrt(det U) radians a time."""
    loss, beta = landscapes.linear([[1, 0.3], [0.3, 3]], [[1, 0.5], [0.5, 1]]), 2.0
    fp = theory.fokker_planck(loss, beta=beta, shape=128)
    found, exact = fp.circulation(), theory.linearise(loss, at=(0, 0))
    (turning,) = exact.turning
    assert abs(found.period.value - 2 * np.pi / turning) < found.period.truncation
    assert found.period.value == pytest.approx(2 * np.pi / turning, rel=1e-4)
    x = found.ridge.values
    height = np.einsum("ni,ij,nj->n", x, exact.hessian, x) * beta
    np.testing.assert_allclose(height, 1, atol=2e-3)
    circle = np.linalg.norm(x, axis=1)
    assert circle.max() > 1.5 * circle.min()


def test_inertia_turns_at_its_frequency_whatever_the_friction():
    """x' = v, v' = -x - g v + noise: a turn in 2 pi, not in that of the damped swing."""
    for friction in (0.5, 1.0):
        swing = Landscape.from_drift(
            ["v", f"-x - {friction}*v"], coordinates="x v", diffusion=[[0, 0], [0, friction]]
        )
        found = theory.fokker_planck(swing, beta=1, shape=96).circulation()
        assert found.period.value == pytest.approx(2 * np.pi, rel=1e-3)
        assert found.period.truncation < 0.02
        damped = 2 * np.pi / np.sqrt(1 - friction**2 / 4)
        assert abs(found.period.value - damped) > 3 * found.period.truncation
        np.testing.assert_allclose(found.ridge.radius, 1, atol=3e-3)


def test_of_two_circulations_the_stronger_is_taken():
    """S = (x + 0.3) exp(-x^2 - y^2) turns one way on the right and the other way on the left."""
    pair = Landscape.from_potential(
        "(x**2 + y**2)/2", coordinates="x y",
        current=["-2*y*(x + 3/10)*exp(-x**2 - y**2)",
                 "(2*x*(x + 3/10) - 1)*exp(-x**2 - y**2)"],
    )  # fmt: skip
    found = theory.fokker_planck(pair, beta=1, shape=128).circulation()
    at = (-0.3 + np.sqrt(0.09 + 2)) / 2  # 2 x (x + 0.3) = 1
    top = (at + 0.3) * np.exp(-(at**2)) / (2 * np.pi)
    assert [t.value for t in found.centre] == pytest.approx([at, 0], abs=1e-4)
    assert found.flux.value == pytest.approx(top, rel=1e-4)
    assert (found.ridge.sel(coordinate="x") > -0.9).all()  # the other centre is at -0.87


@pytest.mark.parametrize("noise", [[1, 2], [[1, 0.5], [0.5, 2]]])
def test_no_circulation_is_said(noise):
    still = Landscape.from_potential(
        "x**2/2 + y**2 + x*y/2 + x**4/5", coordinates="x y", diffusion=noise
    )
    with pytest.raises(ValueError, match="no circulation"):
        theory.fokker_planck(still, beta=1, shape=64).circulation()
    turned = Landscape.from_potential(
        "x**2/2 + y**2 + x*y/2 + x**4/5", coordinates="x y", diffusion=noise, curl=0.05
    )
    assert theory.fokker_planck(turned, beta=1, shape=128).circulation().flux.value < 0


def test_bad_input():
    line = theory.fokker_planck(landscapes.quartic_well(), beta=2, shape=64)
    with pytest.raises(ValueError, match="has 1 coordinates"):
        line.circulation()
    ring = Landscape.from_drift(["1 + cos(x)", "-y"], coordinates="x y")
    around = theory.fokker_planck(
        ring, beta=1, shape=32, box={"x": (0, 2 * np.pi)}, sides={"x": "periodic", "y": "open"}
    )
    with pytest.raises(ValueError, match="periodic"):
        around.circulation()
