"""`Landscape.on_grid`: values, windows of every shipped landscape, and refusals."""

import matplotlib as mpl
import numpy as np
import pytest

from driftscape import landscapes
from driftscape.landscapes import Landscape, Normal, NotAvailable
from driftscape.landscapes.window import known_points, window

ALL = [pytest.param(maker, id=name) for name, maker in landscapes.ZOO.items()]
WELL = landscapes.double_well(rotation=1.5)
HEIGHTS = 0.03  # least height of the known points, in units of all heights in the window


@pytest.mark.parametrize("make", ALL)
def test_the_window_shows_every_known_point_and_no_corner_dominates(make):
    landscape = make()
    points, box = known_points(landscape), window(landscape)
    low, high = np.array(list(box.values())).T
    assert (low <= points).all()
    assert (points <= high).all()
    shown = landscape.on_grid()
    assert np.isfinite(shown).all()
    relative = (shown - shown.min()) / (shown.max() - shown.min())
    assert 0.03 < float(relative.median()) < 0.6
    names = [str(name) for name in reversed(shown.dims)]
    along = [landscape.coordinates.index(name) for name in names]
    heights = np.array([
        float(shown.sel(dict(zip(names, point[along], strict=True)), method="nearest"))
        for point in points
    ])  # fmt: skip
    rise = float(np.ptp(heights) / (shown.max() - shown.min()))
    assert rise > HEIGHTS or np.ptp(heights) < 0.01 * float(shown.max() - shown.min())


def test_a_wide_window_is_dominated_by_its_corners():
    """The wrong twin of the test above: Mueller and Brown's potential on a larger box."""
    wide = landscapes.mueller_brown().on_grid(box=[(-1.5, 1.2), (-0.2, 2)])
    points = known_points(landscapes.mueller_brown())
    heights = landscapes.mueller_brown().potential(points)
    assert np.ptp(heights) / float(wide.max() - wide.min()) < HEIGHTS + 0.01


@pytest.mark.parametrize("make", ALL)
def test_it_is_drawn_upright_with_labels(make):
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    landscape = make()
    figure, axes = plt.subplots()
    shown = landscape.on_grid(points=21)
    shown.plot(ax=axes)
    assert axes.get_xlabel().startswith(landscape.coordinates[0])
    if landscape.dim > 1:
        assert axes.get_ylabel().startswith(landscape.coordinates[1])
    assert shown.attrs["long_name"]
    assert shown.attrs["landscape"] == str(landscape)
    plt.close(figure)


def test_values_are_those_of_the_fields():
    phi = WELL.on_grid(points={"x1": 5, "x2": 7})
    assert phi.dims == ("x2", "x1")
    assert phi.shape == (7, 5)
    x1, x2 = np.meshgrid(phi.x1, phi.x2)
    np.testing.assert_array_equal(phi, WELL.potential(np.stack([x1, x2], -1)))
    points = np.stack([x1, x2], -1)
    b = WELL.on_grid(points={"x1": 5, "x2": 7}, field="drift", beta=1)
    assert b.dims == ("coordinate", "x2", "x1")
    np.testing.assert_array_equal(b.transpose("x2", "x1", ...), WELL.drift(1.0)(points))
    D = WELL.on_grid(points={"x1": 5, "x2": 7}, field="diffusion")
    assert D.dims == ("coordinate", "other", "x2", "x1")
    assert float(D.sel(coordinate="x1", other="x1").min()) == 1
    turning = WELL.on_grid(points={"x1": 5, "x2": 7}, field="circulation", beta=1)
    exact = b.transpose("x2", "x1", ...).values + WELL.gradient(points)  # D = 1
    np.testing.assert_allclose(turning.transpose("x2", "x1", ...), exact, atol=1e-12)
    speed = landscapes.van_der_pol().on_grid([(-1, 1), (-1, 1)], points=3)
    assert float(speed.sel(x=0, y=1)) == pytest.approx(2**0.5)


