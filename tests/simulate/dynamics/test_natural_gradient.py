"""Natural gradient: straight lines in mean parameters, and landscapes that are no likelihoods."""

import numpy as np
import pytest

from driftscape import landscapes, simulate
from driftscape.landscapes import Exponential, Landscape, Normal, NotAvailable
from driftscape.simulate.dynamics.metric.fisher import empirical_fisher, model_fisher

Natural, Flow = simulate.NaturalGradient, simulate.NaturalGradientFlow
MODEL = {"x": Normal(0, "exp(h/2)")}


def normal_fit():
    """-log p of N(m, exp(h)) fitted to N(1, 1/2)."""
    return Landscape.from_loss(
        "(h + (x - m)**2*exp(-h))/2",
        coordinates="m h",
        samples={"x": Normal(1, 0.5)},
        name="normal_fit",
        start=(1, 0),
    )


def end(landscape, dynamics, **settings):
    """Final point by the reference backend: nothing to compile, and the kernels agree with it."""
    return simulate.run(landscape, dynamics, backend="numpy", **settings).final.values[0]


def test_the_flow_is_a_straight_line_in_the_mean_parameters():
    """E x and E x^2 of the model approach the data's exponentially, at rate 1."""
    flow = Flow(dt=0.02, model={"x": Normal("m", "exp(h/2)")})
    m, h = end(normal_fit(), flow, start=(-0.5, 0.7), time=1.5)
    fade = np.exp(-1.5)
    first = 1 + (-0.5 - 1) * fade
    second = 1.25 + (0.25 + np.exp(0.7) - 1.25) * fade
    assert m == pytest.approx(first, abs=1e-7)
    assert m**2 + np.exp(h) == pytest.approx(second, abs=1e-7)
    # twins: the gradient flow, and the flow in the empirical Fisher metric
    for other in (simulate.GradientFlow(dt=0.02), Flow(dt=0.02)):
        assert abs(end(normal_fit(), other, start=(-0.5, 0.7), time=1.5)[0] - first) > 1e-2


def test_the_flow_does_not_depend_on_the_coordinates():
    """The same family written in s = exp(h) and in h."""
    in_s = Landscape.from_loss(
        "(log(s) + x**2/s)/2", coordinates="s", samples={"x": Normal()}, start=(1.2,),
    )  # fmt: skip
    s = end(in_s, Flow(dt=0.01, model={"x": Normal(0, "sqrt(s)")}), start=2.0, time=1).item()
    h = end(landscapes.gaussian_fit(), Flow(dt=0.01, model=MODEL), start=np.log(2), time=1).item()
    assert s == pytest.approx(np.exp(h), abs=1e-9)
    assert s == pytest.approx(1 + np.exp(-1), abs=1e-9)
    plain = [end(land, simulate.GradientFlow(dt=0.01), start=x, time=1).item()
             for land, x in ((in_s, 2.0), (landscapes.gaussian_fit(), np.log(2)))]  # fmt: skip
    assert abs(plain[0] - np.exp(plain[1])) > 0.05  # the twin: the gradient flow depends on them


def test_fisher_matrices_are_the_known_ones():
    fisher, _ = model_fisher(normal_fit(), {"x": Normal("m", "exp(h/2)")})
    m, h = normal_fit().symbols
    at = np.array(fisher.subs({m: 0.3, h: 0.8}).evalf(), float)
    assert np.allclose(at, np.diag([np.exp(-0.8), 0.5]))
    empirical, _ = empirical_fisher(landscapes.gaussian_fit())
    (h,) = landscapes.gaussian_fit().symbols
    assert float(empirical[0].subs(h, 0)) == 0.5
    value = np.exp(-2) / 2 + (1 - np.exp(-1)) ** 2 / 4
    assert float(empirical[0].subs(h, 1)) == pytest.approx(value)


