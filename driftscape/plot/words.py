r"""What a picture says: labels of axes and titles, from attributes, coordinates and landscapes.

A title names the landscape, its formula and its parameters as far as they fit over the axes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from textwrap import wrap
from typing import TYPE_CHECKING

from ..labels import COMMON, Label
from ..landscapes import Landscape
from ..landscapes.formulas.latex import latex_of, symbol_latex
from ..simulate import Dynamics
from .canvas import figure_of, text_width

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

_SHARE = 0.95  # of the width of the axes that a title may take
_NAMES = {"beta": r"$\beta$", "dt": r"$dt$", "learning_rate": r"$\eta$", "batch_size": "$b$"}
_SYMBOLS = {"loss": r"\ell", "potential": r"\Phi"}
_HEIGHTS = {"potential": r"\Phi", "expected_loss": r"\mathrm{E}\,\ell", "speed": "|b|"}


def coordinate(name: str) -> str:
    """Return the name of a coordinate as mathematics.

    Examples
    --------
    >>> print(coordinate("x1"), coordinate("theta"))
    $x_{1}$ $\\theta$
    """
    return f"${symbol_latex(name)}$"


def axis_label(array: xr.DataArray | xr.Variable, name: str = "") -> str:
    """Return "long name (units)" from the attributes of an array; else its name.

    Examples
    --------
    >>> import xarray as xr
    >>> axis_label(xr.DataArray(0, attrs={"long_name": "lag", "units": "units of time"}))
    'lag (units of time)'
    """
    attributes = array.attrs
    own = Label(str(attributes.get("long_name", name.replace("_", " "))))
    return written(own._replace(units=str(attributes.get("units", ""))))


def written(label: Label) -> str:
    """Return a label as the text of an axis."""
    text = label.long_name.replace(" beta", r" $\beta$").replace(" Phi", r" $\Phi$")
    return f"{text} ({label.units})" if label.units else text


def parameter_label(name: str) -> str:
    """Return the text of the axis of a swept parameter.

    Examples
    --------
    >>> print(parameter_label("learning_rate"), parameter_label("rotation"), sep=", ")
    learning rate $\\eta$, rotation
    """
    if name not in COMMON:
        return coordinate(name) if len(name) <= 2 else name.replace("_", " ")
    text = COMMON[name].long_name
    if name in ("learning_rate", "batch_size"):
        text = f"{text} {_NAMES[name]}"
    return written(COMMON[name]._replace(long_name=text))


def value_of(name: str, value: object) -> str:
    """Return "name = value" of a parameter, the usual ones by their symbols.

    Examples
    --------
    >>> print(value_of("beta", 2.0))
    $\\beta$ = 2
    """
    number = f"{value:g}" if isinstance(value, (int, float)) else str(value)
    return f"{_NAMES.get(name, name.replace('_', ' '))} = {number}"


def dynamics_title(dynamics: Dynamics) -> str:
    """Return the name of a dynamics and the numbers that are not the usual ones.

    Examples
    --------
    >>> from driftscape import simulate
    >>> print(dynamics_title(simulate.SGD(learning_rate=0.1)))
    SGD, $\\eta$ = 0.1
    """
    given = {f.name: getattr(dynamics, f.name) for f in fields(dynamics)}
    usual = {f.name: f.default for f in fields(dynamics)}
    texts = [value_of(name, value) for name, value in given.items() if value != usual[name]]
    return ", ".join([type(dynamics).__name__, *texts])


def landscape_titles(landscape: Landscape) -> list[str]:
    """Return titles of a landscape, the one that says most first."""
    name = landscape.name.replace("_", " ")
    values = ", ".join(value_of(n, v) for n, v in landscape.parameters.items())
    named = [f"{name}, {values}", name] if values else [name]
    formula = _formula(landscape)
    with_formula = [f"{text}:  {formula}" for text in named] if formula else []
    return [*with_formula, *named]


def _formula(landscape: Landscape) -> str:
    """Return Phi or the loss of a sample as mathematics; "" for a drift and for a data set."""
    if landscape.kind == "drift" or landscape.data is not None:
        return ""
    names = landscape.sample_names if landscape.kind == "loss" else ()
    expression = landscape.parse(landscape.formulas[landscape.kind], *names)
    return f"${_SYMBOLS[landscape.kind]} = {latex_of(expression)}$"


def symbol_of(field: str) -> str:
    """Return the symbol of a field that has one, as LaTeX."""
    return _HEIGHTS.get(field, "")


def set_labels(ax: Axes, x: str, y: str) -> None:
    """Label both axes; a label that is longer than its axis has several lines."""
    for text, name in ((x, "x"), (y, "y")):
        if not text:
            continue
        room = _room(ax) if name == "x" else _room(ax, upright=True)
        wide = text_width(text, ax.xaxis.label)
        if wide > _SHARE * room:
            text = "\n".join(wrap(text, int(_SHARE * room / wide * len(text))))
        ax.set(**{f"{name}label": text})


def set_title(ax: Axes, titles: Sequence[str], share: float = _SHARE) -> None:
    """Set the first of the titles that fits over the axes; the last one in any case."""
    for text in titles:
        if text is titles[-1] or text_width(text, ax.title) < share * _room(ax):
            ax.set_title(text, loc="left")
            return


def _room(ax: Axes, upright: bool = False) -> float:
    """Return the width or the height of the axes in points; before they are laid out, a guess."""
    place, figure = ax.get_position(), figure_of(ax)
    if upright:
        return float(place.height * figure.get_figheight() * 72)
    return float(place.width * figure.get_figwidth() * 72)
