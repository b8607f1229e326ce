"""Histograms: shares of states, their errors, and laws beside them."""

import numpy as np
import pytest

from driftscape import landscapes, plot, simulate, theory
from driftscape.analysis import TooFewData

WELL = landscapes.quartic_well()
USUAL = {"seed": 1, "backend": "numpy", "steps": 300, "trajectories": 40, "save_every": 10}


def bars(ax, number=0):
    """Centres, densities and standard errors of a histogram."""
    points, _, (stems,) = ax.containers[number].lines
    ends = np.array([path[:, 1] for path in stems.get_segments()])
    return (*points.get_data(), (ends[:, 1] - ends[:, 0]) / 2)


def test_densities_are_shares_over_widths_with_the_scatter_of_trajectories(line):
    edges = np.linspace(-2, 2, 9)
    x, density, error = bars(plot.histogram(line, bins=edges, discard_steps=100))
    states = line.state.isel(coordinate=0).values[:, 10:]
    each = np.array([np.histogram(row, edges)[0] / len(row) / 0.5 for row in states])
    seen = each.mean(axis=0) > 0
    np.testing.assert_allclose(x, ((edges[1:] + edges[:-1]) / 2)[seen])
    np.testing.assert_allclose(density, each.mean(axis=0)[seen])
    np.testing.assert_allclose(error, (each.std(axis=0, ddof=1) / np.sqrt(40))[seen])


def test_final_states_have_poisson_errors(line):
    edges = np.linspace(-2, 2, 9)
    _, density, error = bars(plot.histogram(line, at="final", bins=edges))
    counts = np.histogram(line.final.values, edges)[0]
    counts = counts[counts > 0]
    np.testing.assert_allclose(density, counts / 40 / 0.5)
    np.testing.assert_allclose(error, np.sqrt(counts) / 40 / 0.5)


def test_states_outside_the_edges_belong_to_the_whole(line):
    _, density, _ = bars(plot.histogram(line, at="final", bins=[-0.5, 0, 0.5]))
    share = (abs(line.final.values) <= 0.5).mean()
    assert density.sum() * 0.5 == pytest.approx(share)


def test_sgd_its_sde_and_gradient_descent_in_one_picture():
    sgd = simulate.SGD(learning_rate=0.1)
    runs = {
        "SGD": simulate.run(WELL, sgd, **USUAL), "SDE": simulate.run(WELL, sgd.as_sde(), **USUAL),
        "GD": simulate.run(WELL, simulate.GD(learning_rate=0.1), start=-1.5, **USUAL),
    }  # fmt: skip
    ax = plot.histogram(runs, law="gibbs", discard_steps=200)
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts == [r"$e^{-\beta \Phi}/Z$, $\beta$ = 20", "GD: at rest", "SGD", "SDE"]
    (rest,) = [each for each in ax.lines if each.get_label() == "GD: at rest"]
    assert rest.get_xdata()[0] == pytest.approx(-1, abs=1e-6)
    assert len({each.lines[0].get_color() for each in ax.containers}) == 2


@pytest.mark.parametrize("name", ["x1", "x2"])
def test_the_gibbs_law_of_a_coordinate_is_the_marginal_of_the_operator(name, plane):
    wells = landscapes.double_well()
    fp = theory.fokker_planck(wells, beta=4, shape=128)
    edges = np.linspace(-2, 2, 9)
    laws = {"gibbs": "gibbs", "operator": fp, "array": fp.steady_state()}
    ax = plot.histogram(plane, name, law=laws, bins=edges, discard_steps=0)
    gibbs, operator, array = (each.get_data() for each in ax.lines[:3])
    np.testing.assert_allclose(np.interp(operator[0], *gibbs), operator[1], atol=5e-3)
    np.testing.assert_array_equal(operator[1], array[1])
    assert {each.get_color() for each in ax.lines[:3]} == {"black"}
    assert len({each.get_linestyle() for each in ax.lines[:3]}) == 3


def test_a_function_is_a_law(line):
    ax = plot.histogram(line, law={"flat": lambda x: 0.25}, at="final")
    assert (ax.lines[0].get_ydata() == 0.25).all()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("$x$", "density of $x$")


def test_too_few_data_are_refused(line):
    with pytest.raises(TooFewData, match="16 trajectories"):
        plot.histogram(line.isel(trajectory=slice(3)), discard_steps=0)
    with pytest.raises(ValueError, match="without x"):
        plot.histogram(line, law=theory.fokker_planck(
            landscapes.mean_estimation(), beta=1).steady_state(), at="final")  # fmt: skip
