"""Numbers with their errors as text, by format codes, in HTML and in LaTeX."""

from __future__ import annotations

import html
import math
import re

_SPEC = re.compile(
    r"(?P<place>(?:.?[<>^])?)(?P<sign>[+ -]?)(?P<width>\d*)(?:\.(?P<digits>\d+))?(?P<of_error>u?)"
    r"(?P<kind>[eEfFgG%]?)(?P<shape>[SL]?)"
)


def with_error(value: float, stderr: float) -> str:
    """Return both numbers to two digits of the error: 17.7691 ± 0.0081, (1.234 ± 0.056)e-05."""
    if not (math.isfinite(value) and math.isfinite(stderr)) or stderr <= 0:
        return f"{value:.6g} ± {stderr:.2g}"
    power = math.floor(math.log10(max(abs(value), stderr)))
    if -4 <= power < 6:
        digits = max(0, 1 - math.floor(math.log10(stderr)))
        return f"{value:.{digits}f} ± {stderr:.{digits}f}"
    scale = 10.0**power
    digits = max(0, 1 - math.floor(math.log10(stderr / scale)))
    return f"({value / scale:.{digits}f} ± {stderr / scale:.{digits}f})e{power:+03d}"


def formatted(value: float, stderr: float, spec: str) -> str:
    """Write value and error by a format code.

    Parameters
    ----------
    value, stderr
        The numbers.
    spec
        `[[fill]align][sign][width][.digits][u][e|f|g|%][S|L]`, as for a float: the digits are those
        after the point, of both numbers.  With "u" they are the significant digits of the error.
        "S" writes the short form 17.769(81), "L" LaTeX; the width is that of the whole text.

    Raises
    ------
    ValueError
        Another code.

    Examples
    --------
    >>> for spec in ("", ".3f", ".1u", ".2uS", ".2e", ".1%"):
    ...     print(formatted(0.17769, 0.0081, spec))
    0.1777 ± 0.0081
    0.178 ± 0.008
    0.178 ± 0.008
    0.1777(81)
    (1.78 ± 0.08)e-01
    (17.8 ± 0.8) %
    """
    found = _SPEC.fullmatch(spec)
    if found is None or (found["of_error"] and not found["digits"]):
        raise ValueError(
            f"format code {spec!r} is unknown; give one as for a float, e.g. '.3f', '.2e' or "
            "'.1%', or '.2u' for two digits of the error, with S (short) or L (LaTeX) after it."
        )
    digits, kind = found["digits"], found["kind"]
    if not (math.isfinite(value) and math.isfinite(stderr)):
        text = f"{value:{found['sign']}.6g} ± {stderr:.2g}"
    elif digits is None and not kind and not found["shape"] and not found["sign"]:
        text = with_error(value, stderr)
    else:
        text = _written(value, stderr, digits, bool(found["of_error"]), kind, found["sign"])
        text = {"S": _short, "L": _latex}.get(found["shape"], str)(text)
    return format(text, f"{found['place']}{found['width']}")


def latex(value: float, stderr: float, unit: str = "") -> str:
    r"""Return value, error and unit as LaTeX between dollar signs.

    Examples
    --------
    >>> print(latex(1.234e-5, 5.6e-7, "per step"))
    $(1.234 \pm 0.056) \times 10^{-5}\ \text{per step}$
    """
    words = unit.replace("\\", r"\backslash ").replace("^", r"\^{}").replace("_", r"\_")
    words = words.replace("%", r"\%").replace("&", r"\&").replace("#", r"\#").replace("$", r"\$")
    return f"${_latex(with_error(value, stderr))}" + (rf"\ \text{{{words}}}$" if unit else "$")


def tooltip(text: str, title: str) -> str:
    """Return text as HTML that shows a title under the pointer."""
    return f'<span title="{html.escape(title)}">{html.escape(text)}</span>'


def _written(
    value: float, stderr: float, digits: str | None, of_error: bool, kind: str, sign: str
) -> str:
    """Write both numbers with the same digits after the point and the same power of ten."""
    after = 6 if digits is None else int(digits)
    lower = kind.lower()
    if digits is None and not lower:
        of_error, after = True, 2
    scale, ends = (100.0, " %") if lower == "%" else (1.0, "")
    largest = max(abs(scale * value), scale * stderr)
    power = math.floor(math.log10(largest)) if largest > 0 else 0
    if lower == "e" or (lower in ("", "g") and not -5 < power < (6 if of_error else 16)):
        scale, ends = 10.0**-power, f"{kind if kind in 'eE' and kind else 'e'}{power:+03d}"
    if of_error and stderr > 0:
        after = max(0, after - 1 - math.floor(math.log10(scale * stderr)))
    elif lower == "g":
        after = max(0, after - 1 - (power if scale == 1.0 else 0))
    text = f"{scale * value:{sign}.{after}f} ± {scale * stderr:.{after}f}"
    return f"({text}){ends}" if ends else text


def _short(text: str) -> str:
    """Write the error as digits in parentheses: 0.178 ± 0.008 becomes 0.178(8)."""
    body, _, ends = text[1:].partition(")") if text.startswith("(") else (text, "", "")
    value, _, error = body.partition(" ± ")
    digits = error.replace(".", "").lstrip("0") or "0"
    whole = error if float(error) >= 1 and "." in error else digits
    return f"{value}({whole}){ends}"


def _latex(text: str) -> str:
    body = text.replace(" ± ", r" \pm ").replace("%", r"\%").replace("inf", r"\infty")
    return re.sub(r"e([+-])0*(\d+)", lambda m: rf" \times 10^{{{m[1].strip('+')}{m[2]}}}", body)
