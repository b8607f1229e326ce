"""Labels of variables: long name, units and formula, as attributes in the style of CF.

The attributes `long_name` and `units` are those from which xarray labels the axes of a plot; the
package adds `formula` where there is one.  They survive netCDF.  Units are written as those of an
`Estimate`; numbers without a dimension have none, which the CF conventions allow, since xarray
would write "[1]" on every axis.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast

if TYPE_CHECKING:
    import xarray as xr

T = TypeVar("T", "xr.DataArray", "xr.Dataset")

NUMBER, TIME, STEPS, SHARE = "", "units of time", "steps", "of the trajectories"
RATE, FREQUENCY = "per time", "cycles per time"
DENSITY, FLUX = "per volume", "per area per time"


class Label(NamedTuple):
    """What a variable is, in the words that a plot shows.

    Examples
    --------
    >>> Label("probability density", DENSITY, "rho = exp(-beta Phi)/Z").attributes
    {'long_name': 'probability density', 'units': 'per volume', 'formula': 'rho = exp(-beta Phi)/Z'}
    """

    long_name: str
    units: str = NUMBER
    formula: str = ""

    @property
    def attributes(self) -> dict[str, str]:
        """The label as attributes; without a unit or a formula where there is none."""
        given = {"long_name": self.long_name, "units": self.units, "formula": self.formula}
        return {name: text for name, text in given.items() if text}


#: what every dataset calls by the same name
COMMON: Mapping[str, Label] = {
    "time": Label("time", TIME),
    "step": Label("number of steps", STEPS),
    "trajectory": Label("number of the trajectory"),
    "lag": Label("lag", TIME),
    "frequency": Label("frequency", FREQUENCY),
    "learning_rate": Label("learning rate"),
    "batch_size": Label("batch size"),
    "beta": Label("inverse temperature beta"),
    "dt": Label("step size dt", TIME),
    "friction": Label("friction", RATE),
    "alpha": Label("stability index alpha"),
    "epsilon": Label("weight epsilon of D in the metric"),
    "train_size": Label("size of the training set"),
    "coordinate": Label("coordinate"),
    "row": Label("hidden row"),
    "word": Label("word of the generator's state"),
    "sample": Label("number of the sample"),
    "variable": Label("variable of the sample"),
    "expression": Label("formula of the coordinates"),
    "run": Label("number of the independent run"),
    "replica": Label("number of the excursion"),
    "level": Label("number of halvings of the step size"),
    "value": Label("value of the estimate"),
    "stderr": Label("standard error"),
    "low": Label("lower end of the interval at 95 %"),
    "high": Label("upper end of the interval at 95 %"),
    "n_eff": Label("independent values in the estimate"),
    "provenance": Label("description of the run, as JSON"),
    "fingerprint": Label("hash of the trajectory's start, end and generator"),
}
_SUFFIXES = {
    "stderr": "standard error of the {}",
    "low": "lower end of the interval of the {}",
    "high": "upper end of the interval of the {}",
    "edge": "edges of the bins of the {}",
}
_DERIVED = re.compile(rf"(.+)_({'|'.join(_SUFFIXES)})")


def labelled(data: T, labels: Mapping[str, Label] | None = None) -> T:
    """Return a dataset or array whose variables and coordinates are labelled.

    A variable that has a long name keeps its attributes.  A name that ends with `_stderr`, `_low`
    or `_high` is labelled after the name before that, and a coordinate of the landscape by itself.

    Parameters
    ----------
    data
        A new object: its variables get attributes, in place.
    labels
        Name -> label of what is not in `COMMON`, or has another meaning here.

    Examples
    --------
    >>> import xarray as xr
    >>> curve = xr.Dataset({"power": ("x", [1.0]), "power_stderr": ("x", [0.1])}, {"x": [0.5]})
    >>> labelled(curve, {"power": Label("power spectrum", "time")}).power_stderr.attrs
    {'long_name': 'standard error of the power spectrum', 'units': 'time'}
    >>> curve.x.attrs
    {'long_name': 'x'}
    """
    known = {**COMMON, **(labels or {})}
    for name, variable in _variables(data).items():
        if "long_name" in variable.attrs:
            continue
        label = _label(name, known)
        if label is None and name in data.coords:
            label = Label(name.replace("_", " "))
        if label is not None:
            numbers = variable.dtype.kind in "biufc"
            variable.attrs |= (label if numbers else label._replace(units="")).attributes
    return data


def _variables(data: xr.DataArray | xr.Dataset) -> dict[str, xr.Variable]:
    """Return the variables and coordinates themselves: views of them would cost a millisecond."""
    inner = getattr(data, "variables", None)
    if inner is not None:
        return {str(name): variable for name, variable in inner.items()}
    own = {str(name): variable for name, variable in data.coords.variables.items()}
    return own | {str(data.name): cast("xr.DataArray", data).variable}


def _label(name: str, known: Mapping[str, Label]) -> Label | None:
    if name in known:
        return known[name]
    derived = _DERIVED.fullmatch(name)
    if derived is None:
        return None
    base = known.get(derived[1], Label(derived[1].replace("_", " ")))
    return Label(_SUFFIXES[derived[2]].format(base.long_name), base.units)
