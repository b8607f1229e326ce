"""The parameters that minimise chi square, (y - f)^T V^-1 (y - f)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from ...typing import Float
from .formula import Formula

_SINGULAR = 1e-11  # relative singular value below which a parameter is not determined
_GRADIENT = 1e-5  # cosine between the residual and the tangent space, at a minimum
_EXACT = 1e-9  # size of a residual, relative to the values, that is rounding
_TRIES = 256  # starting points at most


@dataclass(frozen=True, eq=False)
class Problem:
    """A formula, the values, and the matrix W with W^T W = V^-1.

    Attributes
    ----------
    formula
        The formula.
    at
        Name of a coordinate -> its values, shape (n,).
    values
        Shape (n,).
    whitening
        W, shape (n, n).
    """

    formula: Formula
    at: Mapping[str, Float]
    values: Float
    whitening: Float

    def residual(self, parameters: Float) -> Float:
        """Return W (f - y), shape (n,)."""
        found, _ = self.formula.values(list(parameters), self.at, len(self.values))
        return np.asarray(self.whitening @ (found - self.values))

    def jacobian(self, parameters: Float) -> Float:
        """Return W df/dparameters, shape (n, q)."""
        _, slopes = self.formula.values(list(parameters), self.at, len(self.values))
        return np.asarray(self.whitening @ slopes)

    def with_linear(self, parameters: Float) -> Float:
        """Return the parameters with the best values of those that are linear, if finite."""
        linear = np.array(self.formula.linear)
        if not linear.any():
            return parameters
        base = np.where(linear, 0.0, parameters)
        slopes, rest = self.jacobian(base)[:, linear], self.residual(base)
        if not (np.isfinite(slopes).all() and np.isfinite(rest).all()):
            return parameters
        base[linear] = np.linalg.lstsq(slopes, -rest, rcond=None)[0]
        return base

    def minimise(self, start: Mapping[str, float] | None) -> Float:
        """Return the parameters at the minimum.

        Raises
        ------
        ValueError
            None was found, or some parameters are not determined by the points.
        """
        linear = all(self.formula.linear)
        first = self._start(start)
        found = first if linear else self._descend(first)
        self._check_rank(found)
        if not linear and not self._is_minimum(found):
            raise ValueError(self._not_found(found))
        return found

    def _start(self, start: Mapping[str, float] | None) -> Float:
        names = self.formula.names
        if start is not None:
            unknown = sorted(set(start) - set(names))
            if unknown:
                raise ValueError(
                    f"start= has {', '.join(unknown)}; {self.formula.text!r} has the parameters "
                    f"{', '.join(names)}."
                )
        given = start or {}
        size = max((float(np.abs(v).max(initial=0.0)) for v in self.at.values()), default=1.0)
        usual = [1.0, -1.0, 1 / size, -1 / size] if size > 0 else [1.0, -1.0]
        choices = [
            [float(given[name])] if name in given else [1.0] if linear else usual
            for name, linear in zip(names, self.formula.linear, strict=True)
        ]
        best, lowest = np.array([choice[0] for choice in choices]), np.inf
        for _, candidate in zip(range(_TRIES), product(*choices), strict=False):
            tried = self.with_linear(np.array(candidate, float))
            chi2 = float(np.sum(self.residual(tried) ** 2))
            if chi2 < lowest:  # False for NaN
                best, lowest = tried, chi2
        if not np.isfinite(lowest):
            raise ValueError(
                f"{self.formula.text!r} is not finite at the points for parameters of size 1; "
                f"give start={{{', '.join(f'{n!r}: ...' for n in names)}}}."
            )
        return best

    def _descend(self, first: Float) -> Float:
        from scipy.optimize import least_squares

        try:
            found = least_squares(
                self.residual, first, self.jacobian, method="trf", x_scale="jac", xtol=1e-15,
                ftol=1e-15, gtol=1e-15, max_nfev=2000,
            )  # fmt: skip
        except ValueError:  # a residual that is not finite
            raise ValueError(self._not_found(first)) from None
        return np.asarray(found.x, float)

    def _check_rank(self, parameters: Float) -> None:
        slopes = self.jacobian(parameters)
        size = np.linalg.norm(slopes, axis=0)
        if not np.isfinite(slopes).all():
            raise ValueError(self._not_found(parameters))
        values, directions = np.zeros(1), np.eye(len(size))
        if (size > 0).all():
            _, values, directions = np.linalg.svd(slopes / size)
        if not values[-1] > _SINGULAR * values[0]:
            weak = np.flatnonzero(size == 0) if not (size > 0).all() else np.flatnonzero(
                np.abs(directions[-1]) > 0.1
            )  # fmt: skip
            names = ", ".join(self.formula.names[k] for k in weak)
            raise ValueError(
                f"the points do not determine {names} of {self.formula.text!r}; leave a parameter "
                "out, or give points at other values of the coordinates."
            )

    def _is_minimum(self, parameters: Float) -> bool:
        rest, slopes = self.residual(parameters), self.jacobian(parameters)
        length = np.linalg.norm(rest)
        if length <= _EXACT * np.linalg.norm(self.whitening @ self.values):
            return True
        cosines = np.abs(slopes.T @ rest) / (np.linalg.norm(slopes, axis=0) * length)
        return bool((cosines < _GRADIENT).all())

    def _not_found(self, parameters: Float) -> str:
        pairs = zip(self.formula.names, parameters, strict=True)
        at = ", ".join(f"{name!r}: {value:.3g}" for name, value in pairs)
        return (
            f"no minimum of chi square was found for {self.formula.text!r}; the search ended at "
            f"{{{at}}}. Give start= with values closer to the parameters."
        )
