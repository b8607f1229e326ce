"""Wrong dynamics, and wrong arguments of what simulates them."""

import numpy as np
import xarray as xr

from driftscape import simulate

from .values import HUGE, ITO, NAN, SCREW, SGD, WELL


def run(**given: object) -> xr.Dataset:
    return simulate.run(**({"landscape": WELL, "dynamics": ITO, "steps": 10} | given))


def passage(**given: object) -> xr.Dataset:
    usual = {"start": -1, "target": "x > 0", "max_steps": 10}
    return simulate.first_passage(WELL, ITO, **(usual | given))


def splitting(**given: object) -> xr.Dataset:
    usual = {"start": -1, "target": "x > 0", "reaction_coordinate": "x", "runs": 4, "replicas": 100}
    return simulate.splitting(WELL, ITO, **(usual | given))


def refine(**given: object) -> xr.Dataset:
    return simulate.refine(WELL, ITO, **({"observables": "x**2", "steps": 10} | given))


DYNAMICS = {
    "beta beyond doubles": (lambda: simulate.Ito(beta=HUGE, dt=0.1), "beta=.*401 digits"),
    "dt of text": (lambda: simulate.Ito(beta=1, dt="0.1"), "dt='0.1'"),
    "beta true": (lambda: simulate.Ito(beta=True, dt=0.1), "beta=True"),
    "scheme as a list": (lambda: simulate.Ito(beta=1, dt=0.1, scheme=[]), r"scheme=\[\]"),
    "noise as an array": (lambda: simulate.Ito(beta=1, dt=1, noise=np.zeros(2)), "noise=array"),
    "modified negative": (lambda: simulate.Ito(beta=1, dt=0.1, modified=-1), "modified=-1"),
    "rate of None": (lambda: simulate.SGD(learning_rate=None), "learning_rate=None"),
    "momentum of one": (lambda: simulate.SGD(learning_rate=0.1, momentum=1), "momentum=1"),
    "nesterov of text": (lambda: simulate.SGD(learning_rate=0.1, nesterov="yes"), "nesterov='yes'"),
    "batch of a half": (lambda: simulate.SGD(learning_rate=0.1, batch_size=0.5), "batch_size=0.5"),
    "sampling as a set": (lambda: simulate.SGD(learning_rate=0.1, sampling={1}), "sampling={1}"),
    "inverse of None": (
        lambda: simulate.RGD(learning_rate=0.1, epsilon=1, inverse=None), "inverse=None"
    ),
    "model of numbers": (
        lambda: simulate.NaturalGradient(learning_rate=0.1, model=[1]), r"model=\[1\]"
    ),
    "SDE on no landscape": (lambda: SGD.as_sde(3), "landscape=3"),
    "SDE of order 3": (lambda: SGD.as_sde(order=3), "order=3"),
    "a dynamics of nothing": (lambda: simulate.Refined(dynamics=None), "dynamics=None"),
    "six levels": (lambda: simulate.Refined(dynamics=ITO, levels=6), "levels=6"),
}  # fmt: skip

