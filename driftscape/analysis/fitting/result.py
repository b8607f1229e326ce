"""The result of a fit."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ...labels import labelled
from ...typing import Float
from ..estimate import Contributions, Estimate, covariance
from ..sweeps.estimates import of_estimates
from ..sweeps.points import Sweep
from .formula import Formula
from .points import X

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True, repr=False, eq=False)
class Fit:
    """A formula with fitted parameters, from `analysis.fit`.

        chi2 = (y - f)^T W (y - f) times a factor,      W = (V + 0.1 diag V)^-1

    Attributes
    ----------
    formula
        The formula, as text.
    parameters
        Name -> estimate, also `fit[name]`.  They remember the trajectories of the points, so that
        differences and ratios of them, of values of the sweep, and of the parameters of another fit
        to the same trajectories have the right error.
    chi2, freedom
        The minimum, with a factor that gives it the mean and the variance of chi square with
        `freedom` degrees of freedom.  Without correlations it is chi square, and `freedom` is the
        number of points minus that of parameters; points that are much alike count less.
    p_value
        Probability of a chi square as large if the formula is right; it accounts for the error of
        the covariance.  NaN without a degree of freedom.
    points
        `value`, `stderr`, `fit` and `residual` = value - fit of every point.
    left_out
        Number of points without a result.
    """

    formula: str
    parameters: dict[str, Estimate]
    chi2: float
    freedom: float
    p_value: float
    points: xr.Dataset
    left_out: int
    _model: Formula = field(repr=False)
    _definition: Formula | None = field(repr=False)

    def __getitem__(self, name: str) -> Estimate:
        """Return a parameter."""
        if name not in self.parameters:
            known = ", ".join(self.parameters)
            raise KeyError(f"no parameter {name!r}; {self.formula!r} has {known}.")
        return self.parameters[name]

    @property
    def covariance(self) -> xr.DataArray:
        """Covariance of the parameters, along `parameter` and `parameter_other`."""
        import xarray as xr

        matrix = covariance(*self.parameters.values())
        names = list(self.parameters)
        dims = ("parameter", "parameter_other")
        return xr.DataArray(
            matrix, dict(zip(dims, (names, names), strict=True)), dims, "covariance",
            {"long_name": "covariance of the parameters"},
        )  # fmt: skip

    @property
    def residuals(self) -> xr.DataArray:
        """Value - fit of every point, NaN where there is no result."""
        return self.points["residual"]

    def predict(self, x: float | None = None, /, **coordinates: float) -> Estimate:
        """Return the fitted formula at one place, with the error of the parameters.

        Parameters
        ----------
        x
            The swept parameter, if there is one; or x, if `fit` was given its values.
        **coordinates
            Name of a coordinate -> its value.

        Raises
        ------
        ValueError
            A coordinate of the formula has no value.

        Examples
        --------
        >>> from driftscape.analysis import Estimate, fit
        >>> line = fit({x: Estimate(2 * x + 1, 0.1, 100, "") for x in (0, 1, 2, 3)}, "a + b*x")
        >>> print(line.predict(10))
        21.00 ± 0.39
        """
        given = {name: np.array([float(value)]) for name, value in coordinates.items()}
        if x is not None:
            given[self._single()] = np.array([float(x)])
        (estimate,) = self._at(given)
        return estimate

    def curve(self, x: ArrayLike | None = None, /, **coordinates: ArrayLike) -> xr.Dataset:
        """Return the fitted formula at many places, as a dataset of estimates.

        Parameters
        ----------
        x
            Values of the swept parameter, shape (n,).
        **coordinates
            Name of a coordinate -> its values, shape (n,), each along a dimension of its own, or
            one number.

        Raises
        ------
        ValueError
            A coordinate of the formula has no value.

        Examples
        --------
        >>> from driftscape.analysis import Estimate, fit
        >>> line = fit({x: Estimate(2 * x + 1, 0.1, 100, "") for x in (0, 1, 2, 3)}, "a + b*x")
        >>> band = line.curve([0, 10, 20])
        >>> bool((band.high - band.value)[2] > 3 * (band.high - band.value)[0])
        True
        """
        import xarray as xr

        named = dict(coordinates)
        if x is not None:
            named[self._single()] = x
        arrays = {name: np.asarray(values, float) for name, values in named.items()}
        if any(values.ndim > 1 for values in arrays.values()):
            raise ValueError("the values of a coordinate are an array of one dimension.")
        coords = {n: xr.Variable((n,) if v.ndim else (), v) for n, v in arrays.items()}
        sweep = Sweep({n: len(v) for n, v in arrays.items() if v.ndim}, coords)
        if not sweep.sizes:
            raise ValueError("all coordinates are single numbers; use .predict(...).")
        grid = np.meshgrid(*(np.atleast_1d(v) for v in arrays.values()), indexing="ij")
        flat = {name: values.ravel() for name, values in zip(arrays, grid, strict=True)}
        return labelled(of_estimates(sweep, self._at(flat)).assign_coords(coords))

    def _single(self) -> str:
        """Return the name of the coordinate that stands alone."""
        dims = [str(dim) for dim in self.points["value"].dims]
        if self._definition is None and X in {s.name for s in self._model.expression.free_symbols}:
            return X
        if len(dims) > 1:
            raise ValueError(
                f"the points lie along {', '.join(dims)}; name the coordinates: "
                f"{dims[0]}=..., {dims[1]}=...."
            )
        return dims[0].rpartition(".")[2]

    def _at(self, given: Mapping[str, Float]) -> Sequence[Estimate]:
        """Return the estimates at the places, each array of shape (n,)."""
        at = {name.rpartition(".")[2]: values for name, values in given.items()}
        count = len(next(iter(at.values()), np.zeros(1)))
        for name, coordinate in self.points.coords.items():  # what all points have in common
            short = str(name).rpartition(".")[2]
            if short not in at and not coordinate.dims and coordinate.dtype.kind in "biuf":
                at[short] = np.full(count, float(coordinate))
        if self._definition is not None and X not in at:
            _check(self._definition, at)
            at[X], _ = self._definition.values([], at, count)
        _check(self._model, at)
        fitted = list(self.parameters.values())
        values, slopes = self._model.values([e.value for e in fitted], at, count)
        memory = [estimate.contributions for estimate in fitted]
        unit = str(self.points["value"].attrs.get("units", ""))
        results = []
        for value, row in zip(values, slopes, strict=True):
            own = Contributions.function(list(zip(map(float, row), memory, strict=True)))
            results.append(Estimate(
                float(value), own.stderr, own.n_eff, f"{self.formula}, fitted",
                "" if unit == "1" else unit, skewness=own.skewness, contributions=own,
            ))  # fmt: skip
        return results

    def __str__(self) -> str:
        found = ", ".join(f"{name} = {value}" for name, value in self.parameters.items())
        p = f", p = {self.p_value:.2g}" if self.freedom else ""
        chi2 = f"chi2 = {self.chi2:.3g} with {self.freedom:.3g} degrees of freedom{p}"
        lost = f"; {self.left_out} points without a result left out" if self.left_out else ""
        return f"{self.formula}: {found}; {chi2}{lost}"

    def __repr__(self) -> str:
        return f"<Fit {self}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{html.escape(name)}</td><td>{html.escape(str(value))}</td></tr>"
            for name, value in self.parameters.items()
        )
        return f"<table><caption>{html.escape(str(self))}</caption>{rows}</table>"


def _check(formula: Formula, at: Mapping[str, Float]) -> None:
    """Refuse places that lack a coordinate of the formula."""
    used = {symbol.name for symbol in formula.coordinates if formula.expression.has(symbol)}
    if missing := sorted(used - set(at)):
        raise ValueError(
            f"{formula.text!r} needs {', '.join(missing)}; give {missing[0]}=..., for example."
        )
