"""LaTeX and HTML of a landscape say all that determines it, and are set without complaint."""

import re

import pytest
from matplotlib.mathtext import MathTextParser

from driftscape import landscapes
from driftscape.landscapes import Exponential, Landscape, Normal, Rademacher, Uniform
from driftscape.landscapes.latex import latex, lines

LAWS = Landscape.from_loss(
    "(theta - a)**2*b + c*theta + d*learning_rate", coordinates="theta",
    samples={"a": Normal("mu0", 0.5), "b": Exponential(2), "c": Rademacher(),
             "d": Uniform(-1, "high")},
    parameters={"learning_rate": 0.1, "mu0": 1, "high": 3e7},
)  # fmt: skip
CURLED = Landscape.from_potential(
    "k*(x**2 - 1)**2/4 + y**2/2", coordinates="x y", diffusion=[[1, 0], [0, "1 + x**2"]],
    curl="x*y", parameters={"k": 2},
)  # fmt: skip
ALL = [
    *(pytest.param(maker(), id=name) for name, maker in landscapes.ZOO.items()),
    pytest.param(LAWS, id="laws"),
    pytest.param(CURLED, id="curled"),
]


def faults(text: str) -> list[str]:
    """Return what a LaTeX would refuse: braces, environments and delimiters without a partner."""
    found = []
    if text.count("{") != text.count("}"):
        found.append("braces")
    if len(re.findall(r"\\left\b", text)) != len(re.findall(r"\\right\b", text)):
        found.append("delimiters")
    begun, ended = (re.findall(rf"\\{word}{{(\w+)}}", text) for word in ("begin", "end"))
    if sorted(begun) != sorted(ended):
        found.append("environments")
    return found


@pytest.mark.parametrize("landscape", ALL)
def test_it_is_latex(landscape):
    text = landscape._repr_latex_()
    assert text == latex(landscape)
    assert text.startswith("$")
    assert text.endswith("$")
    assert faults(text) == []
    assert "braces" in faults(text.replace("}", "", 1))
    parser, set_lines = MathTextParser("agg"), 0
    for line in lines(landscape):
        if r"\begin" not in line:  # matplotlib knows no environments
            parser.parse(f"${line.replace('&', '')}$")
            set_lines += 1
    assert set_lines >= 2


@pytest.mark.parametrize("landscape", ALL)
def test_it_names_everything_that_determines_the_landscape(landscape):
    text = latex(landscape)
    for value in landscape.parameters.values():
        assert f"&= {value:.6g}".split("e")[0] in text
    if landscape.kind == "loss":
        assert r"\sim" in text or "rows of data" in text
        for name in landscape.sample_names:
            assert re.sub(r"(\d)", r"_{\1}", name) in text
    else:
        assert "D &= " in text or "B &= " in text
    if landscape.kind == "potential":
        assert (r"Q &= " in text) == (landscape.formulas["curl"] is not None)
        assert (r"J &= " in text) == (landscape.formulas["current"] is not None)


def test_laws_are_written_with_their_arguments():
    text = latex(LAWS)
    for piece in (
        r"a &\sim \mathcal{N}\left(\mu_{0},\, \frac{1}{4}\right)",
        r"b &\sim \mathrm{Exponential}\left(\text{mean } 2\right)",
        r"c &\sim \text{Rademacher",
        r"d &\sim \mathcal{U}\left(-1,\, \mathrm{high}\right)",
        r"\mathrm{learning}_{\mathrm{rate}} &= 0.1",
        r"\mathrm{high} &= 3 \cdot 10^{7}",
    ):
        assert piece in text


def test_matrices_are_written_as_such():
    text = latex(CURLED)
    assert r"D &= \begin{pmatrix}1 & 0\\0 & x^{2} + 1\end{pmatrix}" in text
    assert r"Q &= \begin{pmatrix}0 & - x \, y\\x \, y & 0\end{pmatrix}" in text
    assert r"b &= -\left(D + Q\right) \nabla\Phi" in text
    assert "D &= I" in latex(landscapes.double_well())
    assert r"J &= \begin{pmatrix}- \mathrm{rotation} \, x_{2}" in latex(landscapes.double_well())
    noisy = Landscape.from_drift(["y", "-x"], coordinates="x y", noise_factor=[[1], ["x"]])
    assert r"B &= \begin{pmatrix}1\\x\end{pmatrix}, \quad D = B B^{\top}" in latex(noisy)
    round_ = Landscape.from_potential("x**2 + y**2", coordinates="x y", diffusion="1 + x**2")
    assert r"D &= \left(x^{2} + 1\right) I" in latex(round_)


def test_fields_are_set_as_landscapes_are():
    gradient = landscapes.mean_estimation().gradient
    text = gradient._repr_latex_()
    assert text == r"$\begin{pmatrix}\mathrm{curvature} \, \theta\end{pmatrix}$"


def test_a_notebook_shows_name_kind_and_formulas():
    page = CURLED._repr_html_()
    assert page.startswith("<div><b>potential</b> (potential landscape)<p>$")
    assert "&amp;=" in page  # escaped: the browser reads & again
    odd = Landscape.from_potential("x**2", coordinates="x", name="<b>&")
    assert "&lt;b&gt;&amp;" in odd._repr_html_()
