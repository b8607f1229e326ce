"""Steady states and currents on the grid against closed forms; the grid does not use Phi."""

import numpy as np
import pytest

from driftscape import landscapes, simulate, theory
from driftscape.landscapes import Landscape


def distance(fp, landscape, beta):
    """L1 distance of the masses to exp(-beta Phi)/Z."""
    gibbs = np.exp(-beta * landscape.potential(fp.grid.points))
    return np.abs(fp.steady_mass - gibbs / gibbs.sum()).sum()


@pytest.mark.fast_cases("3", "0.5")
@pytest.mark.parametrize("rotation", [0, 0.5, 1.5, 3])
def test_the_double_well_keeps_its_density_under_rotation_to_second_order(rotation):
    well = landscapes.double_well(rotation=rotation)
    fine = theory.fokker_planck(well, beta=1, shape=400)
    error = distance(fine, well, 1)
    assert error < 1e-4
    assert np.log2(distance(fine.halved(), well, 1) / error) > 1.9
    assert fine.steady_mass.min() > 0
    assert distance(fine, well, 1.02) > 100 * error


def test_mass_is_kept_by_every_column():
    skew = Landscape.from_potential(
        "x**2/2 + y**2", coordinates="x y", curl="1 + x", diffusion=[["1", "y/9"], ["y/9", "1"]]
    )
    for landscape in (skew, landscapes.double_well(rotation=3)):
        for sides in ("open", "reflecting"):
            box = [(-2, 2), (-2, 3)] if sides == "reflecting" else None
            fp = theory.fokker_planck(landscape, beta=2, shape=32, sides=sides, box=box)
            columns = np.asarray(fp.equation.generator.forward.sum(axis=0)).ravel()
            assert (
                np.abs(columns).max()
                < 1e-12 * np.abs(fp.equation.generator.forward.diagonal()).max()
            )


@pytest.mark.fast_cases("1.5")
@pytest.mark.parametrize("rotation", [0.5, 1.5])
def test_torque_and_entropy_production_of_the_double_well(rotation):
    fp = theory.fokker_planck(landscapes.double_well(rotation=rotation), beta=1, shape=128)
    torque, entropy = fp.torque(), fp.entropy_production()
    assert torque.value == pytest.approx(0.82419 * rotation, rel=1e-5)
    assert entropy.value == pytest.approx(0.68138 * rotation**2, rel=1e-4)
    assert torque.truncation < 1e-4
    exact = theory.torque(landscapes.double_well(rotation=rotation), beta=1)
    assert abs(torque.value - exact.value) < torque.truncation + exact.truncation
    back = theory.torque(landscapes.double_well(rotation=-rotation), beta=1)
    assert abs(torque.value - back.value) > 0.8


def test_the_current_of_the_double_well_is_the_one_it_was_made_with():
    well = landscapes.double_well(rotation=1.5)
    fp = theory.fokker_planck(well, beta=1, shape=128)
    J = fp.current()
    exact = well.current(fp.grid.points).reshape(128, 128, 2) / 7.623468
    assert J.dims == ("coordinate", "x2", "x1")
    found = J.transpose("x1", "x2", "coordinate").values
    assert np.abs(found - exact).max() < 3e-3 * np.abs(exact).max()
    still = theory.fokker_planck(landscapes.double_well(), beta=1, shape=64).current()
    assert np.abs(still).max() < 1e-12


def test_a_moment_agrees_with_its_quadrature_within_its_truncation():
    well = landscapes.double_well(rotation=1.5)
    fp = theory.fokker_planck(well, beta=1, shape=128)
    for expression in ("x1**2", "x1**4 + x2", "x2**2"):
        grid, exact = fp.expectation(expression), theory.moment(well, expression)
        assert abs(grid.value - exact.value) < grid.truncation + exact.truncation
        assert grid.truncation < 3e-4


@pytest.mark.parametrize("beta", [1.0, 4.0])
def test_readings_of_state_dependent_noise_differ_as_they_must(beta):
    """f = x^2/2, D = 1 + x/2 + x^2/4: Ito's mode lies at -1/(2 beta + 1), A-type's at 0."""
    bowl = Landscape.from_potential("x**2/2", coordinates="x", diffusion="1 + x/2 + x**2/4")
    # b = -f' for Ito: the drift of a loss, not -D f'
    loss = Landscape.from_drift("-x", coordinates="x", diffusion="1 + x/2 + x**2/4")
    ito = theory.fokker_planck(loss, simulate.Ito(beta=beta, dt=0.1), box=(-60, 60), shape=8000)
    rho = ito.steady_state()
    x = rho.x.values
    exact = np.exp(-beta * phi_of_ito(x, beta))
    exact /= exact.sum() * ito.grid.volume
    assert np.abs(rho.values - exact).sum() * ito.grid.volume < 1e-4
    assert float(rho.idxmax()) == pytest.approx(-1 / (2 * beta + 1), abs=ito.grid.spacing[0])
    kept = theory.fokker_planck(bowl, simulate.AType(beta=beta, dt=0.1))
    assert distance(kept, bowl, beta) < 1e-4
    wrong = theory.fokker_planck(bowl, simulate.Ito(beta=beta, dt=0.1))
    assert distance(wrong, bowl, beta) > 0.05


