"""What an agreement says: never more than its rows can tell, and no number that is none."""

import math
import warnings

import numpy as np
import pytest

from driftscape import analysis, landscapes, simulate, theory
from driftscape.analysis import Estimate
from driftscape.analysis.comparison.agreement import Agreement
from driftscape.analysis.comparison.rows import Rows, grid_theory
from driftscape.landscapes import Landscape, Normal, Rademacher
from driftscape.theory import Theory

MEAN, SGD = landscapes.mean_estimation(), simulate.SGD(learning_rate=0.1)


def agreement(*rows, joint=0.5, left_out=()):
    """Rows of z, bias and p of what is left."""
    return Agreement(
        tuple(f"row {k}" for k in range(len(rows))),
        tuple(Estimate(z, 1.0, 1000, "") for z, _, _ in rows),
        tuple(Theory(0.0, truncation=bias) for _, bias, _ in rows),
        (0.0,) * len(rows),
        tuple(p for _, _, p in rows),
        joint,
        dict(left_out),
    )


def test_a_row_that_its_bias_swamps_cannot_tell():
    result = agreement((-11.1, 190, 1.0), (0.3, 190, 1.0), (4.5, 1, 0.01), (1, 0.5, 0.6), (0, 0, 1))
    found = [c.verdict for c in result.comparisons]
    assert found == ["cannot tell", "cannot tell", "cannot tell", "agrees", "agrees"]
    assert result.agrees
    text = str(result).splitlines()
    assert text[0].endswith("z = -11.1, bias 1.9e+02  cannot tell")
    assert text[-1].endswith("not all below 0.1 standard errors: row 0, row 1, row 2, row 3")
    assert agreement((-11.1, 190, 1.0)).verdict == "cannot tell"
    assert not agreement((-11.1, 190, 1.0)).agrees


def test_a_rejected_row_is_in_the_p_value_of_all():
    """Its combinations were left out for their bias: yet it is twelve errors off, less one."""
    result = agreement((-12, 1, 1e-28), (0, 0, 1), joint=0.4)
    assert result.verdict == "rejected"
    assert not result.agrees
    assert result.p_value == pytest.approx(2e-28)
    assert agreement((1, 0, 0.3), (0, 0, 1), joint=0.4).p_value == 0.4
    assert agreement((1, 0, 0.3), joint=1e-9).verdict == "rejected"


def test_nothing_prints_a_number_that_is_none():
    result = agreement((0, 5, 1.0), joint=math.nan, left_out={"E y": "does not vary"})
    text = str(result)
    assert "nan" not in text
    assert "no p-value of all together" in text
    assert "E y    left out: does not vary" in text


def test_what_has_no_number_is_left_out_by_name():
    predicted = grid_theory(np.array([0.0, 1.0, 2.0, np.nan]), np.array([0.1, 0.1, np.nan, 0.1]))
    measured = [Estimate(v, 9.0, 50, "") for v in (0.5, 1.0, np.nan, 1.0)]
    rows = Rows.of(
        ["a", "still", "infinite", "unknown"], measured, predicted, np.array([0.2, 0, 0, np.nan]),
        np.array([0.4, 0.0, 0.5, 0.5]), lambda left: left,
    )  # fmt: skip
    assert rows.names == ("a",)
    assert rows.p_values == (pytest.approx(0.2),)  # what the biases leave of .5
    assert rows.measured[0].stderr == 0.4
    none = "not a finite number everywhere"
    assert rows.left_out == (("still", "does not vary"), ("infinite", none), ("unknown", none))
    assert rows.agreement(0.3).left_out["still"] == "does not vary"


def test_sgd_beside_its_own_operator_and_not_beside_its_equation():
    """Five steps between snapshots: what they move is known of the chain, over as many steps."""
    fit, sgd = landscapes.gaussian_fit(), simulate.SGD(learning_rate=0.2)
    op = theory.transfer_operator(fit, sgd)
    run = simulate.run(fit, sgd, steps=500, trajectories=1000, seed=1, save_every=5)
    result = analysis.compare(run, op)
    assert result.agrees, str(result)
    assert not np.isnan(result.bias).any()
    displaced = [n for n in result.names if n.endswith("displaced")]
    assert len(displaced) == 4
    rows = [result.names.index(n) for n in displaced]
    assert min(abs(result.measured[k].value / result.measured[k].stderr) for k in rows) > 10
    assert not any(n.startswith("J_") and n not in displaced for n in result.names)
    for wrong in (simulate.SGD(learning_rate=0.2, batch_size=2), simulate.SGD(learning_rate=0.25)):
        other = simulate.run(fit, wrong, steps=200, trajectories=2000, seed=2, keep="final")
        assert not analysis.compare(other, op).agrees
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fp = theory.fokker_planck(fit, beta=10)
    assert analysis.compare(run, fp).verdict == "rejected"  # as it should: the chain is not the SDE


