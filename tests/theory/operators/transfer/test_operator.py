"""The transfer operator: exact moments, independent methods, ensembles, and what it refuses."""

import json

import numpy as np
import pytest

from driftscape import analysis, landscapes, simulate, theory
from driftscape.landscapes import Exponential, Landscape, Normal, Rademacher, Uniform
from driftscape.landscapes.facts import Facts
from driftscape.simulate import SGD
from driftscape.theory import transfer_operator


def bowl(law, shift="0", **more):
    """l = w^2/2 + (s - shift) w: theta' = (1 - eta) theta - eta (s - shift)."""
    return Landscape.from_loss(
        f"w**2/2 + (s - ({shift}))*w", coordinates="w", samples={"s": law}, **more
    )


@pytest.mark.parametrize(("eta", "batch"), [(0.02, 1), (0.2, 1), (0.5, 4), (1.5, 1)])
def test_the_variance_of_the_linear_landscape_is_exact(eta, batch):
    well = landscapes.mean_estimation(curvature=1.2, noise=0.7)
    op = transfer_operator(well, SGD(learning_rate=eta, batch_size=batch))
    exact = eta * 0.49 / (batch * 1.2 * (2 - eta * 1.2))
    value = op.expectation("theta**2")
    assert value.value == pytest.approx(exact, rel=1e-8)
    assert value.truncation < 1e-8 * exact
    assert op.expectation("theta**4").value == pytest.approx(3 * exact**2, rel=1e-7)
    assert op.expectation("theta").value == pytest.approx(0, abs=1e-10)
    multipliers = (1 - eta * 1.2) ** np.arange(1, 4)
    np.testing.assert_allclose(op.spectrum(3), multipliers, atol=1e-8)
    rho = op.steady_state()
    gauss = np.exp(-(rho.theta**2) / (2 * exact)) / np.sqrt(2 * np.pi * exact)
    assert float(np.abs(rho - gauss).integrate("theta")) < 1e-5


@pytest.mark.parametrize(
    ("law", "shift", "cumulants"),
    [
        (Normal(), "0", (1, 0, 0)),
        (Uniform(-1, 1), "0", (1 / 3, 0, -2 / 15)),
        (Exponential(), "1", (1, 2, 6)),
        (Rademacher(), "0", (1, 0, -2)),
    ],
    ids=["normal", "uniform", "exponential", "rademacher"],
)
def test_it_is_made_of_the_law_of_the_samples_and_not_of_its_covariance(law, shift, cumulants):
    """Cumulants of theta = -eta sum (1 - eta)^k s_k: kappa_n (-eta)^n/(1 - (1 - eta)^n)."""
    eta = 0.3
    op = transfer_operator(bowl(law, shift), SGD(learning_rate=eta))
    k2, k3, k4 = (c * (-eta) ** n / (1 - (1 - eta) ** n) for n, c in enumerate(cumulants, 2))
    moments = [op.expectation(f"w**{n}").value for n in (2, 3, 4)]
    np.testing.assert_allclose(moments, [k2, k3, k4 + 3 * k2**2], rtol=1e-7, atol=1e-9)


@pytest.mark.slow
def test_noise_of_rank_one_in_the_plane_is_exact():
    screw = Landscape.from_loss(
        "u**2 + v**2/2 + x*(u - v)/sqrt(2)", coordinates="u v", samples={"x": Normal()}
    )
    sgd = SGD(learning_rate=0.2)
    op = transfer_operator(screw, sgd)
    linear = theory.linear_law(screw, sgd)
    for pair in (("u", "u"), ("u", "v"), ("v", "v")):
        expected = linear.moment(*pair).value
        assert op.expectation("*".join(pair)).value == pytest.approx(expected, rel=1e-8)
    np.testing.assert_allclose(op.spectrum(3), [0.8, 0.64, 0.6], atol=1e-6)


