"""Change of coordinates: the loss stays the same, the sharpness does not."""

import numpy as np
import pytest

from driftscape import landscapes
from driftscape.landscapes import (
    FormulaError,
    Landscape,
    Normal,
    NotAvailable,
    Rademacher,
    change_coordinates,
)


def tilted_quadratic():
    return Landscape.from_loss(
        "stiff*(a - x)**2/2 + (a - b)**2*y**2 + exp(b*y)",
        coordinates="a b",
        samples={"x": Normal(), "y": Rademacher()},
        parameters={"stiff": 50.0},
        name="quadratic",
    )


BENT = {"a": "p + q**3/3", "b": "(q - p**2)/stiff"}


def test_the_loss_is_the_same_at_corresponding_points(rng):
    old = tilted_quadratic()
    new = change_coordinates(old, new="p q", old=BENT)
    points = rng.standard_normal((50, 2))
    images = np.stack(
        [points[:, 0] + points[:, 1] ** 3 / 3, (points[:, 1] - points[:, 0] ** 2) / 50], axis=1
    )
    assert new.expected_loss(points) == pytest.approx(old.expected_loss(images), rel=1e-12)
    assert new.expected_loss(points) != pytest.approx(old.expected_loss(points), rel=1e-3)


def test_gradient_and_noise_transform_with_the_jacobian(rng):
    old = tilted_quadratic()
    new = change_coordinates(old, new="p q", old=BENT)
    for p, q in rng.standard_normal((20, 2)):
        image, jacobian = [p + q**3 / 3, (q - p**2) / 50], [[1, q**2], [-2 * p / 50, 1 / 50]]
        jacobian = np.array(jacobian)
        assert new.gradient([p, q]) == pytest.approx(jacobian.T @ old.gradient(image), rel=1e-10)
        noise = jacobian.T @ old.diffusion(image) @ jacobian
        assert new.diffusion([p, q]) == pytest.approx(noise, rel=1e-9, abs=1e-12)
        factor = new.noise_factor([p, q])
        assert factor @ factor.T == pytest.approx(noise, rel=1e-9, abs=1e-12)


def test_a_sharp_minimum_becomes_flat_and_a_flat_one_sharp():
    sharp = landscapes.mean_estimation(curvature=400.0)
    flat = change_coordinates(sharp, new="phi", old={"theta": "phi/20"})
    assert (sharp.hessian([0.0]).item(), flat.hessian([0.0]).item()) == (400, 1)
    back = change_coordinates(flat, new="theta", old={"phi": "20*theta"})
    assert back.hessian([0.0]).item() == 400
    well = landscapes.gaussian_fit()
    width = change_coordinates(well, new="sigma", old={"h": "2*log(sigma)"}, start=[1])
    assert width.expected_loss([1.7]) == pytest.approx(well.expected_loss([2 * np.log(1.7)]))
    assert (well.hessian([0.0]).item(), width.hessian([1.0]).item()) == (0.5, 2.0)


def test_it_is_a_landscape_like_any_other():
    new = change_coordinates(tilted_quadratic(), new="p q", old=BENT)
    assert Landscape.from_dict(new.to_dict()) == new
    assert new.with_parameters(stiff=2.0).expected_loss([1.0, 1.0]) != new.expected_loss([1.0, 1.0])
    kept = change_coordinates(landscapes.linear_network(), new="b a", old={"a": "b", "b": "a"},
                              start=[0.5, 2])  # fmt: skip
    assert kept.expected_loss([0.25, 3.0]) == landscapes.linear_network().expected_loss([3.0, 0.25])


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (dict(new="p q", old={"a": "p"}), FormulaError, "must give a, b"),
        (dict(new="p", old={"a": "p", "b": "p"}), FormulaError, "2 new"),
        (dict(new="p q", old={"a": "p + z", "b": "q"}), FormulaError, "unknown name 'z'"),
        (dict(new="p x", old={"a": "p", "b": "x"}), FormulaError, "sample and also"),
        (dict(new="p q", old={"a": "p + 1", "b": "q"}), FormulaError, "give start="),
        (dict(new="p q", old={"a": "p**3", "b": "q"}), FormulaError, "singular at the start"),
        (dict(new="p q", old={"a": "p", "b": "p"}), FormulaError, "singular at the start"),
    ],
)
def test_a_change_that_is_none_is_refused(change, error, message):
    with pytest.raises(error, match=message):
        change_coordinates(tilted_quadratic(), **change)


def test_a_potential_is_refused_by_name():
    with pytest.raises(NotAvailable, match="quartic_well is a potential landscape"):
        change_coordinates(landscapes.quartic_well(), new="y", old={"x": "2*y"})
