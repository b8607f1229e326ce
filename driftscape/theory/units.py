"""Units of a value, as text: products of powers of a step, of the unit of time, and of other words.

    "per step"    "per time"    "per 1000 steps"    "units of time"    "turns per unit of time"

One step takes the time `time_step` (`learning_rate` or `dt`), so that "per step" and "per time" are
two units of one quantity.  Other words ("radians", "of the trajectories") stand for themselves.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from ..validate import check_kind

_TIME = {"time", "unit of time", "units of time", "unit time"}
_STEP = {"step", "steps"}
_ONE = {"of the trajectories"}  # the words of a share, which has no unit
_FACTOR = re.compile(
    r"(?:(?P<number>\d+(?:\.\d*)?(?:e[+-]?\d+)?)(?:\s+|(?=\^)|$))?(?P<name>.*?)"
    r"(?:\^(?P<power>-?\d+(?:\.\d*)?))?",
    re.S,
)


class UnitError(ValueError):
    """Two values have units that are not those of one quantity."""


@dataclass(frozen=True)
class Unit:
    """A product of powers, times a number.

    Attributes
    ----------
    factor
        The number: 0.001 for "per 1000 steps".
    step, time
        Powers of a step and of the unit of time.
    words
        Powers of all other words, by word, in alphabetical order.

    Examples
    --------
    >>> velocity, time = Unit.of("per 1000 steps"), Unit.of("units of time")
    >>> print(velocity * velocity, "|", velocity * time, "|", velocity / Unit.of("per time"))
    per 1000 steps^2 | units of time per 1000 steps | units of time per 1000 steps
    >>> velocity.size_in(Unit.of("per time"), 0.1, None)
    0.01
    """

    factor: float = 1.0
    step: float = 0.0
    time: float = 0.0
    words: tuple[tuple[str, float], ...] = ()

    @classmethod
    def of(cls, text: str) -> Unit:
        """Read a unit: words joined by "*", then any number of parts that begin with "per"."""
        check_kind("unit", text, str, 'a unit as text, "per step"')
        above, *below = re.split(r"\bper\b", text)
        unit = cls()
        for factor in above.split("*"):
            unit = unit * cls._read(factor.strip())
        for factor in below:
            unit = unit / cls._read(factor.strip())
        return unit

    @classmethod
    def _read(cls, text: str) -> Unit:
        found = _FACTOR.fullmatch(text)
        assert found is not None  # the pattern matches every text
        name, power = found["name"].strip(), float(found["power"] or 1)
        number = float(found["number"] or 1)
        if not (0 < number < math.inf and 0 < abs(power) < math.inf):
            return cls(words=((text, 1.0),))
        factor = math.pow(number, power)
        if not name or name in _ONE:
            return cls(factor)
        if name in _STEP:
            return cls(factor, step=power)
        if name in _TIME:
            return cls(factor, time=power)
        return cls(factor, words=((name, power),))

    def __mul__(self, other: Unit) -> Unit:
        words = dict(self.words)
        for word, power in other.words:
            words[word] = words.get(word, 0.0) + power
        kept = tuple(sorted((word, power) for word, power in words.items() if power))
        return Unit(
            self.factor * other.factor, self.step + other.step, self.time + other.time, kept
        )

    def __pow__(self, power: float) -> Unit:
        words = tuple((word, power * own) for word, own in self.words if power * own)
        return Unit(self.factor**power, power * self.step, power * self.time, words)

    def __truediv__(self, other: Unit) -> Unit:
        return self * other**-1

    def size_in(self, other: Unit, time_step: float | None, other_step: float | None) -> float:
        """Return the factor that converts a value in this unit into one in `other`.

        Parameters
        ----------
        other
            The unit wanted.
        time_step, other_step
            The time of one step of this unit, and of the other; None if it is not known.

        Raises
        ------
        UnitError
            They are units of different quantities, or `time_step` is needed and not known.
        """
        powers = self.step + self.time == other.step + other.time
        if self.words != other.words or not powers:
            raise UnitError(
                f"{_quoted(self)} and {_quoted(other)} are units of unlike quantities; multiply or "
                "divide such values, or state the right unit=."
            )
        here = time_step if time_step is not None else other_step
        there = other_step if other_step is not None else time_step
        if here is None or there is None:
            if self.step != other.step:
                raise UnitError(
                    f"{_quoted(self)} and {_quoted(other)} differ by the time of a step, which is "
                    "not known here; give it as time_step=."
                )
            here = there = 1.0
        scale = math.pow(here, self.step - other.step) * math.pow(here / there, other.step)
        return self.factor / other.factor * scale

    def __str__(self) -> str:
        powers = [*self.words, ("units of time", self.time), ("steps", self.step)]
        above = [_written(name, power) for name, power in powers if power > 0]
        below = [(name, -power) for name, power in powers if power < 0]
        factor = self.factor
        last = [_denominator(name, power) for name, power in below]
        if factor < 1 and below:
            name, power = below[-1]
            last[-1] = _denominator(name, power, factor ** (-1 / power))
            factor = 1.0
        if factor != 1:
            above = [f"{factor:.12g} {above[0]}" if above else f"{factor:.12g}", *above[1:]]
        return " ".join([" * ".join(above), *last]).strip()


def same_quantity(one: str, other: str) -> bool:
    """Return whether two units differ by a number, and by the time of steps, at most."""
    a, b = Unit.of(one), Unit.of(other)
    return a.words == b.words and a.step + a.time == b.step + b.time


def conversion(
    unit: str, wanted: str, time_step: float | None, wanted_step: float | None = None
) -> float:
    """Return the factor that converts a value in `unit` into one in `wanted`, both as text.

    Parameters
    ----------
    unit, wanted
        The units.  If they are the same text, nothing is converted.
    time_step, wanted_step
        The time of one step of each; None if it is not known.  If one is known, it is that of both.

    Raises
    ------
    UnitError
        They are units of different quantities, or `time_step` is needed and not known.
    TypeError
        The unit wanted is no text.

    Examples
    --------
    >>> conversion("per step", "per time", 0.1)
    10.0
    >>> try:
    ...     conversion("per step", "units of time", 0.1)
    ... except ValueError as error:
    ...     print(str(error).partition(";")[0])
    'per step' and 'units of time' are units of unlike quantities
    """
    check_kind("unit", wanted, str, 'a unit as text, "per step"')
    return 1.0 if unit == wanted else Unit.of(unit).size_in(Unit.of(wanted), time_step, wanted_step)


def _quoted(unit: Unit) -> str:
    return repr(str(unit)) if str(unit) else "a number without unit"


def _written(name: str, power: float) -> str:
    return name if power == 1 else f"{name}^{power:g}"


def _denominator(name: str, power: float, count: float = 1.0) -> str:
    singular = {"units of time": "time", "steps": "step"}.get(name, name)
    if count == 1:
        return f"per {_written(singular, power)}"
    return f"per {count:.12g} {_written(name, power)}"
