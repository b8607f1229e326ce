"""Durations and events that another program wrote: first passages without a description."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...simulate.dataset.variables import laid_out
from ...typing import Index

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Events:
    """Passages along `trajectory`, in the order in which they lie.

    Nothing says how they were made: types, shapes and missing values alone are checked.
    """

    dataset: xr.Dataset
    time_step: None = None

    @property
    def numbers(self) -> Index:
        """The numbers of the trajectories, 0, 1, ... where there are none."""
        if "trajectory" in self.dataset.coords:
            labels: Index = np.atleast_1d(self.dataset["trajectory"].values).astype(np.int64)
            return labels
        return np.arange(self.dataset.sizes["trajectory"])

    @property
    def targets(self) -> tuple[str, ...]:
        """The names of the targets, from the flags of the variable `target`."""
        attributes = self.dataset["target"].attrs
        if "flag_meanings" not in attributes:
            raise ValueError(
                "the variable 'target' has no attribute flag_meanings, the names of the targets; "
                'give it, e.g. dataset.target.attrs["flag_meanings"] = "left right".'
            )
        return tuple(str(attributes["flag_meanings"]).split())

    def array(self, name: str) -> NDArray[Any]:
        """Return the values of a variable.

        Raises
        ------
        ValueError
            It is missing, of other dimensions or of another type.
        """
        if name not in self.dataset.data_vars:
            raise ValueError(
                f"there is no {name!r} in it; pass what simulate.first_passage returned."
            )
        values: NDArray[Any] = laid_out(self.dataset, name, exact=False).values
        return values
