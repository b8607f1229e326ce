"""A predicted number, its truncation error, and the regime in which it is valid."""

import html
import math
from dataclasses import dataclass, replace

from ..validate import check_number
from .units import conversion


@dataclass(frozen=True, repr=False)
class Theory:
    """A predicted value with its truncation error.

        value +- truncation unit  [regime]

    Attributes
    ----------
    value
        The prediction, in the unit of the estimate with which it is compared.
    truncation
        Size of the terms that the derivation omits (next term of a series, error of a quadrature).
    regime
        Conditions of validity, in words.
    source
        The formula or the author.
    valid
        False when the inputs lie outside the regime; `Estimate.compare` then gives no verdict.  A
        value or a truncation that is not finite predicts nothing and is never valid.
    unit
        Unit of the value, e.g. `"per step"`.

    Examples
    --------
    >>> print(Theory(17.772, truncation=0.004, regime="learning_rate << 1", unit="per 1e4 steps"))
    17.772 (truncation 0.004) per 1e4 steps  [learning_rate << 1]
    """

    value: float
    truncation: float = 0.0
    regime: str = "exact"
    source: str = ""
    valid: bool = True
    unit: str = ""

    def __post_init__(self) -> None:
        value = check_number("value", self.value)
        truncation = check_number("truncation", self.truncation)
        if not truncation >= 0:  # also catches nan
            raise ValueError(f"truncation={self.truncation} is an error size; give a number >= 0.")
        if not (math.isfinite(value) and math.isfinite(truncation)):
            object.__setattr__(self, "valid", False)  # overflow is no prediction

    def to(self, unit: str, time_step: float | None = None) -> "Theory":
        """Return the same prediction in another unit of the same quantity.

        Parameters
        ----------
        unit
            Such as `"per time"` or `"per 1000 steps"`.
        time_step
            The time of a step, for conversion between steps and time.

        Raises
        ------
        ValueError
            It is the unit of another quantity, or the time of a step is needed and not given.

        Examples
        --------
        >>> print(Theory(0.2, truncation=0.01, unit="per step").to("per time", 0.1))
        2 (truncation 0.1) per time  [exact]
        """
        if unit == self.unit:
            return self
        factor = conversion(self.unit, unit, time_step)
        value, truncation = factor * self.value, factor * self.truncation
        return replace(self, value=value, truncation=truncation, unit=unit)

    def __str__(self) -> str:
        error = f" (truncation {self.truncation:.2g})" if self.truncation else ""
        unit = f" {self.unit}" if self.unit else ""
        outside = "" if self.valid else ", outside its regime here"
        return f"{self.value:.6g}{error}{unit}  [{self.regime}{outside}]"

    def __repr__(self) -> str:
        source = f": {self.source}" if self.source else ""
        return f"<Theory {self}{source}>"

    def _repr_html_(self) -> str:
        title = html.escape(f"{self.source or 'prediction'}; {self.regime}")
        return f'<span title="{title}">{html.escape(str(self))}</span>'
