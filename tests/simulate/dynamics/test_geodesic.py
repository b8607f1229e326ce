"""Geodesics of I + epsilon D: the second-order equation, its two forms, and how far from RGD."""

import numpy as np
import pytest

from driftscape import simulate
from driftscape.landscapes import Landscape, Normal, NotAvailable

Geodesic = simulate.Geodesic


def bent():
    """A loss with a full D that varies strongly with the state."""
    return Landscape.from_loss(
        "(a**2 + 2*b**2)/2 + a**2*b/5 + x*(a + a*b/2) + y*(b + a**2/4)/2",
        coordinates="a b",
        samples={"x": Normal(), "y": Normal()},
        start=(0.8, -0.6),
        name="bent",
    )


def network():
    """A linear network of two layers: a loss of the paper's kind."""
    return Landscape.from_loss(
        "(y - a*b*x)**2/2",
        coordinates="a b",
        samples={"x": Normal(), "y": Normal(1, 0.3)},
        start=(0.9, -0.3),
        name="network",
    )


def oracle(land, epsilon, form, time, turning=1.0, rtol=1e-11):
    """The equation as it is printed, by SciPy: D's slopes by differences, velocities as state."""
    from scipy.integrate import solve_ivp

    D, h = land.diffusion, 1e-5
    axes = h * np.eye(land.dim)

    def rate(_, y):
        x, v = np.split(y, 2)
        metric = np.eye(land.dim) + epsilon * D(x)
        slope = np.array([D(x + e) - D(x - e) for e in axes]) / (2 * h)  # [k, i, j]
        lower = (
            epsilon / 2 * (slope.transpose(1, 0, 2) + slope.transpose(1, 2, 0) - slope)
        )  # [k, i, j], as d_i D_kj + d_j D_ki - d_k D_ij
        force = -land.hessian(x) @ v
        if form == "raised":
            force = np.linalg.solve(metric, force)
        curve = np.linalg.solve(metric, np.einsum("kij,i,j->k", lower, v, v))
        return np.concatenate([v, force - turning * curve])

    x = np.array([float(s) for s in land.start])
    v = -land.gradient(x)
    if form == "raised":
        v = np.linalg.solve(np.eye(land.dim) + epsilon * D(x), v)
    return solve_ivp(rate, (0, time), [*x, *v], rtol=rtol, atol=rtol / 100).y[: land.dim, -1]


@pytest.mark.fast_cases("network-raised", "bent-raised")
@pytest.mark.parametrize("form", ["literal", "raised"])
@pytest.mark.parametrize("make", [bent, network])
def test_the_geodesic_agrees_with_scipy(make, form):
    land, epsilon = make(), 0.2
    ours = simulate.run(land, Geodesic(dt=0.01, epsilon=epsilon, form=form), time=2).final.values[0]
    assert np.abs(ours - oracle(land, epsilon, form, 2)).max() < 1e-8
    # twins: the other form, and Christoffel symbols of the wrong sign
    other = {"literal": "raised", "raised": "literal"}[form]
    assert np.abs(ours - oracle(land, epsilon, other, 2, rtol=1e-5)).max() > 1e-3
    assert np.abs(ours - oracle(land, epsilon, form, 2, turning=-1.0, rtol=1e-5)).max() > 1e-3


def path(land, dynamics, backend="numpy"):
    """By the reference backend, which needs no compiling; the kernels agree with it."""
    return simulate.run(land, dynamics, time=2, backend=backend).state.values[0]


def apart(a, b):
    """The largest distance along two paths."""
    return np.linalg.norm(a - b, axis=1).max()


def distances(land, weight):
    """Distances of paths from RGD's, with epsilon lambda_max = weight along the path of GD."""
    gd = path(land, simulate.GradientFlow(dt=0.05))
    epsilon = weight / np.linalg.eigvalsh(land.diffusion(gd))[:, -1].max()
    rgd = path(land, simulate.RGDFlow(dt=0.05, epsilon=epsilon))
    others = {
        "gd": gd,
        "exact": path(land, simulate.RGDFlow(dt=0.05, epsilon=epsilon, inverse="exact")),
        "literal": path(land, Geodesic(dt=0.05, epsilon=epsilon, form="literal")),
        "raised": path(land, Geodesic(dt=0.05, epsilon=epsilon)),
    }
    return {name: apart(other, rgd) for name, other in others.items()}