def test_sgd_is_not_rejected_for_the_time_between_its_snapshots():
    """At a learning rate where chain and equation can hardly be distinguished by their states."""
    sgd = simulate.SGD(learning_rate=0.02)
    run = simulate.run(MEAN, sgd, steps=1500, trajectories=300, seed=1, save_every=5)
    result = analysis.compare(run, theory.fokker_planck(MEAN, beta=100, shape=256))
    assert any(n.endswith("displaced") for n in result.names)
    assert result.agrees, str(result)


@pytest.mark.slow
def test_torque_of_a_chain_in_the_plane():
    bowl = Landscape.from_loss(
        "x**2/2 + y**2 + x*y/2 + s*x + r*y + s*y/2", coordinates="x y",
        samples={"s": Normal(), "r": Normal()},
    )  # fmt: skip
    sgd = simulate.SGD(learning_rate=0.2)
    op = theory.transfer_operator(bowl, sgd, shape=32, box=[(-2.5, 2.5), (-2, 2)], tail=1e-6)
    run = simulate.run(bowl, sgd, steps=200, trajectories=500, seed=1, save_every=2)
    result = analysis.compare(run, op)
    assert result.agrees, str(result)
    # by the Lyapunov equation of the chain: E[x dy - y dx] per time
    A = np.eye(2) - 0.2 * np.array([[1, 0.5], [0.5, 2]])
    noise = 0.04 * np.array([[1, 0.5], [0.5, 1.25]])
    S = np.linalg.solve(np.eye(4) - np.kron(A, A), noise.ravel()).reshape(2, 2)
    C = A @ S
    torque = ((C - C.T)[1, 0]) / 0.2
    row = result.names.index("torque")
    assert abs(torque) > 1e-3
    assert abs(result.expected[row].value - torque) <= result.expected[row].truncation


def test_what_a_chain_does_not_have_is_named():
    tilted = Landscape.from_loss("cos(a)/2 - a/4 + s*a", coordinates="a", samples={"s": Normal()})
    sgd = simulate.SGD(learning_rate=0.5)
    op = theory.transfer_operator(tilted, sgd, box=(-math.pi, math.pi), sides="periodic", shape=128)
    run = simulate.run(tilted, sgd, steps=100, trajectories=300, seed=1)
    result = analysis.compare(run, op)
    assert "the length of a step" in result.left_out["currents by displacements"]
    assert result.agrees, str(result)
    odd = simulate.run(MEAN, simulate.SGD(learning_rate=0.1).as_sde(substeps=3), time=20,
                       trajectories=32, seed=1, save_every=2)  # fmt: skip
    result = analysis.compare(odd, theory.transfer_operator(MEAN, SGD, shape=64))
    assert "no whole number of steps" in result.left_out["currents by displacements"]
    assert np.isnan(result.bias).all()
    short = simulate.run(MEAN, SGD, steps=110, trajectories=32, seed=1, save_every=5)
    result = analysis.compare(short, theory.transfer_operator(MEAN, SGD, shape=64))
    assert "snapshots" in result.left_out["currents by displacements"]


def test_samples_without_a_density():
    """Two values of the sample: the operator has moments, and bins as far as they are known."""
    well = Landscape.from_loss(
        "(x**2 - 1)**2/4 + s*x", coordinates="x", samples={"s": Rademacher()}
    )
    sgd = simulate.SGD(learning_rate=0.6)
    op = theory.transfer_operator(well, sgd, shape=512)
    run = simulate.run(well, sgd, steps=600, trajectories=1000, seed=1, keep="final")
    assert analysis.compare(run, op).verdict == "agrees"
