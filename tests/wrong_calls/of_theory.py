"""Wrong arguments of predictions."""

from driftscape import simulate, theory

from .values import BOWL, HUGE, ITO, NAN, SCREW, SGD, WELL, WELLS

JUMPS = simulate.Ito(beta=50, dt=0.01, noise="stable", alpha=1.5)
ENDS = {"beta": 5, "start": -1, "target": 0}
THEORY = {
    "beta of None": (
        lambda: theory.mean_first_passage_time(WELL, **(ENDS | {"beta": None})), "beta=None"
    ),
    "start of None": (
        lambda: theory.mean_first_passage_time(WELL, **(ENDS | {"start": None})), "start=None"
    ),
    "passage on nothing": (
        lambda: theory.mean_first_passage_time(None, **ENDS), "landscape=None"
    ),
    "flux to itself": (
        lambda: theory.flux_over_population(WELL, beta=5, start=0, target=0), "start=0, target=0"
    ),
    "split at text": (
        lambda: theory.splitting_probability(WELL, beta=5, start=0, left="a", right=1), "left='a'"
    ),
    "Kramers of a list": (
        lambda: theory.eyring_kramers(WELL, beta=[5], minimum=-1, saddle=0), r"beta=\[5\]"
    ),
    "Kramers at text": (
        lambda: theory.eyring_kramers(WELL, beta=5, minimum="left", saddle=0), "minimum='left'"
    ),
    "Kramers in no sense": (
        lambda: theory.eyring_kramers(WELL, beta=5, minimum=-1, saddle=0, interpretation=[]),
        r"interpretation=\[\]",
    ),
    "Kramers without a barrier": (
        lambda: theory.eyring_kramers(WELL, beta=5e-324, minimum=-1, saddle=0), "beta=5e-324"
    ),
    "Langer beyond doubles": (
        lambda: theory.langer(WELL, beta=5, friction=HUGE, minimum=-1, saddle=0), "friction="
    ),
    "Levy without end": (
        lambda: theory.levy_exit_time(WELL, JUMPS, start=-1, left=None, right=0), "left=None"
    ),
    "escape in no time": (
        lambda: theory.sgd_escape_time(
            BOWL, learning_rate="0.1", batch_size=1, minimum=0, saddle=1
        ), "learning_rate='0.1'",
    ),
    "barrier of nothing": (lambda: theory.sgd_barrier(3, minimum=0, saddle=1), "landscape=3"),
    "path from text": (lambda: theory.minimum_action_path(WELL, "a", 0), "start='a'"),
    "path by a guess": (
        lambda: theory.minimum_action_path(WELL, -1, 0, guess=3), "guess=3"
    ),
    "string of two images": (
        lambda: theory.saddles_between(WELL, -1, 1, images=2), "images=2"
    ),
    "moment of a number": (lambda: theory.moment(WELL, object()), "object"),
    "moment at NaN": (lambda: theory.moment(WELL, "x", beta=NAN), "beta=nan"),
    "torque at None": (lambda: theory.torque(WELLS, beta=None), "beta=None"),
    "plane as a number": (
        lambda: theory.torque_expression(WELLS, ITO, plane=3), "plane=3"
    ),
    "step of text": (
        lambda: theory.jko_step("1", curvature=1, beta=1, tau=1), "variance='1'"
    ),
    "epsilon complex": (lambda: theory.christoffel(WELLS, 1j), "epsilon=1j"),
    "zeros in a box of text": (lambda: theory.fixed_points(WELL, box="here"), "box='here'"),
    "cycle on nothing": (lambda: theory.limit_cycle(None), "landscape=None"),
    "velocity per year": (
        lambda: theory.drift_velocity(SCREW, SGD, "z", per="year"), "per='year'"
    ),
    "displacement of a half": (
        lambda: theory.displacement(SCREW, SGD, "z", steps=0.5), "steps=0.5"
    ),
    "loss after no steps": (lambda: theory.test_loss(BOWL, SGD, steps=0), "steps=0"),
    "law in continuum": (
        lambda: theory.linear_law(BOWL, SGD, continuum=3), "continuum=3"
    ),
    "linear at text": (lambda: theory.linearise(WELL, at="minimum"), "'minimum'"),
    "spectrum near nothing": (
        lambda: theory.power_spectrum(None, 1.0, [1.0]), "near=None"
    ),
    "grid of nothing": (lambda: theory.fokker_planck(3, beta=1), "landscape=3"),
    "grid of shape text": (
        lambda: theory.fokker_planck(WELL, beta=1, shape="fine"), "shape='fine'"
    ),
    "grid in a circle": (
        lambda: theory.fokker_planck(WELL, beta=1, box={"x": 3}), r"box\['x'\]=3"
    ),
    "grid with sides": (lambda: theory.fokker_planck(WELL, beta=1, sides=3), "sides=3"),
    "grid with a tail": (lambda: theory.fokker_planck(WELL, beta=1, tail=NAN), "tail=nan"),
    "grid in no memory": (
        lambda: theory.fokker_planck(WELL, beta=1, max_bytes=NAN), "max_bytes=nan"
    ),
    "operator of an SDE": (lambda: theory.transfer_operator(WELL, 3), "sgd=3"),
    "potential of a list": (lambda: theory.potential([]), r"operator=\[\]"),
    "parts of nothing": (lambda: theory.decompose(None), "operator=None"),
    "a theory of text": (lambda: theory.Theory("1"), "value='1'"),
}  # fmt: skip
