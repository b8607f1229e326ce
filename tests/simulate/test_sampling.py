"""Training sets: which samples an SGD step sees, and that the way of choosing them is physics."""

import itertools
import json

import numpy as np
import pytest

from driftscape import landscapes, simulate
from driftscape.landscapes import Landscape, Normal, Uniform
from driftscape.simulate.backends.codegen.kernel import kernel_source
from driftscape.simulate.backends.cpu.compile import assembly, outside_calls
from driftscape.simulate.sampling import collect, lay_out

SGD = simulate.SGD
MODES = ("iid", "without-replacement", "fixed", "reshuffled")


def dealt(sampling, train_size, steps, trajectories, batch_size=1, seed=3):
    """Mean sample of every batch, (trajectories, steps), and the training sets in canonical order.

    On the loss -x theta a step of rate 1 moves theta by the batch's mean of x; steps are rounded
    away from the path by at most 1e-14 of its size.
    """
    line = Landscape.from_loss("-x*theta", coordinates="theta", samples={"x": Normal()})
    sgd = SGD(learning_rate=1.0, sampling=sampling, train_size=train_size, batch_size=batch_size)
    run = simulate.run(line, sgd, steps=steps, trajectories=trajectories, seed=seed, save_every=1)
    return np.diff(run.state.values[:, :, 0]), run.training.values[:, :, 0]


def places(sampling, train_size, steps, trajectories, **more):
    """Rank of the card dealt at every step among the training set, (trajectories, steps)."""
    moves, cards = dealt(sampling, train_size, steps, trajectories, **more)
    ranks = np.sort(cards)
    found = np.abs(moves[:, :, None] - ranks[:, None, :]).argmin(axis=2)
    assert np.allclose(np.take_along_axis(ranks, found, axis=1), moves, atol=1e-11)
    return found


def chi_square(counts):
    """Distance of counts from equal counts in standard deviations of the chi-square law."""
    expected = counts.sum() / counts.size
    value = ((counts - expected) ** 2 / expected).sum()
    return (value - (counts.size - 1)) / np.sqrt(2 * (counts.size - 1))


def orders(ranks):
    """How often each order of the cards occurred."""
    names = {p: i for i, p in enumerate(itertools.permutations(range(ranks.shape[1])))}
    return np.bincount([names[tuple(r)] for r in ranks], minlength=len(names))


@pytest.mark.fast_cases("reshuffled-10.2")
@pytest.mark.parametrize(
    ("sampling", "climb"), [("fixed", 7.45), ("reshuffled", 10.2), ("iid", 15.4)]
)
def test_epochs_slow_the_screw_down_each_in_its_own_way(sampling, climb):
    """Heights from plain NumPy loops, 7.44(4), 10.24(15), 15.40(24); fresh samples give 17.77."""
    sgd, n = SGD(learning_rate=0.1, sampling=sampling, train_size=10), 20_000
    run = simulate.run(
        landscapes.archimedes(), sgd, epochs=1000, trajectories=n, seed=1, keep="final"
    )
    z = run.final.sel(coordinate="z").values
    assert z.std() / np.sqrt(n) < 0.25 / 4
    assert abs(z.mean() - climb) < 0.25
    for other in {7.45, 10.2, 15.4, 17.77} - {climb}:
        assert abs(z.mean() - other) > 0.25


def test_the_independent_loop_climbs_like_the_kernel():
    """A NumPy loop with its own generator, short enough to run here: the same mean height."""
    rng, n, eta, steps = np.random.default_rng(4), 20_000, 0.1, 400
    cards = rng.standard_normal((10, n))
    u, v, z = np.zeros((3, n))
    for k in range(steps):
        x = cards[k % 10]
        c, s, cc, ss = np.cos(z), np.sin(z), np.cos(z - np.pi / 4), np.sin(z - np.pi / 4)
        w = u * c + v * s
        slope = (
            u + w * c + x * cc, v + w * s + x * ss, w * (v * c - u * s) + x * (v * cc - u * ss)
        )  # fmt: skip
        u, v, z = u - eta * slope[0], v - eta * slope[1], z - eta * slope[2]

    def climbed(sampling):
        sgd = SGD(learning_rate=eta, sampling=sampling, train_size=10)
        run = simulate.run(
            landscapes.archimedes(), sgd, steps=steps, trajectories=n, seed=5, keep="final"
        )
        return run.final.sel(coordinate="z").values

    ours, twin = climbed("fixed"), climbed("reshuffled")
    error = np.sqrt((z.var() + ours.var()) / n)
    assert abs(z.mean() - ours.mean()) < 4 * error
    assert abs(z.mean() - twin.mean()) > 4 * error