def test_the_expected_loss_of_data_is_the_mean_over_rows():
    fit = Landscape.from_loss("(a + b*x - y)**2/2", coordinates="a b",
                              data={"x": [0, 1, 2, 3], "y": [1, 1, 2, 4]})  # fmt: skip
    shown = fit.on_grid()
    assert shown.name == "expected_loss"
    a, b = float(shown.a[3]), float(shown.b[8])
    rows = np.array([[0, 1], [1, 1], [2, 2], [3, 4]])
    mean = np.mean((a + b * rows[:, 0] - rows[:, 1]) ** 2 / 2)
    assert float(shown[8, 3]) == pytest.approx(mean)
    assert float(shown.min()) < 0.2  # the window shows the minimum, which nothing states


def test_higher_dimensions_are_cut():
    screw = landscapes.archimedes()
    plane = screw.on_grid(points=11)
    assert plane.dims == ("v", "u")
    assert float(plane.z) == 0
    cut = screw.on_grid(coordinates="z u", at={"v": 0.5}, points=11)
    assert cut.dims == ("u", "z")
    z, u = 4, 7
    point = [float(cut.u[u]), 0.5, float(cut.z[z])]
    assert float(cut[u, z]) == pytest.approx(float(screw.expected_loss(point)))
    loop = landscapes.screw_loop()
    assert float(loop.on_grid(coordinates="q h", points=3).p) == 2  # the first minimum
    assert screw.on_grid(coordinates="u v z", points=4).dims == ("z", "v", "u")
    assert screw.on_grid(coordinates="z", points=4).dims == ("z",)


def test_a_landscape_that_states_nothing_has_a_window():
    mine = Landscape.from_potential("a*(x**2 - 1)**2 + (y - x)**2", coordinates="x y",
                                    parameters={"a": 2})  # fmt: skip
    box = window(mine)
    for x in (-1, 1):  # its minima
        assert box["x"][0] < x < box["x"][1]
        assert box["y"][0] < x < box["y"][1]
    bowl = Landscape.from_loss("(k*w**2 + s*w)/2", coordinates="w", samples={"s": Normal()},
                               parameters={"k": 4})  # fmt: skip
    low, high = window(bowl)["w"]  # three widths sqrt(D/k) = 1/4
    assert (low, high) == pytest.approx((-0.75, 0.75), rel=0.02)
    bounded = Landscape.from_drift("1", coordinates="x", domain={"x": (0, 2)})
    assert window(bounded) == {"x": (0, 2)}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Landscape.from_drift("1", coordinates="x").on_grid(), "give box={'x': "),
        (lambda: WELL.on_grid(field="colour"), "known: potential"),
        (lambda: WELL.on_grid(field=["drift"]), "known: potential"),
        (lambda: WELL.on_grid(points={3: 4}), "points= names 3"),
        (lambda: WELL.on_grid(at={3: 4}), "at= names 3"),
        (lambda: WELL.on_grid(at=3), "coordinate -> number"),
        (lambda: WELL.on_grid(field="expected_loss"), "does not determine an expected loss"),
        (lambda: WELL.on_grid(field="drift"), "give beta="),
        (lambda: WELL.on_grid(points=1), "whole numbers >= 2"),
        (lambda: WELL.on_grid(points=2.5), "whole numbers >= 2"),
        (lambda: WELL.on_grid(points=10**5), "give fewer"),
        (lambda: WELL.on_grid(points={"x3": 4}), "the axes are x1, x2"),
        (lambda: WELL.on_grid(coordinates="x3"), "it has x1, x2"),
        (lambda: WELL.on_grid(at={"x1": 0}), "not along an axis are none"),
        (lambda: WELL.on_grid(coordinates="x1", at={"x2": "y"}), "finite number"),
        (lambda: WELL.on_grid(box={"x1": (1, 0)}), "low < high"),
        (lambda: landscapes.quartic_well().on_grid(box=(0, float("nan"))), "not finite"),
    ],
)  # fmt: skip
def test_wrong_requests_are_refused(call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call()


def test_a_loss_has_no_circulation():
    with pytest.raises(NotAvailable):
        landscapes.archimedes().on_grid(field="circulation")
