"""What a landscape shows of itself: values on a grid, and its formulas in a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from .box import BoxLike
from .fields import Fields
from .latex import as_html, latex
from .on_grid import PointsLike, on_grid

if TYPE_CHECKING:
    import xarray as xr


class Display(Fields):
    """The fields of a landscape, and how they are shown."""

    def on_grid(
        self,
        box: BoxLike | None = None,
        *,
        field: str | None = None,
        points: PointsLike | None = None,
        coordinates: str | Iterable[str] | None = None,
        at: Mapping[str, float] | None = None,
        beta: float | None = None,
    ) -> xr.DataArray:
        """Return the potential, the expected loss or another field on a grid of points.

        `landscape.on_grid().plot()` draws it, the first coordinate along the horizontal axis.

        Parameters
        ----------
        box
            (low, high) for each coordinate along an axis, or coordinate -> (low, high) for some.
            Default: the window of a shipped landscape; of another one its `domain`, or the box
            around its known points (minima, saddles, fixed points, start) or, if it states none,
            around all zeros of its drift.
        field
            `"potential"`, `"expected_loss"`, `"speed"` (\\|b\\|), `"gradient"`, `"drift"`,
            `"diffusion"`, `"spurious_drift"`, `"current"` (J) or `"circulation"` (b + D grad Phi).
            Default: the potential, the expected loss, or the speed where there is neither.
        points
            Number of points along each axis, its ends included, or coordinate -> number.  Default:
            401 on a line, 121 x 121 in a plane, 41 x 41 x 41 in space.

        Other Parameters
        ----------------
        coordinates
            The one to three coordinates along the axes; default: the first two.
        at
            Values of the other coordinates; default: those of the first known minimum, or of the
            start.  They are coordinates of the result.
        beta
            Inverse temperature, for the drift and circulation of a landscape with a current J.

        Returns
        -------
        xarray.DataArray
            Dimensions are the coordinates in reverse order; before them `coordinate`, the
            component of a vector or row of a matrix, and `other`, the column of a matrix.

        Raises
        ------
        NotAvailable
            (a ValueError) The landscape does not determine the field.
        ValueError
            No window is known along an axis, or an argument is refused.

        Examples
        --------
        >>> from driftscape import landscapes
        >>> phi = landscapes.double_well().on_grid()
        >>> phi.dims, round(float(phi.sel(x1=0, x2=0) - phi.min()), 3)
        (('x2', 'x1'), 0.25)
        >>> screw = landscapes.archimedes().on_grid(coordinates="u z", at={"v": 0.5}, points=11)
        >>> screw.dims, float(screw.v)
        (('z', 'u'), 0.5)
        """
        return on_grid(
            self, box, field=field, points=points, coordinates=coordinates, at=at, beta=beta
        )

    def _repr_latex_(self) -> str:
        return latex(self)

    def _repr_html_(self) -> str:
        return as_html(self)