def test_a_fixed_order_comes_back_every_epoch():
    ranks = places("fixed", 5, 20, 50)
    assert (np.sort(ranks[:, :5]) == np.arange(5)).all()
    assert (ranks.reshape(50, 4, 5) == ranks[:, None, :5]).all()


@pytest.mark.slow
def test_reshuffled_epochs_hold_every_card_once_in_every_order_equally():
    trajectories, epochs = 2000, 30
    ranks = places("reshuffled", 3, 3 * epochs, trajectories).reshape(trajectories, epochs, 3)
    assert (np.sort(ranks) == np.arange(3)).all()
    assert chi_square(orders(ranks.reshape(-1, 3))) < 4
    # successive epochs are independent: all 36 pairs of orders alike
    pairs = np.array([orders(ranks[:, 1::2][(ranks[:, ::2] == p).all(axis=2)])
                      for p in itertools.permutations(range(3))])  # fmt: skip
    assert chi_square(pairs) < 4
    # the twin: a shuffle that swaps with any card at all favours some orders
    rng, twin = np.random.default_rng(0), np.tile(np.arange(3), (trajectories * epochs, 1))
    rows = np.arange(len(twin))
    for k in range(3):
        j = rng.integers(0, 3, len(twin))
        twin[rows, k], twin[rows, j] = twin[rows, j], twin[rows, k].copy()
    assert chi_square(orders(twin)) > 4


def test_draws_with_replacement_are_uniform_and_independent():
    ranks = places("iid", 7, 200, 500)
    assert chi_square(np.bincount(ranks.ravel(), minlength=7)) < 4
    pairs = 7 * ranks[:, ::2] + ranks[:, 1::2]
    assert chi_square(np.bincount(pairs.ravel(), minlength=49)) < 4
    shuffled = places("reshuffled", 7, 200, 500)  # the twin: never the same card twice in a row
    pairs = 7 * shuffled[:, ::2] + shuffled[:, 1::2]
    assert chi_square(np.bincount(pairs.ravel(), minlength=49)) > 4


@pytest.mark.parametrize("batch_size", [1, 3, 8, 15])
def test_the_covariance_of_batches_without_replacement(batch_size):
    """(N - b)/((N - 1) b) D, with D the covariance of the training set: zero for the full batch."""
    size, steps, n = 16, 60, 2000
    means, cards = dealt("without-replacement", size, steps, n, batch_size)
    ratio = ((means - cards.mean(axis=1, keepdims=True)) ** 2).mean(axis=1) / cards.var(axis=1)
    theory = (size - batch_size) / ((size - 1) * batch_size)
    error = ratio.std() / np.sqrt(n)
    assert abs(ratio.mean() - theory) < 4 * error
    twin = 1 / batch_size if batch_size > 1 else theory * size / (size - 1)
    assert abs(ratio.mean() - twin) > 4 * error  # with replacement; for b = 1 over N - 1


def test_a_full_batch_without_replacement_has_no_noise():
    means, cards = dealt("without-replacement", 16, 30, 100, batch_size=16)
    assert np.abs(means - cards.mean(axis=1, keepdims=True)).max() < 1e-13