def test_the_literal_geodesic_is_no_closer_to_rgd_than_gd_is_and_the_raised_one_is():
    """On the linear network, epsilon lambda_max = .05, .1, .2:

    |GD - RGD|              .0046  .0094  .0197
    |exact inverse - RGD|   .0002  .0008  .0031
    |literal - RGD|         .0053  .0108  .0224
    |raised - RGD|          .0023  .0043  .0076
    """
    measured = [distances(network(), weight) for weight in (0.05, 0.1, 0.2)]
    table = {name: [d[name] for d in measured] for name in measured[0]}
    assert table["gd"] == pytest.approx([0.0046, 0.0094, 0.0197], abs=1e-4)
    assert table["exact"] == pytest.approx([0.0002, 0.0008, 0.0031], abs=1e-4)
    assert table["literal"] == pytest.approx([0.0053, 0.0108, 0.0224], abs=1e-4)
    assert table["raised"] == pytest.approx([0.0023, 0.0043, 0.0076], abs=1e-4)
    for d in measured:
        assert d["raised"] < 0.6 * d["gd"] < 0.6 * d["literal"]


def test_where_d_varies_strongly_neither_form_follows_rgd():
    """The residual of the raised form is O(epsilon grad D): here the literal one wins."""
    d = distances(bent(), 0.1)
    assert d["literal"] == pytest.approx(0.0061, abs=1e-4)
    assert d["raised"] == pytest.approx(0.0086, abs=1e-4)
    assert d["gd"] == pytest.approx(0.0181, abs=1e-4)


def test_the_residual_of_the_raised_form_is_of_first_order():
    land, sizes = network(), 0.04 / 2.0 ** np.arange(5)
    residual = [
        apart(path(land, Geodesic(dt=0.05, epsilon=e)),
              path(land, simulate.RGDFlow(dt=0.05, epsilon=e, inverse="exact")))
        for e in sizes
    ]  # fmt: skip
    assert abs(np.polyfit(np.log(sizes), np.log(residual), 1)[0] - 1) < 0.03


def test_where_d_is_constant_the_forms_are_gd_and_rgd():
    land = Landscape.from_loss(
        "a**4/4 + (a - b)**2/2 + x*a + (x - y)*b",
        coordinates="a b",
        samples={"x": Normal(), "y": Normal()},
        start=(1, -0.5),
    )
    literal, raised = (
        path(land, Geodesic(dt=0.02, epsilon=0.2, form=f)) for f in ("literal", "raised")
    )
    gd = path(land, simulate.GradientFlow(dt=0.02))
    rgd = path(land, simulate.RGDFlow(dt=0.02, epsilon=0.2, inverse="exact"))
    assert apart(literal, gd) < 1e-14
    assert apart(raised, rgd) < 1e-14
    assert apart(literal, rgd) > 0.01  # the twin


def test_the_geodesic_is_of_fourth_order():
    land, counts = bent(), np.array([8, 16, 32, 64, 128, 512])
    for form in ("literal", "raised"):
        ends = [
            simulate.run(
                land, Geodesic(dt=2 / n, epsilon=0.2, form=form), steps=int(n)
            ).final.values
            for n in counts
        ]
        errors = [np.abs(e - ends[-1]).max() for e in ends[:-1]]
        order = np.polyfit(np.log(2 / counts[:-1]), np.log(errors), 1)[0]
        assert abs(order - Geodesic.order) < 0.25


def test_the_hidden_momentum_is_p_of_the_formula():
    """Literal: p = x' + grad f, with x' from differences of the path."""
    land, dt = bent(), 0.001
    run = simulate.run(land, Geodesic(dt=dt, epsilon=0.2, form="literal"), steps=500, save_every=1)
    x = run.state.values[0]
    velocity = (3 * x[-1] - 4 * x[-2] + x[-3]) / (2 * dt)
    assert np.abs(velocity + land.gradient(x[-1]) - run.hidden.values[0, :2]).max() < 1e-5
    assert np.abs(run.hidden.values[0, :2]).max() > 1e-3


def test_wrong_input_is_refused():
    with pytest.raises(ValueError, match="form='lowered'; it must be one of 'literal', 'raised'"):
        Geodesic(dt=0.1, epsilon=1, form="lowered")
    with pytest.raises(ValueError, match="epsilon=0"):
        Geodesic(dt=0.1, epsilon=0)
    with pytest.raises(ValueError, match="dt=-1"):
        Geodesic(dt=-1, epsilon=1)
    names = [f"c{i}" for i in range(9)]
    nine = Landscape.from_potential(" + ".join(f"{n}**2" for n in names), coordinates=names)
    with pytest.raises(ValueError, match=r"9 coordinates: .* up to 8"):
        simulate.run(nine, Geodesic(dt=0.1, epsilon=1), steps=1)
    with pytest.raises(NotAvailable, match="does not determine a gradient"):
        simulate.run(
            Landscape.from_drift("-x", coordinates="x"), Geodesic(dt=0.1, epsilon=1), steps=1
        )
