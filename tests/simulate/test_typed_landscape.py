"""A landscape typed as text runs with no other code and agrees with a plain loop."""

import numpy as np

from driftscape import simulate
from driftscape.landscapes import Landscape, Normal, Uniform

MINE = Landscape.from_loss(
    "(tanh(a*p + q) - y)**2/2 + log(1 + r**2*(1 + y**2)) + gain*(p - r)**2/8",
    coordinates="p q r",
    samples={"a": Normal(0.5, 1), "y": Uniform(-1, 1)},
    parameters={"gain": 0.5},
    start=(0.4, -0.2, 0.3),
)


def gradient(theta, a, y, gain):
    p, q, r = theta.T
    t = np.tanh(a * p + q)
    common = (t - y) * (1 - t**2)
    return np.stack(
        [
            common * a + gain * (p - r) / 4,
            common,
            2 * r * (1 + y**2) / (1 + r**2 * (1 + y**2)) - gain * (p - r) / 4,
        ],
        1,
    )


def test_sgd_on_a_typed_landscape_follows_the_plain_numpy_loop():
    """The loop takes the samples that the run drew, one step at a time, from the same words."""
    from driftscape.simulate.backends.codegen.draws import Draws
    from driftscape.simulate.backends.reference.words import draw
    from driftscape.simulate.streams import stream_words

    run = simulate.run(
        MINE, simulate.SGD(learning_rate=0.1), steps=200, trajectories=50, seed=6, save_every=1
    )
    words = stream_words(6, np.arange(50, dtype=np.uint64))
    draws = Draws(["normal", "uniform"], paired=True)
    theta = np.tile([0.4, -0.2, 0.3], (50, 1))
    worst = 0.0
    for step in range(0, 200, 2):
        numbers = draw(words, draws)
        for turn in range(2):
            normal, uniform = (numbers[row] for row in draws.rows[turn])
            theta = theta - 0.1 * gradient(theta, 0.5 + normal, 2 * uniform - 1, 0.5)
            worst = max(worst, np.abs(theta - run.state.values[:, step + turn + 1]).max())
    assert worst < 1e-12


def test_its_statistics_agree_with_a_loop_on_numpys_own_generator():
    rng = np.random.default_rng(1)
    theta = np.tile([0.4, -0.2, 0.3], (20_000, 1))
    for _ in range(60):
        theta = theta - 0.1 * gradient(
            theta, 0.5 + rng.standard_normal(20_000), rng.uniform(-1, 1, 20_000), 0.5
        )
    run = simulate.run(
        MINE, simulate.SGD(learning_rate=0.1), steps=60, trajectories=20_000, seed=8, keep="final"
    )
    ours = run.final.values
    for f in (lambda x: x, np.square):
        difference = f(ours).mean(0) - f(theta).mean(0)
        error = np.sqrt((f(ours).var(0) + f(theta).var(0)) / 20_000)
        assert (np.abs(difference) < 4 * error).all()
    wrong = simulate.run(
        MINE, simulate.SGD(learning_rate=0.13), steps=60, trajectories=20_000, seed=8, keep="final"
    )
    shift = wrong.final.values.mean(0) - theta.mean(0)
    assert (np.abs(shift) > 4 * np.sqrt(2 * theta.var(0) / 20_000)).any()
