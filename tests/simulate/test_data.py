"""SGD on given data: which rows a step sees, what is stored, and the exact steady state."""

import itertools
import json

import numpy as np
import pytest

from driftscape import analysis, landscapes, simulate, theory
from driftscape.landscapes import Landscape, NotAvailable
from driftscape.simulate.backends.codegen.kernel import kernel_source
from driftscape.simulate.backends.cpu.compile import assembly, outside_calls

SGD = simulate.SGD
MODES = ("fresh", "iid", "without-replacement", "fixed", "reshuffled")


def rows_dealt(sampling, size, steps, trajectories, batch_size=1, seed=3):
    """Which rows each step's batch had, (trajectories, steps, size) of zeros and ones (or counts).

    On the loss -x theta a step of rate batch_size moves theta by the sum of the batch's x; with x
    the powers of a number above the batch size the digits of that sum say how often each row came.
    """
    base = batch_size + 1
    powers = float(base) ** np.arange(size)  # the reference: kernels deal alike (test_reference)
    line = Landscape.from_loss("-x*theta", coordinates="theta", data={"x": powers})
    sgd = SGD(learning_rate=batch_size, sampling=sampling, batch_size=batch_size)
    settings = {"steps": steps, "trajectories": trajectories, "seed": seed, "save_every": 1}
    run = simulate.run(line, sgd, backend="numpy", **settings)
    moves = np.rint(np.diff(run.state.values[:, :, 0]))
    return (moves[:, :, None] // powers % base).astype(int)


def chi_square(counts):
    """Distance of counts from equal counts in standard deviations of the chi-square law."""
    expected = counts.sum() / counts.size
    value = ((counts - expected) ** 2 / expected).sum()
    return (value - (counts.size - 1)) / np.sqrt(2 * (counts.size - 1))


@pytest.mark.parametrize("sampling", ["fresh", "iid"])
def test_rows_are_drawn_uniformly_and_independently(sampling):
    dealt = rows_dealt(sampling, 7, 100, 500)
    assert (dealt.sum(axis=2) == 1).all()
    rows = dealt.argmax(axis=2)
    assert chi_square(np.bincount(rows.ravel(), minlength=7)) < 4
    pairs = 7 * rows[:, ::2] + rows[:, 1::2]
    assert chi_square(np.bincount(pairs.ravel(), minlength=49)) < 4
    twin = rows_dealt("reshuffled", 7, 98, 500).argmax(axis=2)  # never the same row twice in a row
    pairs = 7 * twin[:, ::2] + twin[:, 1::2]
    assert chi_square(np.bincount(pairs.ravel(), minlength=49)) > 4


def test_fresh_samples_of_data_are_rows_drawn_independently():
    page = landscapes.linear_regression()
    a, b = (
        simulate.run(page, SGD(learning_rate=0.1, sampling=s), steps=50, trajectories=5, seed=3)
        for s in ("fresh", "iid")
    )
    assert (a.state == b.state).all()


@pytest.mark.parametrize("batch_size", [1, 2])
def test_a_fixed_order_is_that_of_the_rows_for_every_trajectory(batch_size):
    dealt = rows_dealt("fixed", 6, 12, 70, batch_size)
    wanted = np.zeros((12, 6), dtype=int)
    for k in range(12):
        wanted[k, (k * batch_size + np.arange(batch_size)) % 6] = 1
    assert (dealt == wanted).all()


def test_fifty_features_descend_like_a_plain_loop():
    rng = np.random.default_rng(8)
    X = rng.standard_normal((60, 50))
    y = X.sum(axis=1) + rng.standard_normal(60)
    page = landscapes.linear_regression(X, y)
    sgd = SGD(learning_rate=0.01, sampling="fixed", batch_size=4)
    run = simulate.run(page, sgd, epochs=2, backend="numpy")
    w = np.zeros(50)
    for k in range(30):
        rows = (4 * k + np.arange(4)) % 60
        w -= 0.01 * X[rows].T @ (X[rows] @ w - y[rows]) / 4
    assert np.allclose(run.final.values[0], w, rtol=1e-12, atol=1e-14)


def test_reshuffled_epochs_hold_every_row_once_in_every_order_equally():
    dealt = rows_dealt("reshuffled", 3, 60, 1000).reshape(1000, 20, 3, 3)
    assert (dealt.sum(axis=2) == 1).all()
    names = {p: i for i, p in enumerate(itertools.permutations(range(3)))}
    orders = dealt.argmax(axis=3).reshape(-1, 3)
    assert chi_square(np.bincount([names[tuple(o)] for o in orders.tolist()], minlength=6)) < 4
    first = dealt[:, 0].argmax(axis=2)  # trajectories do not share their orders
    assert chi_square(np.bincount([names[tuple(o)] for o in first.tolist()], minlength=6)) < 4


def test_batches_without_replacement_are_distinct_rows_and_each_pair_alike():
    dealt = rows_dealt("without-replacement", 5, 60, 300, batch_size=2)
    assert (dealt.max(axis=2) == 1).all()
    assert (dealt.sum(axis=2) == 2).all()
    pairs = dealt.reshape(-1, 5) @ 2 ** np.arange(5)
    counts = np.bincount(pairs, minlength=32)
    assert chi_square(counts[counts > 0]) < 4
    assert (counts > 0).sum() == 10
    twin = rows_dealt("iid", 5, 60, 300, batch_size=2)
    assert (twin.max(axis=2) == 2).any()


@pytest.mark.parametrize("batch_size", [1, 3, 10])
def test_the_covariance_of_batches_without_replacement(batch_size):
    """(N - b)/((N - 1) b) D of the given rows: zero for the full batch."""
    page, n, eta = landscapes.linear_regression(), 40_000, 1e-3
    w = np.array([5.0, 4.0])

    def kicks(sampling):
        sgd = SGD(learning_rate=eta, sampling=sampling, batch_size=batch_size)
        run = simulate.run(page, sgd, steps=1, trajectories=n, seed=2, start=w, keep="final")
        return -(run.final.values - w) / eta

    def distance(moves, predicted):
        centred = moves - page.gradient(w)
        products = centred[:, [0, 0, 1]] * centred[:, [0, 1, 1]]
        error = products.std(axis=0) / np.sqrt(n)
        return (np.abs(products.mean(axis=0) - predicted[[0, 0, 1], [0, 1, 1]]) / error).max()

    d = page.covariance(w)
    without = (11 - batch_size) / (10 * batch_size) * d
    assert distance(kicks("without-replacement"), without) < 4
    assert distance(kicks("iid"), d / batch_size) < 4
    if batch_size > 1:
        assert distance(kicks("without-replacement"), d / batch_size) > 4
    full = SGD(learning_rate=eta, sampling="without-replacement", batch_size="full")
    run = simulate.run(page, full, steps=5, trajectories=70, seed=2, start=w)
    assert np.ptp(run.final.values, axis=0).max() < 1e-14


def exact_second_moment(X, y, eta, batch_size, distinct=False):
    """Stationary E (w - w*)(w - w*)^T of SGD on rows drawn independently, by linear algebra.

    A step is e' = A e + c with A = 1 - eta mean x x^T and c = eta mean x r over the batch, so that
    E e'e'^T = E[A M A^T] + E[c c^T] + E[A m c^T] + its transpose with m = E e = 0 in the mean:
    the noise multiplies, and no D at the minimum gives this.
    """
    size, d = X.shape
    best = np.linalg.lstsq(X, y, rcond=None)[0]
    rest = y - X @ best
    H = X.T @ X / size
    outer = X[:, :, None] * X[:, None, :]
    same = 1 / batch_size
    # E over a batch of products of two means: a share `same` of pairs are one row, 1 - same two
    double = same * np.einsum("nij,nkl->ikjl", outer, outer) / size
    double = double + (1 - same) * np.einsum("ij,kl->ikjl", H, H)
    eye = np.eye(d)
    step = np.einsum("ij,kl->ikjl", eye, eye) - eta * (
        np.einsum("ij,kl->ikjl", H, eye) + np.einsum("ij,kl->ikjl", eye, H)
    )
    step = (step + eta**2 * double).reshape(d * d, d * d)
    kick = eta**2 * same * (X * rest[:, None] ** 2).T @ X / size
    return np.linalg.solve(np.eye(d * d) - step, kick.ravel()).reshape(d, d)


@pytest.mark.parametrize("batch_size", [1, 4])
def test_the_steady_state_of_linear_regression_is_exact(batch_size):
    rng = np.random.default_rng(5)
    X = rng.standard_normal((12, 2)) * [1.0, 0.5] + [0.3, 0.0]
    y = X @ [1.0, -2.0] + 0.5 * rng.standard_normal(12)
    eta, n, page = 0.25, 40_000, landscapes.linear_regression(X, y)
    sgd = SGD(learning_rate=eta, batch_size=batch_size)
    run = simulate.run(page, sgd, steps=400, trajectories=n, seed=1, keep="final")
    off = run.final.values - np.array(page.facts.minima[0])
    products = off[:, [0, 0, 1]] * off[:, [0, 1, 1]]
    error = products.std(axis=0) / np.sqrt(n)

    def distance(predicted):
        return (np.abs(products.mean(axis=0) - predicted[[0, 0, 1], [0, 1, 1]]) / error).max()

    assert distance(exact_second_moment(X, y, eta, batch_size)) < 4
    # the twin: noise of the minimum everywhere, M = A M A^T + eta^2 D/b
    D, A = page.covariance(page.facts.minima[0]), np.eye(2) - eta * X.T @ X / 12
    twin = np.linalg.solve(np.eye(4) - np.kron(A, A), eta**2 / batch_size * D.ravel()).reshape(2, 2)
    assert distance(twin) > 4


def test_the_sde_of_data_has_their_covariance():
    page = landscapes.logistic_regression()
    sde = SGD(learning_rate=0.1).as_sde()
    w, n = np.array([0.5, -1.0]), 20_000
    run = simulate.run(page, sde, steps=1, trajectories=n, seed=2, start=w, backend="numpy")
    moves = (run.final.values - w) / 0.1
    centred = moves + page.gradient(w)
    products = centred[:, [0, 0, 1]] * centred[:, [0, 1, 1]]
    error = products.std(axis=0) / np.sqrt(n)
    wanted = page.covariance(w)[[0, 0, 1], [0, 1, 1]]
    assert (np.abs(products.mean(axis=0) - wanted) < 4 * error).all()


def test_gdc_needs_no_train_size_on_data():
    """To second order GDC is where an epoch without replacement is, over all orders of 4 rows."""
    page = landscapes.logistic_regression([[1.0], [-0.5], [2.0], [0.3]], [1, 1, 0, 0])
    x, s = page.data["x0"], page.data["y"]
    gap = []
    for eta in (0.02, 0.01):
        ends = []
        for order in itertools.permutations(range(4)):
            w = 0.7
            for i in order:
                w += eta * s[i] * x[i] / (1 + np.exp(s[i] * x[i] * w))
            ends.append(w)
        run, plain = (
            simulate.run(page, dynamics(learning_rate=eta), steps=4, start=0.7, backend="numpy")
            for dynamics in (simulate.GDC, simulate.GD)
        )
        gap.append([abs(r.final.item() - np.mean(ends)) for r in (run, plain)])
    assert gap[0][0] / gap[1][0] == pytest.approx(8, rel=0.2)  # third order
    assert gap[0][1] / gap[1][1] == pytest.approx(4, rel=0.2)  # GD: second
    with pytest.raises(ValueError, match="is a data set"):
        simulate.GDC(learning_rate=0.1, train_size=4).step(page)


@pytest.mark.slow
def test_finding_out_when_a_trajectory_diverged_leaves_the_orders_of_others_alone():
    quartic = Landscape.from_loss(
        "theta**4/4 - x*theta", coordinates="theta", data={"x": np.linspace(-1, 2, 9)}
    )
    start = np.linspace(-6, 6, 90)[:, None]  # |theta| > sqrt(2/eta) leaves for good
    sgd = SGD(learning_rate=0.1, sampling="reshuffled", batch_size=3)

    def go(backend):
        with pytest.warns(simulate.DivergenceWarning):
            return simulate.run(
                quartic, sgd, steps=40, trajectories=90, seed=1, start=start, backend=backend
            )

    whole, reference = go("cpu"), go("numpy")
    assert 10 < (whole.diverged >= 0).sum() < 80
    assert (whole.diverged == reference.diverged).all()
    assert (whole.order == reference.order).all()
    assert np.allclose(whole.final, reference.final, rtol=1e-9, equal_nan=True)


def test_natural_gradient_on_data_goes_straight_to_the_best_variance():
    """In w = e^h the natural gradient is w' = w + learning_rate (mean x^2 - w), to first order."""
    x = np.array([0.3, -1.2, 2.0, 0.7])
    fit = Landscape.from_loss("(h + x**2*exp(-h))/2", coordinates="h", data={"x": x})
    model = {"x": landscapes.Normal(0, "exp(h/2)")}
    natural = simulate.NaturalGradient(learning_rate=0.1, model=model)
    run = simulate.run(fit, natural, start=0.5, steps=1, backend="numpy")
    assert run.final.item() == pytest.approx(0.5 + 0.1 * (np.mean(x**2) * np.exp(-0.5) - 1))
    run = simulate.run(fit, natural, start=0.5, steps=300, backend="numpy")
    assert run.final.item() == pytest.approx(np.log(np.mean(x**2)))


# -- what is stored --------------------------------------------------------------------------------


@pytest.mark.parametrize("sampling", MODES)
def test_a_saved_run_holds_its_data_and_goes_on_as_if_never_stopped(tmp_path, sampling):
    import xarray as xr

    page = landscapes.linear_regression()
    sgd = SGD(learning_rate=0.05, sampling=sampling)
    whole = simulate.run(page, sgd, steps=50, trajectories=70, seed=2)
    part = simulate.run(page, sgd, steps=20, trajectories=70, seed=2, save_every=1)
    part.to_netcdf(tmp_path / "part.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "part.nc", engine="h5netcdf") as loaded:
        loaded = loaded.load()
    assert simulate.landscape_of(loaded) == page
    assert simulate.dynamics_of(loaded) == sgd.bound(page)
    assert simulate.run(page, sgd, resume=loaded, steps=30).identical(whole)
    assert simulate.rerun(loaded).identical(loaded)
    assert ("order" in loaded) == (sampling in ("without-replacement", "reshuffled"))
    assert "training" not in loaded


def test_the_data_are_a_variable_and_no_text():
    """Ten thousand rows of fifty features are 4 MB: more than an attribute of a file holds."""
    X = np.random.default_rng(0).standard_normal((30_000, 2))
    page = landscapes.linear_regression(X, X[:, 0])
    run = simulate.run(page, SGD(learning_rate=0.1), steps=2, seed=1)
    assert len(run.provenance.item()) < 2000
    assert run.data.dims == ("sample", "variable")
    assert list(run["variable"].values) == ["x0", "x1", "y"]
    assert (run["data"].values[:, :2] == X).all()
    assert simulate.landscape_of(run) == page


def test_memory_of_orders_is_counted_and_the_others_need_none():
    page = landscapes.linear_regression(np.ones((1000, 2)), np.arange(1000))
    settings = {"steps": 2, "trajectories": 1000, "keep": "final", "max_bytes": 1e6}
    for sampling in ("fresh", "iid", "fixed"):
        simulate.run(page, SGD(learning_rate=0.1, sampling=sampling), **settings)
    for sampling in ("without-replacement", "reshuffled"):
        with pytest.raises(ValueError, match="orders of 1000 rows for 1000"):
            simulate.run(page, SGD(learning_rate=0.1, sampling=sampling), **settings)


@pytest.mark.slow
def test_epochs_are_passes_through_the_rows():
    page = landscapes.linear_regression(np.ones((6, 2)), np.arange(6.0))
    sgd = SGD(learning_rate=0.1, sampling="reshuffled", batch_size=2)
    run = simulate.run(page, sgd, epochs=4, trajectories=3, seed=2)
    assert run.step.values[-1] == 12
    assert simulate.dynamics_of(run).train_size == 6
    text = json.loads(json.dumps(simulate.dynamics_of(run).to_dict()))
    assert simulate.dynamics.dynamics_from_dict(text) == simulate.dynamics_of(run)


def test_other_data_of_the_same_columns_run_on_the_same_kernel():
    def text(rows, sampling):
        X = np.random.default_rng(rows).standard_normal((rows, 2))
        page = landscapes.linear_regression(X, X.sum(axis=1))
        return kernel_source(SGD(learning_rate=0.1, sampling=sampling).step(page)).text

    for sampling in MODES:
        assert text(12, sampling) == text(30, sampling)
    assert text(12, "fresh") == text(12, "iid") != text(12, "fixed")


@pytest.mark.fast_cases("fresh-2")
@pytest.mark.parametrize(
    ("sampling", "batch_size"), [("fresh", 2), ("fixed", 1), ("reshuffled", 2)]
)
def test_no_scalar_function_is_called(sampling, batch_size):
    sgd = SGD(learning_rate=0.1, sampling=sampling, batch_size=batch_size)
    page = landscapes.logistic_regression(np.eye(4), [0, 1, 1, 0], penalty=0.1)
    assert outside_calls(assembly(sgd.step(page))) == set()


def test_wrong_runs_have_their_sentence():
    page = landscapes.linear_regression()
    for given, message in (
        ({"sampling": "iid", "train_size": 10}, "11 rows of data"),
        ({"sampling": "reshuffled", "batch_size": 2}, "not a multiple of batch_size=2"),
        ({"sampling": "fixed", "batch_size": 12}, "more than train_size=11"),
    ):
        with pytest.raises(ValueError, match=message):
            simulate.run(page, SGD(learning_rate=0.1, **given), steps=2)
    with pytest.raises(ValueError, match="has no training set"):
        simulate.run(page, SGD(learning_rate=0.1), epochs=2)
    with pytest.raises(ValueError, match="known once train_size="):
        SGD(learning_rate=0.1, sampling="fixed", batch_size="full").batch  # noqa: B018
    with pytest.raises(NotAvailable, match="up to 8 coordinates"):
        simulate.Ito(beta=1, dt=0.1).step(landscapes.linear_regression(np.eye(9), np.ones(9)))


# -- losses ----------------------------------------------------------------------------------------


def test_train_loss_is_that_of_the_rows_and_test_loss_that_of_others():
    rng = np.random.default_rng(7)
    X = rng.standard_normal((60, 2))
    y = X @ [1, -2] + rng.standard_normal(60)
    page = landscapes.linear_regression(X[:10], y[:10])
    held_out = landscapes.linear_regression(X[10:], y[10:])
    run = simulate.run(page, SGD(learning_rate=0.1), steps=300, trajectories=200, seed=1)
    w = run.final.values

    def loss(rows):
        return ((w @ X[rows].T - y[rows]) ** 2).mean() / 2

    train, test = loss(slice(0, 10)), loss(slice(10, None))
    assert analysis.train_loss(run).value == pytest.approx(train)
    assert analysis.test_loss(run, on=held_out).value == pytest.approx(test)
    assert analysis.generalization_gap(run, on=held_out).value == pytest.approx(test - train)
    with pytest.raises(NotAvailable, match="give on="):
        analysis.test_loss(run)
    with pytest.raises(NotAvailable, match="give on="):
        analysis.generalization_gap(run)
    with pytest.raises(ValueError, match="same ones"):
        analysis.test_loss(run, on=landscapes.mean_estimation())
    full = SGD(learning_rate=0.1, sampling="fixed", batch_size="full")
    with pytest.raises(ValueError, match="drawn from a law"):
        theory.overfitting(page, full, steps=2)


@pytest.mark.parametrize(
    ("sampling", "batch_size", "wrong"),
    [("iid", 1, "reshuffled"), ("without-replacement", 2, "iid"), ("reshuffled", 1, "iid"),
     ("reshuffled", 2, "without-replacement")],
)  # fmt: skip
def test_second_order_loss_on_rows(sampling, batch_size, wrong):
    """Against all ways of dealing 4 rows for 3 (2, with batches) steps; the rest is third order."""
    page = landscapes.logistic_regression([[1.0], [-0.5], [2.0], [0.3]], [1, 1, 0, 0])
    x, s, steps = page.data["x0"], page.data["y"], 3 if batch_size == 1 else 2
    rows = range(4)
    batches = {
        "iid": lambda: itertools.product(itertools.product(rows, repeat=batch_size), repeat=steps),
        "without-replacement": lambda: itertools.product(
            itertools.combinations(rows, batch_size), repeat=steps
        ),
        "reshuffled": lambda: (
            [p[k * batch_size : (k + 1) * batch_size] for k in range(steps)]
            for p in itertools.permutations(rows)
        ),
    }[sampling]

    def mean_loss(eta):
        ends = []
        for path in batches():
            w = 0.7
            for batch in path:
                i = list(batch)
                w += eta * (s[i] * x[i] / (1 + np.exp(s[i] * x[i] * w))).mean()
            ends.append(w)
        return page.expected_loss(np.array(ends)[:, None]).mean()

    def error(kind, eta):
        sgd = SGD(learning_rate=eta, sampling=kind, batch_size=batch_size)
        predicted = theory.test_loss(page, sgd, steps=steps, start=0.7)
        return abs(predicted.value - mean_loss(eta))

    assert error(sampling, 0.02) / error(sampling, 0.01) == pytest.approx(8, rel=0.25)
    assert error(wrong, 0.02) / error(wrong, 0.01) == pytest.approx(4, rel=0.25)
    in_order = SGD(learning_rate=0.1, sampling="fixed")
    with pytest.raises(ValueError, match="their own order"):
        theory.test_loss(page, in_order, steps=2)
