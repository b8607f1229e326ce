"""A predicted number, its truncation error, and the regime in which it is valid."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
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
        if not self.truncation >= 0:  # also catches nan
            raise ValueError(f"truncation={self.truncation} is an error size; give a number >= 0.")
        if not (math.isfinite(self.value) and math.isfinite(self.truncation)):
            object.__setattr__(self, "valid", False)  # overflow is no prediction

    def __str__(self) -> str:
        error = f" (truncation {self.truncation:.2g})" if self.truncation else ""
        unit = f" {self.unit}" if self.unit else ""
        outside = "" if self.valid else ", outside its regime here"
        return f"{self.value:.6g}{error}{unit}  [{self.regime}{outside}]"