def phi_of_ito(x, beta):
    """Int f'/D + ln D/beta: Int x/D = 2 ln(x^2 + 2x + 4) - (4/sqrt 3) atan((x + 1)/sqrt 3)."""
    D = 1 + x / 2 + x**2 / 4
    whole = 2 * np.log(x**2 + 2 * x + 4) - 4 / np.sqrt(3) * np.arctan((x + 1) / np.sqrt(3))
    return whole + np.log(D) / beta


def test_a_curl_that_depends_on_the_state_needs_the_a_type_reading():
    field = Landscape.from_potential(
        "(x**2 - 1)**2/4 + y**2/2", coordinates="x y", diffusion=[[1, 0], [0, "1 + x**2/4"]],
        curl="x*y",
    )  # fmt: skip
    numbers = {"beta": 1, "dt": 0.1}
    kept = theory.fokker_planck(field, simulate.AType(**numbers), shape=128)
    assert distance(kept, field, 1) < 2e-3
    assert distance(kept.halved(), field, 1) > 3 * distance(kept, field, 1)
    for interpretation in (simulate.Ito, simulate.Isothermal):
        assert (
            distance(theory.fokker_planck(field, interpretation(**numbers), shape=64), field, 1)
            > 0.05
        )


def test_a_ring_with_a_constant_force():
    """Uniform density, current v/2 pi, decay n^2/beta + i n v."""
    ring = Landscape.from_drift("1/2", coordinates="z")
    fp = theory.fokker_planck(ring, beta=2, box={"z": (0, 2 * np.pi)}, sides="periodic", shape=128)
    assert fp.steady_state().values == pytest.approx(1 / (2 * np.pi), rel=1e-10)
    assert fp.current().values == pytest.approx(0.5 / (2 * np.pi), rel=1e-10)
    rates = fp.extrapolate(lambda level: level.eigenvalues(4)).value
    assert rates == pytest.approx([0.5 + 0.5j, 0.5 - 0.5j, 2 + 1j, 2 - 1j], abs=1e-5)


def test_on_a_torus_and_between_walls_correlated_noise_is_of_second_order():
    torus = Landscape.from_potential(
        "cos(x) + cos(y - x)/2", coordinates="x y", curl="1 + sin(x + y)",
        diffusion=[["1 + cos(y)/2", "0.4*sin(x)"], ["0.4*sin(x)", "1"]],
    )  # fmt: skip
    walls = Landscape.from_potential(
        "x**2/2 + y**2/3 + x*y/4", coordinates="x y",
        diffusion=[["1 + y**2/4", "0.5"], ["0.5", "1"]],
    )  # fmt: skip
    dynamics = simulate.AType(beta=1.5, dt=0.1)
    for landscape, box, sides in (
        (torus, [(0, 2 * np.pi)] * 2, "periodic"),
        (walls, [(-1, 0.5), (-0.7, 1.1)], "reflecting"),
    ):
        fp = theory.fokker_planck(landscape, dynamics, box=box, sides=sides, shape=96)
        error = distance(fp, landscape, 1.5)
        assert error < 5e-4
        assert np.log2(distance(fp.halved(), landscape, 1.5) / error) > 1.9
        assert distance(fp, landscape, 1.4) > 10 * error


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::driftscape.theory.NegativeMass")  # 2e-6 at 24 cells a side
def test_three_dimensions_agree_with_lyapunov():
    from scipy.linalg import solve_continuous_lyapunov

    F = np.array([[1.0, 0.5, 0.0], [-0.5, 1.0, 0.3], [0.2, 0.0, 1.5]])
    D = np.array([[1.0, 0.3, 0.0], [0.3, 1.0, -0.2], [0.0, -0.2, 0.5]])
    drift = [" + ".join(f"({-f})*{x}" for f, x in zip(row, "abc", strict=True)) for row in F]
    flow = Landscape.from_drift(drift, coordinates="a b c", diffusion=D.tolist())
    fp = theory.fokker_planck(flow, beta=2, shape=24, tail=1e-5)
    exact = solve_continuous_lyapunov(F, D)  # F S + S F^T = 2 D/beta
    x, mass = fp.grid.points, fp.steady_mass
    covariance = np.einsum("n,ni,nj->ij", mass, x, x)
    coarse = fp.halved()
    before = np.einsum("n,ni,nj->ij", coarse.steady_mass, coarse.grid.points, coarse.grid.points)
    assert covariance + (covariance - before) / 3 == pytest.approx(exact, abs=2e-3)
    assert np.abs(covariance - np.diag(np.diag(exact))).max() > 0.02


def test_the_state_is_an_array_that_opens_anywhere(tmp_path):
    import xarray as xr

    fp = theory.fokker_planck(landscapes.double_well(rotation=1), beta=1, shape=32)
    rho = fp.steady_state()
    rho.to_netcdf(tmp_path / "rho.nc", engine="h5netcdf")
    with xr.open_dataarray(tmp_path / "rho.nc") as again:
        assert again.identical(rho)
        assert simulate.provenance(again)["kind"] == "fokker_planck"
    assert rho.sum().item() * fp.grid.volume == pytest.approx(1, abs=1e-12)
    assert set(rho.coords) == {"x1", "x2"}