def test_one_step_of_descent_is_the_formula():
    fit = landscapes.gaussian_fit()
    gradient = (1 - np.exp(-1)) / 2
    one = end(fit, Natural(learning_rate=0.1, model=MODEL), start=1.0, steps=1).item()
    assert one == pytest.approx(1 - 0.1 * gradient / 0.5, rel=1e-14)
    empirical = np.exp(-2) / 2 + gradient**2
    one = end(fit, Natural(learning_rate=0.1), start=1.0, steps=1).item()
    assert one == pytest.approx(1 - 0.1 * gradient / empirical, rel=1e-14)


def test_at_the_optimum_a_step_of_one_is_newtons():
    """Both metrics are the Hessian there: errors are squared."""
    for natural in (Natural(learning_rate=1), Natural(learning_rate=1, model=MODEL)):
        ends = [
            abs(end(landscapes.gaussian_fit(), natural, start=h, steps=1).item())
            for h in (0.1, 0.05, 0.025)
        ]
        assert np.polyfit(np.log([0.1, 0.05, 0.025]), np.log(ends), 1)[0] > 1.8


def test_directions_without_information_stay():
    """l depends on a + b only: F is singular, the step is along what the data can tell."""
    land = Landscape.from_loss("(a + b - x)**2/2", coordinates="a b", samples={"x": Normal()})
    a, b = end(land, Natural(learning_rate=0.5), start=(2.0, 1.0), steps=1)
    # under the landscape's N(0, 1), E g g^T at a + b = 3 is 1 + 9 and g = 3
    assert a + b == pytest.approx(3 - 0.5 * 3 / 10)
    model = {"x": Normal("a + b", 1)}
    a, b = end(land, Natural(learning_rate=0.5, model=model), start=(2.0, 1.0), steps=1)
    assert a + b == pytest.approx(1.5)


def test_models_are_text_in_the_record():
    natural = Natural(learning_rate=0.1, model=MODEL)
    run = simulate.run(landscapes.gaussian_fit(), natural, steps=3, start=1.0)
    assert simulate.dynamics_of(run) == natural
    assert simulate.rerun(run).identical(run)
    assert hash(natural) == hash(Natural(learning_rate=0.1, model=MODEL))


def test_what_is_no_likelihood_is_refused():
    cases = [
        (
            landscapes.mean_estimation(curvature=2.0),
            None,
            r"\[\[2.0\]\].*E\[g g\^T\] = \[\[1.0\]\]",
        ),
        (landscapes.archimedes(), None, "archimedes is not a likelihood"),
        (landscapes.quartic_well(), None, "potential landscape.* is not a likelihood"),
        (landscapes.gaussian_fit(), {"x": Normal(0, "exp(h)")}, "not -log p of model"),
        (landscapes.gaussian_fit(), {"x": Normal("h", "exp(h/2)")}, "not -log p of model"),
        (landscapes.gaussian_fit(), {"y": Normal()}, "model= names y; the samples .* are x"),
    ]
    for land, model, message in cases:
        with pytest.raises(ValueError, match=message):
            simulate.run(land, Natural(learning_rate=0.1, model=model), steps=1)
    runaway = Landscape.from_loss("a + x*a", coordinates="a", samples={"x": Normal()})
    with pytest.raises(NotAvailable, match="no optimum was found"):
        simulate.run(runaway, Natural(learning_rate=0.1), steps=1)
    # the twin: the same family with the right scale passes
    Natural(learning_rate=0.1).step(landscapes.mean_estimation())
    exponential = Landscape.from_loss(
        "h + x*exp(-h)", coordinates="h", samples={"x": Exponential(2)}
    )
    Natural(learning_rate=0.1, model={"x": Exponential("exp(h)")}).step(exponential)


def test_wrong_numbers_are_refused():
    with pytest.raises(ValueError, match="learning_rate=0"):
        Natural(learning_rate=0)
    with pytest.raises(ValueError, match="dt=-1"):
        Flow(dt=-1)
    with pytest.raises(TypeError, match="is not a law"):
        Natural(learning_rate=0.1, model={"x": 3})
    with pytest.raises(TypeError, match="give name -> law"):
        Natural(learning_rate=0.1, model="x")