@pytest.mark.slow
def test_a_batch_is_a_sample_of_its_mean():
    """Batches beside a loss that averages by itself, and beside cumulants over batch**(n - 1)."""
    pair = Landscape.from_loss(
        "(h + (x**2 + y**2)/2*exp(-h))/2", coordinates="h", samples={"x": Normal(), "y": Normal()}
    )
    fit, settings = landscapes.gaussian_fit(), {"box": (-2, 8), "shape": 128}
    one = transfer_operator(pair, SGD(learning_rate=0.3), **settings)
    two = transfer_operator(fit, SGD(learning_rate=0.3, batch_size=2), **settings)
    for n in (1, 2, 3):
        a, b = (op.expectation(f"h**{n}").value for op in (one, two))
        assert a == pytest.approx(b, rel=1e-6)
    eta, batch = 0.5, 3
    for law, shift, cumulants in (
        (Rademacher(), "0", (1, 0, -2)),
        (Exponential(), "1", (1, 2, 6)),
    ):
        sgd = SGD(learning_rate=eta, batch_size=batch)
        op = transfer_operator(bowl(law, shift), sgd, shape=256)
        k2, k3, k4 = (
            c / batch ** (n - 1) * (-eta) ** n / (1 - (1 - eta) ** n)
            for n, c in enumerate(cumulants, 2)
        )
        moments = [op.expectation(f"w**{n}").value for n in (2, 3, 4)]
        np.testing.assert_allclose(moments, [k2, k3, k4 + 3 * k2**2], rtol=1e-6, atol=1e-9)
    large = transfer_operator(fit, SGD(learning_rate=0.4, batch_size=64), shape=128)
    assert large.expectation("exp(-h)").value == pytest.approx(1, abs=1e-8)


def test_rows_of_data_are_outcomes():
    column = np.array([0.0, 0.0, 1.0, 5.0])
    data = Landscape.from_loss("(w - y)**2/2", coordinates="w", data={"y": column})
    for sampling in ("fresh", "iid"):
        op = transfer_operator(data, SGD(learning_rate=0.4, batch_size=2, sampling=sampling))
        assert op.expectation("w").value == pytest.approx(column.mean(), rel=1e-9)
        variance = op.expectation("w**2").value - column.mean() ** 2
        assert variance == pytest.approx(column.var() * 0.4 / (2 * 1.6), rel=1e-8)


def test_more_normals_than_coordinates_are_one():
    many = Landscape.from_loss(
        "w**2/2 + w*(a + b/2) + c*w**2/4", coordinates="w", samples=dict.fromkeys("abc", Normal())
    )
    op = transfer_operator(many, SGD(learning_rate=0.2, batch_size=3))
    # E w'^2 = ((1 - eta)^2 + eta^2/(4 b)) E w^2 + eta^2 (1 + 1/4)/b
    exact = 0.04 * 1.25 / 3 / (1 - 0.64 - 0.04 / 12)
    assert op.expectation("w**2").value == pytest.approx(exact, rel=1e-8)


def test_gaussian_fit_has_no_mean_gradient_and_agrees_with_sgd_where_the_sde_does_not():
    fit, sgd = landscapes.gaussian_fit(), SGD(learning_rate=0.2)
    op = transfer_operator(fit, sgd)
    assert op.expectation("exp(-h)").value == pytest.approx(1, abs=1e-8)
    sde = theory.fokker_planck(fit, sgd.as_sde())
    keep = simulate.Average("h", "h**2", discard_steps=200)
    run = simulate.run(fit, sgd, steps=4000, trajectories=512, seed=3, keep=keep)
    for expression in ("h", "h**2"):
        measured = analysis.moment(run, expression)
        assert measured.compare(op.expectation(expression)).verdict == "agrees"
        assert measured.compare(sde.expectation(expression)).verdict == "rejected"


