"""Diagrams counted again by dealing the cards, and summed against losses enumerated exactly."""

import itertools
import math
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from driftscape import landscapes, simulate, theory
from driftscape.landscapes import Exponential, Landscape, Normal, Rademacher, Uniform
from driftscape.theory.diagrams.loss_orders import loss_order, sampling_of
from driftscape.theory.diagrams.sample_tensors import SampleTensors
from driftscape.theory.diagrams.trees import Sampling, partitions, trees, weights

SGD = simulate.SGD


def test_trees_and_their_symmetries():
    assert [len(trees(d)) for d in range(1, 7)] == [1, 2, 4, 9, 20, 48]
    for d in range(1, 7):  # Cayley: (d + 1)^(d - 1) labelled trees, each shape d!/|Aut| times
        assert sum(math.factorial(d) // aut for aut in trees(d).values()) == (d + 1) ** (d - 1)
    assert [len(partitions(d)) for d in range(1, 6)] == [1, 2, 5, 15, 52]


def decks(sampling, steps):
    """All ways of dealing, equally likely: cards, shape (steps, batch)."""
    kind, b, size, _ = sampling
    if kind == "fresh":
        yield np.arange(steps * b).reshape(steps, b)
    elif kind == "fixed":
        yield (np.arange(steps * b) % size).reshape(steps, b)
    elif kind == "iid":
        for way in itertools.product(range(size), repeat=steps * b):
            yield np.reshape(way, (steps, b))
    elif kind == "without-replacement":  # places of a batch are alike
        batches = list(itertools.combinations(range(size), b))
        yield from map(np.array, itertools.product(batches, repeat=steps))
    else:
        epochs = -(-steps * b // size)
        for way in itertools.product(itertools.permutations(range(size)), repeat=epochs):
            yield np.ravel(way)[: steps * b].reshape(steps, b)


def dealt(tree, steps, sampling):
    """The weights by brute force: every deck, all times, all places in the batches."""
    total, ways = Counter(), list(decks(sampling, steps))
    for cards in ways:
        for times in itertools.product(range(steps), repeat=len(tree)):
            if any(above and times[k] >= times[above - 1] for k, above in enumerate(tree)):
                continue
            for places in itertools.product(range(sampling.batch), repeat=len(tree)):
                seen = [int(cards[t, k]) for t, k in zip(times, places, strict=True)]
                first = list(dict.fromkeys(seen))
                total[tuple(first.index(card) for card in seen)] += 1
    return {part: n / len(ways) / sampling.batch ** len(tree) for part, n in total.items()}


@pytest.mark.parametrize(
    ("sampling", "steps", "order"),
    [
        (Sampling("fresh", 2, 0), 3, 3),
        (Sampling("iid", 2, 2), 2, 3),
        (Sampling("iid", 1, 3), 3, 3),
        (Sampling("without-replacement", 2, 3), 2, 3),
        (Sampling("fixed", 1, 3), 7, 3),
        (Sampling("fixed", 2, 4), 5, 3),
        (Sampling("fixed", 1, 2), 3, 4),
        (Sampling("reshuffled", 1, 3), 5, 3),
        (Sampling("reshuffled", 2, 4), 3, 2),
        (Sampling("reshuffled", 1, 2), 4, 4),
    ],
    ids=str,
)
def test_weights_are_those_dealt(sampling, steps, order):
    for tree in trees(order):
        computed, counted = weights(tree, steps, sampling), dealt(tree, steps, sampling)
        assert computed.keys() == counted.keys()
        for part, weight in counted.items():
            assert computed[part] == pytest.approx(weight, rel=1e-12)


class Powers(tuple):
    """A polynomial in eta, cut at the fourth power, in exact fractions."""

    def __new__(cls, terms):
        return super().__new__(cls, [Fraction(t) for t in [*terms, 0, 0, 0, 0][:5]])

    def __add__(self, other):
        return Powers([a + b for a, b in zip(self, Powers.of(other), strict=True)])

    def __mul__(self, other):
        other = Powers.of(other)
        return Powers([sum(self[i] * other[k - i] for i in range(k + 1)) for k in range(5)])

    __radd__, __rmul__ = __add__, __mul__

    @staticmethod
    def of(value):
        return value if isinstance(value, Powers) else Powers([value])


FORMULA = "w**3/5 + w**2*x/3 + w**2/2 - w*x**2/4 + w*x + w*x**3/7"
SIGNS = [(Fraction(-1), Fraction(1, 2)), (Fraction(1), Fraction(1, 2))]


def loss(w, x):
    return (
        Fraction(1, 5) * w * w * w
        + w * w * (x / 3 + Fraction(1, 2))
        + w * (x - x**2 / 4 + x**3 / 7)
    )


def slope(w, x):
    return Fraction(3, 5) * w * w + w * (2 * x / 3 + 1) + (x - x**2 / 4 + x**3 / 7)


def exact_orders(cards, steps, sampling, start, test):
    """Coefficients in eta of E l(theta_T): all decks, all values of the cards, in fractions.

    `cards` is a list of (values of all cards, chance); `test` a list of (x, chance).
    """
    total, ways = Powers([0]), list(decks(sampling, steps))
    for values, chance in cards:
        for way in ways:
            w = Powers([start])
            for batch in way.tolist():
                kick = sum((slope(w, values[card]) for card in batch), Powers([0]))
                w = w + Powers([0, Fraction(-1, len(batch))]) * kick
            total = total + sum((p * loss(w, x) for x, p in test), Powers([0])) * (
                chance / len(ways)
            )
    return [float(term) for term in total]


@pytest.mark.parametrize(
    ("kind", "batch", "size", "steps"),
    [("fresh", 1, 0, 4), ("fresh", 2, 0, 2), ("iid", 1, 2, 3), ("without-replacement", 2, 3, 2),
     ("fixed", 1, 2, 5), ("reshuffled", 1, 2, 4), ("fixed", 2, 2, 4)],
)  # fmt: skip
def test_orders_on_training_sets_of_a_law(kind, batch, size, steps):
    page = Landscape.from_loss(FORMULA, coordinates="w", samples={"x": Rademacher()})
    more = {} if kind == "fresh" else {"train_size": size}
    sgd = SGD(learning_rate=0.1, sampling=kind, batch_size=batch, **more)
    sampling = sampling_of(page, sgd)
    cards = [
        ([value for value, _ in way], math.prod(p for _, p in way))
        for way in itertools.product(SIGNS, repeat=size or steps * batch)
    ]
    right = exact_orders(cards, steps, sampling, "3/10", SIGNS)
    tensors = SampleTensors(page, np.array([0.3]), 4)
    for order in range(1, 5):
        computed = loss_order(tensors, 1.0, steps, sampling, order)
        assert computed.value == pytest.approx(right[order], rel=1e-10)
        assert computed.size >= abs(computed.value) * (1 - 1e-12)


@pytest.mark.parametrize(
    ("kind", "batch", "steps"),
    [("iid", 1, 3), ("iid", 2, 2), ("without-replacement", 2, 3), ("reshuffled", 1, 4),
     ("without-replacement", 3, 3), ("fixed", 3, 3)],
)  # fmt: skip
def test_orders_on_rows(kind, batch, steps):
    column = [Fraction(1, 2), Fraction(-1), Fraction(5, 4)]
    page = Landscape.from_loss(FORMULA, coordinates="w", data={"x": [float(v) for v in column]})
    sgd = SGD(learning_rate=0.1, sampling=kind, batch_size=batch).bound(page)
    sampling = sampling_of(page, sgd)
    test = [(value, Fraction(1, 3)) for value in column]
    dealing = Sampling(kind, batch, 3)
    right = exact_orders([(column, Fraction(1))], steps, dealing, "3/10", test)
    tensors = SampleTensors(page, np.array([0.3]), 4)
    for order in range(1, 5):
        computed = loss_order(tensors, 1.0, steps, sampling, order)
        assert computed.value == pytest.approx(right[order], rel=1e-10)


@pytest.mark.parametrize("law", [Normal(0.5, 2), Uniform(-1, 2), Exponential(0.7)], ids=str)
def test_moments_of_every_law_are_exact(law):
    """One step from 0 on w x^3/3 - w^2 x: E of a polynomial of x by its moments."""
    page = Landscape.from_loss("w*x**3/3 - w**2*x", coordinates="w", samples={"x": law})
    tensors = SampleTensors(page, np.array([0.0]), 3)
    shift, scale = (
        sp.nsimplify(part) if not isinstance(part, str) else sp.sympify(part)
        for part in law.affine()
    )
    xi = sp.Symbol("xi")
    x = shift + scale * xi

    def mean(expression):
        return sum(
            c * law.standard.moment(k) for (k,), c in sp.Poly(sp.expand(expression), xi).terms()
        )

    curvature, squares = mean(-x), mean((x**3 / 3) ** 2)
    computed = loss_order(tensors, 1.0, 1, Sampling("fresh", 1), 2)
    assert computed.value == pytest.approx(float(curvature * squares), rel=1e-12)


def test_third_and_fifth_order_of_cubic_chi_are_those_of_its_page():
    chi = landscapes.cubic_chi()
    tensors = SampleTensors(chi, np.array([0.0]), 6)
    for steps in (1, 2, 4, 9):
        orders = [
            loss_order(tensors, 1.0, steps, Sampling("fresh", 1), d).value for d in range(1, 7)
        ]
        fifth = -6 * steps * (steps - 1) * (7 * steps + 34)
        assert orders == pytest.approx([0, 0, 8 * steps, 0, fifth, 0], rel=1e-12)


def test_the_loss_of_cubic_chi_lies_within_the_truncation():
    """Measured .002880(46); the second order, 0, is off by all of it and must say so."""
    chi, sgd = landscapes.cubic_chi(), SGD(learning_rate=0.05)
    predicted = theory.test_loss(chi, sgd, steps=4, start=0)
    assert predicted.value == 0
    assert predicted.valid
    third, fifth = 32 * 0.05**3, 4464 * 0.05**5
    assert predicted.truncation == pytest.approx(third + fifth, rel=1e-12)
    x, w = np.polynomial.hermite_e.hermegauss(9)
    paths = np.array(list(itertools.product(range(9), repeat=4)))
    theta = np.zeros(len(paths))
    for k in range(4):
        theta = theta - 0.05 * (3 * theta**2 - (x[paths[:, k]] ** 2 - 1))
    truth = float((w / w.sum())[paths].prod(axis=1) @ theta**3)
    assert truth == pytest.approx(0.002880, abs=2 * 0.000046)
    assert truth < predicted.truncation < 3 * truth
    # further on the orders grow, and it says that too
    assert not theory.test_loss(chi, SGD(learning_rate=0.15), steps=4, start=0).valid


def page(formula, coordinates="w"):
    return Landscape.from_loss(formula, coordinates=coordinates, samples={"x": Normal()})


EXACT = {
    "a line": (page("w*x + w"), [0.3], 5),
    "one step on a parabola": (landscapes.mean_estimation(), [1.0], 1),
    "noise along the valley only": (page("w**2 + v*x", "w v"), [0, 0], 40),
    "no noise at a minimum": (page("w**2 + 0*x"), [0], 7),
}
NOT_EXACT = {
    "two steps on a parabola": (landscapes.mean_estimation(), [1.0], 2, True),
    "a quartic minimum": (page("w**4 - w*x"), [0], 4, True),
    "one step on a cubic": (page("w**3 - w*x**2"), [0], 1, True),
    "of sixth degree": (page("w**6 - w*x"), [0], 4, False),
    "of eighth degree": (page("w**8 - w*x"), [0], 4, False),
}


@pytest.mark.parametrize("case", EXACT)
def test_a_truncation_is_zero_where_the_series_ends(case):
    where, start, steps = EXACT[case]
    predicted = theory.test_loss(where, SGD(learning_rate=0.1), steps=steps, start=start)
    assert predicted.truncation == 0
    assert predicted.valid


@pytest.mark.parametrize("case", NOT_EXACT)
def test_and_only_there(case):
    where, start, steps, valid = NOT_EXACT[case]
    predicted = theory.test_loss(where, SGD(learning_rate=0.05), steps=steps, start=start)
    assert predicted.truncation > 0
    assert predicted.valid == valid


def test_a_full_batch_has_no_orders_of_noise():
    """Where the mean gradient vanishes every order does: full-batch descent stays."""
    rows = Landscape.from_loss("(w - x)**2/2 + w**3*x/9", coordinates="w", data={"x": [1.0, -1.0]})
    assert rows.gradient([0.0]).item() == 0
    for kind in ("fixed", "reshuffled", "without-replacement"):
        full = SGD(learning_rate=0.1, sampling=kind, batch_size="full")
        predicted = theory.test_loss(rows, full, steps=5, start=[0.0])
        assert predicted.truncation == 0
        assert predicted.value == pytest.approx(0.5)


def test_many_features_are_no_obstacle(rng):
    x, y = rng.normal(size=(60, 25)) / 5, rng.normal(size=60)
    line = landscapes.linear_regression(x, y)
    sgd = SGD(learning_rate=0.05, sampling="reshuffled", batch_size=4)
    predicted = theory.test_loss(line, sgd, steps=5, start=np.full(25, 0.1))
    assert predicted.valid
    assert 0 < predicted.truncation < 1e-3 * predicted.value


@pytest.mark.parametrize("steps", [0, -1, 2.0, True])
def test_steps_are_a_whole_number(steps):
    with pytest.raises((TypeError, ValueError), match=f"steps={steps}; .* a whole number"):
        theory.test_loss(landscapes.gaussian_fit(), SGD(learning_rate=0.1), steps=steps, start=0.5)