def test_a_place_is_never_past_the_last_card_and_reaches_both_ends():
    """floor(u N) with u from the 52 upper bits of a word: each place to 2**-52, as in kernels."""
    for size in (1, 2, 3, 7, 10, 1000, 2**20 + 1, 2**31 - 1):
        for k, place in ((0, 0), (2**52 - 1, size - 1)):
            assert np.floor((k + 0.5) * 2.0**-52 * size) == place
    for size in (3, 7, 10):  # the first word of each place is the exact one, give or take one
        for place in range(1, size):
            first = -(-place * 2**52 // size)
            assert np.floor((first + 1.5) * 2.0**-52 * size) == place
            assert np.floor((first - 1.5) * 2.0**-52 * size) == place - 1


@pytest.mark.slow
def test_a_training_set_has_its_law_and_belongs_to_its_trajectory():
    line = Landscape.from_loss(
        "(theta - x)**2/2 + y*theta",
        coordinates="theta",
        samples={"x": Normal(2, 3), "y": Uniform()},
    )

    def sets(**changes):
        sgd = SGD(learning_rate=0.1, sampling="fixed", train_size=50)
        settings = {"steps": 1, "trajectories": 400, "seed": 1, "keep": "final"}
        return simulate.run(line, sgd, **(settings | changes)).training

    cards = sets()
    assert cards.dims == ("trajectory", "sample", "variable")
    assert list(cards["variable"].values) == ["x", "y"]
    x, y = cards.values[..., 0], cards.values[..., 1]
    assert abs(x.mean()) < 4 / np.sqrt(x.size)
    assert abs(x.var() - 1) < 4 * np.sqrt(2 / x.size)
    assert abs(y.mean() - 0.5) < 4 * np.sqrt(1 / 12 / y.size)
    assert (cards[100:].values == sets(trajectories=range(100, 400)).values).all()
    assert not (cards.values == sets(seed=2).values).any()
    assert np.abs(np.corrcoef(x[:2])[0, 1]) < 4 / np.sqrt(50)


@pytest.mark.parametrize("count", [1, 64, 70, 128, 130])
@pytest.mark.parametrize(("size", "variables"), [(0, 0), (5, 2), (64, 1), (150, 3)])
def test_laying_out_and_collecting_are_inverse(count, size, variables):
    cards = np.random.default_rng(0).standard_normal((count, size, variables)).round(1) * 10
    deck = lay_out(cards, 64)
    assert deck.shape == (-(-count // 64), variables, size, 64)
    for number in range(count):
        assert (deck[number // 64, ..., number % 64] == cards[number].T).all()
    assert not deck[-1, ..., (count - 1) % 64 + 1 :].any()
    assert (collect(deck, count) == cards).all()
    whole = collect(deck, count, np.int64)
    assert whole.dtype == np.int64
    assert (whole == cards).all()


@pytest.mark.fast_cases("1-reshuffled", "3-without-replacement")
@pytest.mark.parametrize("sampling", ["reshuffled", "without-replacement"])
@pytest.mark.parametrize("batch_size", [1, 3])
def test_finding_out_when_a_trajectory_diverged_leaves_the_decks_of_others_alone(
    sampling, batch_size
):
    quartic = Landscape.from_loss(
        "theta**4/4 - x*theta", coordinates="theta", samples={"x": Normal()}
    )
    start = np.linspace(-6, 6, 90)[:, None]  # |theta| > sqrt(2/eta) leaves for good
    sgd = SGD(learning_rate=0.1, sampling=sampling, train_size=9, batch_size=batch_size)

    def go(**changes):
        settings = {"steps": 40, "trajectories": 90, "seed": 1, "start": start, "keep": "final"}
        with pytest.warns(simulate.DivergenceWarning):
            return simulate.run(quartic, sgd, **(settings | changes))

    whole, reference = go(), go(backend="numpy")
    assert 10 < (whole.diverged >= 0).sum() < 80
    assert (whole.diverged == reference.diverged).all()
    assert np.allclose(whole.training, reference.training, rtol=1e-13)
    assert np.allclose(whole.final, reference.final, rtol=1e-9, equal_nan=True)


@pytest.mark.slow
def test_saved_and_loaded_the_run_goes_on_as_if_never_stopped(tmp_path):
    import xarray as xr

    fit = landscapes.gaussian_fit()
    sgd = SGD(learning_rate=0.05, sampling="reshuffled", train_size=6, batch_size=2)
    whole = simulate.run(fit, sgd, steps=50, trajectories=70, seed=2)
    part = simulate.run(
        fit, sgd, steps=20, trajectories=70, seed=2, save_every=whole.step.values[1]
    )
    part.to_netcdf(tmp_path / "part.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "part.nc", engine="h5netcdf") as loaded:
        assert simulate.dynamics_of(loaded) == sgd
        assert simulate.run(resume=loaded.load(), steps=30).identical(whole)


def test_epochs_are_passes_through_the_training_set():
    sgd = SGD(learning_rate=0.05, sampling="reshuffled", train_size=6, batch_size=2)
    fit = landscapes.gaussian_fit()
    by_epochs = simulate.run(fit, sgd, epochs=4, trajectories=3, seed=2)
    assert by_epochs.identical(simulate.run(fit, sgd, steps=12, trajectories=3, seed=2))
    full = SGD(learning_rate=0.05, sampling="fixed", train_size=6, batch_size="full")
    assert simulate.run(fit, full, epochs=4, seed=2).step.values[-1] == 4


def test_every_field_survives_the_dataset():
    """As JSON, from NumPy's numbers too."""
    rates = (np.float64(0.1), "0.1/(1 + step)", np.diag([0.1, 0.2, 0.3]))
    for rate, sampling in itertools.product(rates, MODES):
        sgd = SGD(
            learning_rate=rate,
            sampling=sampling,
            train_size=np.int64(6),
            batch_size="full",
            momentum=0.5,
            nesterov=True,
        )
        copy = simulate.dynamics.dynamics_from_dict(json.loads(json.dumps(sgd.to_dict())))
        assert copy == sgd
        assert hash(copy) == hash(sgd)


def test_sizes_and_rates_are_run_time_values_of_one_kernel():
    def text(sampling, size, batch):
        sgd = SGD(learning_rate=1 / size, sampling=sampling, train_size=size, batch_size=batch)
        return kernel_source(sgd.step(landscapes.gaussian_fit())).text

    for sampling in MODES:
        assert text(sampling, 10, 2) == text(sampling, 300, 100)
    assert len({text(sampling, 10, 2) for sampling in MODES}) == len(MODES)


@pytest.mark.fast_cases("fixed", "iid")
@pytest.mark.parametrize("sampling", MODES)
def test_no_scalar_function_is_called(sampling):
    sgd = SGD(learning_rate=0.1, sampling=sampling, train_size=8, batch_size=2, momentum=0.5)
    assert outside_calls(assembly(sgd.step(landscapes.archimedes()))) == set()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"sampling": "shuffled"}, "one of 'fresh', 'iid'"),
        ({"train_size": 10}, "has no training set"),
        ({"batch_size": "full"}, "needs a training set"),
        ({"sampling": "fixed", "train_size": 0}, "whole number >= 1"),
        ({"sampling": "fixed", "train_size": 3, "batch_size": 4}, "more than train_size=3"),
        ({"sampling": "fixed", "train_size": 10, "batch_size": 4}, "not a multiple"),
        ({"batch_size": 0}, "whole number >= 1"),
        ({"momentum": 1.0}, r"\[0, 1\)"),
        ({"momentum": -0.1}, r"\[0, 1\)"),
        ({"nesterov": True}, "give momentum="),
        ({"learning_rate": "0.1/(1 + t)"}, "formula of `step`"),
        ({"learning_rate": "step - 1"}, "at step 0"),
        ({"learning_rate": [[0.1, 0.2]]}, "must be square"),
        ({"learning_rate": [[0.1, 0.5], [0.5, 0.1]]}, "positive definite"),
        ({"learning_rate": 0}, "positive finite number"),
    ],
)
def test_wrong_combinations_have_their_sentence(fields, message):
    with pytest.raises(ValueError, match=message):
        SGD(**({"learning_rate": 0.1} | fields))


def test_wrong_runs_have_their_sentence():
    fit, fresh = landscapes.gaussian_fit(), SGD(learning_rate=0.1)
    epochs = SGD(learning_rate=0.1, sampling="without-replacement", train_size=7, batch_size=2)
    with pytest.raises(ValueError, match="has no training set"):
        simulate.run(fit, fresh, epochs=3)
    for batch_size in (1, "full"):
        with pytest.raises(ValueError, match="give train_size="):
            simulate.run(fit, SGD(learning_rate=0.1, sampling="fixed", batch_size=batch_size))
    with pytest.raises(ValueError, match="epochs=2: give one of them"):
        simulate.run(fit, epochs, steps=3, epochs=2)
    with pytest.raises(ValueError, match="not a whole number of batches"):
        simulate.run(fit, epochs, epochs=3)
    with pytest.raises(ValueError, match="at step 11"):
        simulate.run(fit, SGD(learning_rate="(10.5 - step)/100"), steps=20)
    with pytest.raises(ValueError, match="3 coordinates"):
        simulate.run(landscapes.archimedes(), SGD(learning_rate=[[0.1, 0], [0, 0.1]]), steps=2)
    with pytest.raises(ValueError, match="max_bytes="):
        simulate.run(fit, epochs, epochs=2, trajectories=1000, max_bytes=10_000, keep="final")