@pytest.mark.slow
def test_archimedes_in_its_turning_frame():
    """The chain of (u, v) at fixed z: the velocity, and moments that the SDE does not have."""
    screw, eta = landscapes.archimedes(), 0.2
    sgd = SGD(learning_rate=eta)
    op = transfer_operator(screw, sgd, frame={"z": 0})
    assert op.steady_state().dims == ("v", "u")
    velocity = op.drift_velocity("z").value
    # E of the gradient along z, at z = 0
    assert velocity == pytest.approx(-eta * op.expectation("u*v").value, rel=1e-12)
    series = theory.drift_velocity(landscapes.archimedes(), sgd, "z")
    # the series is to second order: what is left is of third order, eta^5, within its truncation
    half = SGD(learning_rate=eta / 2)
    finer = transfer_operator(screw, half, frame={"z": 0}).drift_velocity("z").value
    left = finer - theory.drift_velocity(landscapes.archimedes(), half, "z").value
    assert velocity - series.value == pytest.approx(2**5 * left, rel=0.01)
    assert 0 < velocity - series.value < series.truncation
    turned = {
        "u**2": "(u*cos(z) + v*sin(z))**2",
        "v**2": "(v*cos(z) - u*sin(z))**2",
        "u*v": "(u*cos(z) + v*sin(z))*(v*cos(z) - u*sin(z))",
    }
    keep = simulate.Average(*turned.values(), discard_steps=200)
    settings = {"trajectories": 256, "seed": 11, "keep": keep}
    discrete = simulate.run(screw, sgd, steps=6000, **settings)
    continuous = simulate.run(screw, sgd.as_sde(substeps=4), steps=24_000, **settings)
    for here, there in turned.items():
        predicted = op.expectation(here)
        assert analysis.moment(discrete, there).compare(predicted).verdict == "agrees", here
        assert analysis.moment(continuous, there).compare(predicted).verdict == "rejected", here


def test_to_fluctuations_the_sde_of_order_two_is_no_better_than_that_of_order_one():
    """Variances eta/(2 - eta), eta/2 and eta/(2 + eta): all the same at leading order only."""
    well, sgd = landscapes.mean_estimation(), SGD(learning_rate=0.2)
    exact = transfer_operator(well, sgd).expectation("theta**2").value
    one, two = (
        theory.fokker_planck(well, sgd.as_sde(order=order)).expectation("theta**2").value
        for order in (1, 2)
    )
    np.testing.assert_allclose([exact, one, two], [0.2 / 1.8, 0.1, 0.2 / 2.2], rtol=1e-6)


def test_evolution_keeps_mass_and_moments():
    eta = 0.5
    op = transfer_operator(landscapes.mean_estimation(), SGD(learning_rate=eta))
    steps = np.array([0, 1, 2, 5])
    rho = op.evolve(1.0, steps)
    assert rho.dims == ("time", "theta")
    np.testing.assert_allclose(rho.time, steps * eta)
    np.testing.assert_array_equal(rho.step, steps)
    mean, square = ((rho * rho.theta**n).sum("theta") * op.grid.volume for n in (1, 2))
    np.testing.assert_allclose(mean, 0.5**steps, atol=1e-9)
    np.testing.assert_allclose(square - mean**2, (1 - 0.25**steps) / 3, atol=1e-9)
    again = op.evolve(rho.isel(time=2), 3).isel(time=0)
    np.testing.assert_allclose(again, rho.isel(time=3), atol=1e-12)
    steady = op.evolve("exp(-theta**2*3/2)", 40).isel(time=0)  # the law itself, variance 1/3
    np.testing.assert_allclose(steady, op.steady_state(), atol=1e-4)


def test_results_say_what_made_them_and_print():
    sgd = SGD(learning_rate=0.2)
    op = transfer_operator(landscapes.mean_estimation(), sgd)
    rho = op.steady_state()
    problem = json.loads(rho.attrs["driftscape"])
    assert problem["kind"] == "transfer_operator"
    assert Landscape.from_dict(problem["landscape"]) == landscapes.mean_estimation()
    assert problem["dynamics"]["learning_rate"] == 0.2
    text = repr(op)
    for part in ("mean_estimation", "learning_rate = 0.2", "512 nodes", "lost beyond the box"):
        assert part in text
    assert "z fixed at 0" in repr(
        transfer_operator(landscapes.archimedes(), sgd, frame={"z": 0}, box=[(-1, 1), (-1, 1)])
    )