SIMULATE = {
    "landscape by name": (lambda: run(landscape="well"), "landscape='well'"),
    "dynamics by name": (lambda: run(dynamics="sgd"), "dynamics='sgd'"),
    "half a step": (lambda: run(steps=0.5), "steps=0.5"),
    "time beyond doubles": (lambda: run(steps=None, time=HUGE), "time=.*401 digits"),
    "time of text": (lambda: run(steps=None, time="long"), "time='long'"),
    "trajectories of two axes": (lambda: run(trajectories=np.zeros((2, 2), int)), "trajectories="),
    "too many trajectories": (lambda: run(trajectories=10**12), "trajectories|GB|memory"),
    "trajectories of text": (lambda: run(trajectories="many"), "trajectories='many'"),
    "seed of text": (lambda: run(seed="mine"), "seed='mine'"),
    "start beyond doubles": (lambda: run(start=HUGE), "start=.*401 digits"),
    "start as an object": (lambda: run(start=object()), "start=<object"),
    "a complex start": (lambda: run(start=np.array([1 + 1j])), "start="),
    "a true number": (lambda: run(trajectories=True), "trajectories=True"),
    "keep as a number": (lambda: run(keep=3), "keep=3"),
    "threads of a half": (lambda: run(threads=0.5), "threads=0.5"),
    "backend as an array": (lambda: run(backend=np.zeros(2)), "backend=array"),
    "generator as a list": (lambda: run(generator=["xoshiro"]), "generator="),
    "progress as an array": (lambda: run(progress=np.zeros(2)), "progress=array"),
    "limit of NaN": (lambda: run(max_bytes=NAN), "max_bytes=nan"),
    "limit of text": (lambda: run(max_bytes="1 GB"), "max_bytes='1 GB'"),
    "resume of a number": (lambda: simulate.run(resume=7, steps=1), "7|dataset"),
    "average of a number": (lambda: simulate.Average(3), r"Average\(\(3,\)\)"),
    "discard of NaN": (lambda: simulate.Average("x", discard_steps=NAN), "discard_steps=nan"),
    "discard of text": (lambda: simulate.Average("x", discard_steps=""), "discard_steps=''"),
    "density by position": (
        lambda: simulate.Density("x", bounds=(-3, 3), every=1), r"bounds=\(-3, 3\)"
    ),
    "density of one end": (
        lambda: simulate.Density("x", bounds={"x": (1,)}, every=1), r"bounds\['x'\]=\(1,\)"
    ),
    "density of no bins": (
        lambda: simulate.Density("x", bounds={"x": (0, 1)}, every=1, bins=None), "bins=None"
    ),
    "common as text": (
        lambda: simulate.sweep(WELL, ITO, over={"beta": [1, 2]}, steps=1, common="yes"),
        "common='yes'",
    ),
    "swept beyond doubles": (
        lambda: simulate.sweep(WELL, ITO, over={"beta": [1, HUGE]}, steps=1), "beta"
    ),
    "over a number": (lambda: simulate.sweep(WELL, ITO, over=3, steps=1), "over=3"),
    "target as a number": (lambda: passage(target=3), "target=3"),
    "target by a number": (lambda: passage(target={"right": 3}), "target=3"),
    "no target": (lambda: passage(target=None), "target="),
    "passage of NaN": (lambda: passage(max_steps=None, max_time=NAN), "max_time=nan"),
    "passage of a limit": (lambda: passage(max_bytes=-1), "max_bytes=-1"),
    "home past leave": (lambda: splitting(home=0.5, leave=-0.5), "home=0.5, leave=-0.5"),
    "home of text": (lambda: splitting(home="left"), "home='left'"),
    "leave of NaN": (lambda: splitting(leave=NAN), "leave=nan"),
    "one run": (lambda: splitting(runs=1), "runs=1"),
    "kill everything": (lambda: splitting(kill=100), "kill=100"),
    "two targets": (lambda: splitting(target={"a": "x > 0"}), "target="),
    "no coordinate": (lambda: splitting(reaction_coordinate=3), "reaction_coordinate=3"),
    "refine and discard all": (lambda: refine(discard_steps=100), "discard_steps=100"),
    "refine and discard NaN": (lambda: refine(discard_steps=NAN), "discard_steps=nan"),
    "refine no formula": (lambda: refine(observables=3), "observables=3"),
    "refine SGD": (lambda: simulate.refine(SCREW, SGD, steps=10), "SGD"),
    "refine nothing": (lambda: simulate.refine(WELL, None, steps=10), "dynamics=None"),
    "rerun of None": (lambda: simulate.rerun(None), "None|dataset"),
    "landscape of a list": (lambda: simulate.landscape_of([]), r"\[\]|dataset"),
    "a parameter without name": (lambda: simulate.parameter(None), "None"),
}  # fmt: skip
