"""Rates from correlations: those of linear processes, and the error of polynomials."""

import numpy as np
import pytest

from driftscape import landscapes, simulate, theory
from driftscape.gallery.figures.chaudhari_2018_steady_state.methods import BASIS, BOX, EVEN, ODD
from driftscape.gallery.figures.chaudhari_2018_steady_state.relaxation_rates import (
    monomials,
    relaxation_rates,
)
from driftscape.landscapes import Landscape, Normal


@pytest.fixture(scope="module")
def turning():
    """Drift -(1 - 0.8 i) z in the plane: rates 1 +- 0.8 i, and even ones 2 +- 1.6 i and 2."""
    field = Landscape.from_drift(
        ["-x - 0.8*y", "-y + 0.8*x"], coordinates="x y", diffusion=[[1, 0], [0, 1]]
    )
    ito = simulate.Ito(beta=1, dt=0.02, scheme="weak-2")
    return simulate.run(
        field, ito, time=40, trajectories=2048, seed=8, start=[Normal(0, 1)] * 2, save_every=10
    )


def test_the_rate_and_the_frequency_of_a_linear_process(turning) -> None:
    for degree in (1, 3):
        (rate,) = relaxation_rates(turning, lag=1.0, parity=1, degree=degree, discard_steps=0)
        assert rate.real.compare(1.0).verdict == "agrees", rate
        assert rate.imaginary.compare(0.8).verdict == "agrees", rate
        assert rate.real.stderr < 0.02
        assert rate.imaginary.compare(0.9).verdict == "rejected"
        assert rate.real.compare(1.1).verdict == "rejected"


def test_even_functions_see_the_doubled_rates(turning) -> None:
    rates = relaxation_rates(turning, lag=0.4, parity=0, degree=2, discard_steps=0, count=2)
    rates = sorted(rates, key=lambda rate: rate.imaginary.value)
    for rate, frequency in zip(rates, (0.0, 1.6), strict=True):
        assert rate.real.compare(2.0).verdict == "agrees", rate
        assert rate.imaginary.compare(frequency).verdict == "agrees", rate


def test_the_error_bar_is_the_scatter_of_repeated_measurements(turning) -> None:
    parts = np.array_split(np.arange(2048), 32)
    each = [
        relaxation_rates(turning.isel(trajectory=p), lag=1.0, parity=1, degree=1, discard_steps=0)[
            0
        ]
        for p in parts
    ]
    for name in ("real", "imaginary"):
        found = [getattr(rate, name) for rate in each]
        scatter = np.std([f.value for f in found], ddof=1)
        stated = np.sqrt(np.mean([f.stderr**2 for f in found]))
        # 32 values give a scatter to 13 %, groups of two trajectories a stated error somewhat worse
        assert 0.65 < scatter / stated < 1.5, (name, scatter, stated)


@pytest.mark.fast_cases("1.5")
@pytest.mark.parametrize("rotation", [0.0, 0.5, 1.5])
def test_polynomials_leave_out_no_more_than_is_stated(rotation) -> None:
    """The same matrices, exactly: on a grid, whose own eigenvalues are the rates."""
    from scipy.sparse.linalg import expm_multiply

    well = landscapes.double_well(rotation=rotation)
    fp = theory.fokker_planck(well, beta=1, box=BOX, shape=(48, 96))
    slow = fp.eigenvalues(3)
    for basis, wanted in ((ODD, slow[0]), (EVEN, slow[2])):
        f = monomials(fp.grid.points.T, basis["degree"], basis["parity"])
        f = f - (f @ fp.steady_mass)[:, None]
        now = (f * fp.steady_mass).T
        later = expm_multiply(fp.equation.generator.forward * basis["lag"], now)
        values = np.linalg.eigvals(np.linalg.solve(f @ now, f @ later)).astype(complex)
        rates = -np.log(values) / basis["lag"]
        off = np.abs(rates - wanted).min()
        assert off < BASIS[basis["parity"]], (basis, rates, wanted)


def test_monomials_have_their_parity() -> None:
    x = np.array([[0.3, -1.2], [0.7, 0.4]])
    for parity, count in ((1, 12), (0, 8)):
        f = monomials(x, 5 - (1 - parity), parity)
        assert f.shape == (count, 2)
        assert monomials(-x, 5 - (1 - parity), parity) == pytest.approx((-1) ** parity * f)


def test_a_lag_between_snapshots_is_refused(turning) -> None:
    for lag in (0.3, 50.0, 0.0):
        with pytest.raises(ValueError, match="no whole number of snapshots"):
            relaxation_rates(turning, lag=lag, parity=1, degree=1, discard_steps=0)