def test_the_box_follows_the_scale_and_stops_at_heavy_tails():
    tiny = landscapes.mean_estimation(noise=1e-4)
    ((low, high),) = transfer_operator(tiny, SGD(learning_rate=0.2)).grid.box
    assert -6e-4 < low < -2e-4
    assert 2e-4 < high < 6e-4
    heavy = transfer_operator(landscapes.gaussian_fit(), SGD(learning_rate=0.5))
    assert heavy.grid.box[0][1] < 100  # at 1e-12 it would be 1600
    unit = heavy.expectation("exp(-h)")
    assert abs(unit.value - 1) < unit.truncation < 1e-4


REFUSED = {
    "an SDE": (SGD(learning_rate=0.1).as_sde(), {}, "use theory.fokker_planck"),
    "no noise": (simulate.GD(learning_rate=0.1), {}, "is that of simulate.SGD"),
    "momentum": (SGD(learning_rate=0.1, momentum=0.9), {}, "momentum=0.9"),
    "a schedule": (SGD(learning_rate="0.1/(1 + step)"), {}, "schedule"),
    "a training set": (
        SGD(learning_rate=0.1, sampling="iid", train_size=9), {}, "sampling='iid'"
    ),
    "divergence": (SGD(learning_rate=2.1), {}, "diverges"),
    "a box upside down": (SGD(learning_rate=0.1), {"box": (1, -1)}, "low < high"),
    "a box of another": (SGD(learning_rate=0.1), {"box": {"q": (0, 1)}}, "are theta"),
    "an odd shape": (SGD(learning_rate=0.1), {"shape": 101}, "even number"),
    "a huge shape": (SGD(learning_rate=0.1), {"shape": 10**6}, "max_bytes"),
    "a frame": (SGD(learning_rate=0.1), {"frame": {"theta": 0}}, "no symmetry"),
    "a tail": (SGD(learning_rate=0.1), {"tail": 0}, "small mass"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    dynamics, settings, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        transfer_operator(landscapes.mean_estimation(), dynamics, **settings)


def test_refused_for_the_landscape():
    sgd = SGD(learning_rate=0.1)
    with pytest.raises(ValueError, match="3 coordinates.*frame="):
        transfer_operator(landscapes.archimedes(), sgd)
    with pytest.raises(TypeError, match="sgd=7"):
        transfer_operator(landscapes.mean_estimation(), 7)
    stated = Facts(symmetries=({"z": "z + s"},))
    wrong = Landscape.from_loss(
        "x*u + u**2/2 + z**2*u", coordinates="u z", samples={"x": Normal()}, facts=stated
    )
    with pytest.raises(ValueError, match="does not commute"):
        transfer_operator(wrong, sgd, frame={"z": 0})


def test_what_a_frame_holds_is_not_asked_for():
    screw, sgd = landscapes.archimedes(), SGD(learning_rate=0.2)
    box = [(-1.2, 1.2), (-1.6, 1.6)]
    op = transfer_operator(screw, sgd, frame={"z": 0}, box=box, shape=32)
    with pytest.raises(ValueError, match="mentions z, which this frame fixes at 0"):
        op.expectation("u*cos(z)")
    with pytest.raises(ValueError, match="mentions z"):
        op.mean_first_passage_time("z > 1", start=(0, 0, 0))
    # a point anywhere along the screw is turned into the frame
    there = op.evolve({"u": 0, "v": 0.5, "z": np.pi / 2}, 0).isel(time=0)
    mean = [float((there * there[name]).sum() * op.grid.volume) for name in "uv"]
    np.testing.assert_allclose(mean, [0.5, 0], atol=1e-12)


def test_an_expression_that_is_no_number_somewhere():
    op = transfer_operator(landscapes.mean_estimation(), SGD(learning_rate=0.2), shape=64)
    with pytest.raises(ValueError, match="not a finite number"):
        op.expectation("log(theta)")


def test_no_noise_no_law():
    still = Landscape.from_potential("x**2/2", coordinates="x", diffusion=0)
    with pytest.raises(ValueError, match="has no noise"):
        transfer_operator(still, SGD(learning_rate=0.2))


def test_too_many_combinations_of_samples():
    two = Landscape.from_loss(
        "w**2/2 + s*w + s**2*w**2/9", coordinates="w", samples={"s": Normal()}
    )
    with pytest.raises(ValueError, match="smaller batch_size"):
        transfer_operator(two, SGD(learning_rate=0.1, batch_size=5))
    rows = Landscape.from_loss("(w - y)**2/2", coordinates="w", data={"y": np.arange(40.0)})
    with pytest.raises(ValueError, match="fewer rows"):
        transfer_operator(rows, SGD(learning_rate=0.1, batch_size=5))


def test_a_box_that_a_step_leaves():
    op = transfer_operator(landscapes.mean_estimation(), SGD(learning_rate=0.2), box=(-1, 1))
    with pytest.raises(theory.BoxTooSmall, match="leaves the box with probability 0.00"):
        op.steady_state()
    with pytest.raises(ValueError, match="outside the grid"):
        op.evolve(1.5, 1)
    with pytest.raises(ValueError, match="whole numbers"):
        op.evolve(0.5, 1.5)
    with pytest.raises(ValueError, match="k=0"):
        op.spectrum(0)


def test_two_wells_that_exchange_nothing_have_no_law_in_common():
    well = Landscape.from_loss(
        "(x**2 - 1)**2/4 + s*x/5", coordinates="x", samples={"s": Rademacher()}
    )
    op = transfer_operator(well, SGD(learning_rate=0.1), box=(-2, 2), shape=256)
    with pytest.raises(theory.NoSteadyState, match="not unique"):
        op.steady_state()


def test_what_is_lost_beyond_the_box_is_in_the_truncation():
    """A box that cuts an exponential tail: E x**3 of a linear chain, whose cumulants are known."""
    landscape = Landscape.from_loss("x**2 + u*x", coordinates="x", samples={"u": Exponential()})
    eta = 0.3
    r = 1 - 2 * eta
    k1, k2, k3 = (c * (-eta) ** m / (1 - r**m) for m, c in ((1, 1.0), (2, 1.0), (3, 2.0)))
    exact = k3 + 3 * k2 * k1 + k1**3
    for low, errors in ((-4.5, (1e-7, 1e-2)), (-7.5, (1e-13, 1e-6))):
        found = transfer_operator(landscape, SGD(learning_rate=eta), box=(low, 0.1), tail=1e-2)
        predicted = found.expectation("x**3")
        assert abs(predicted.value - exact) <= predicted.truncation
        assert errors[0] < predicted.truncation < errors[1]
    found = transfer_operator(landscape, SGD(learning_rate=eta)).expectation("x**3")
    assert abs(found.value - exact) <= found.truncation < 1e-6


def test_a_box_that_is_found_is_not_refused():
    """A law that ends at a point: the box was cut where a stationary step still went."""
    landscape = Landscape.from_loss(
        "2*log(cosh(x)) + 1.04*(u - 1)*x", coordinates="x", samples={"u": Exponential()},
        start=(-0.8,),
    )  # fmt: skip
    op = transfer_operator(landscape, SGD(learning_rate=0.513, batch_size=6))
    assert op.lost < 1e-11
    assert abs(op.expectation("tanh(x)").value) < 1e-6  # the mean gradient


def test_the_truncation_of_a_mean_that_cancels_is_not_rounding_of_zero():
    landscape = Landscape.from_loss("x**2/2 + u*x", coordinates="x", samples={"u": Rademacher()})
    predicted = transfer_operator(landscape, SGD(learning_rate=0.2)).expectation("x**3")
    assert abs(predicted.value) <= predicted.truncation < 1e-10
