"""Wrong arguments of analyses, of what in `simulate` takes a dataset, and of the gallery."""

import numpy as np

from driftscape import analysis, simulate
from driftscape.gallery.report.catalogue import choose

from .values import NAN

ANALYSIS = {
    "velocity of a number": (lambda d: analysis.drift_velocity(d.run, 3), "coordinate=3"),
    "velocity per array": (
        lambda d: analysis.drift_velocity(d.run, "x", per=np.zeros(2)), "per=array"
    ),
    "discard NaN": (lambda d: analysis.moment(d.run, "x", discard_steps=NAN), "discard_steps=nan"),
    "discard text": (lambda d: analysis.moment(d.run, "x", discard_steps="a"), "discard_steps='a'"),
    "moment of None": (lambda d: analysis.moment(d.run, None), "None"),
    "moment at noon": (lambda d: analysis.moment(d.run, "x", at=[]), r"at=\[\]"),
    "diverged kept": (lambda d: analysis.moment(d.run, "x", diverged="keep"), "diverged='keep'"),
    "diverged by array": (
        lambda d: analysis.moment(d.run, "x", diverged=np.zeros(2)), "diverged=array"
    ),
    "analysis of None": (lambda d: analysis.moment(None, "x"), "None|dataset"),
    "analysis of a list": (lambda d: analysis.drift_velocity([1], "x"), r"\[1\]|dataset"),
    "analysis of an array": (
        lambda d: analysis.moment(d.run.final, "x"), "DataArray|dataset|Dataset"
    ),
    "analysis of a mean": (lambda d: analysis.moment(d.run.mean("trajectory"), "x"), "."),
    "passages of None": (lambda d: analysis.escape_rate(None), "None|dataset"),
    "passages of a mean": (
        lambda d: analysis.mean_first_passage_time(d.passages.mean("trajectory")), "."
    ),
    "level of text": (lambda d: analysis.survival(d.passages, level="0.9"), "level='0.9'"),
    "level above one": (lambda d: analysis.survival(d.passages, level=1.5), "level=1.5"),
    "target by array": (
        lambda d: analysis.survival(d.passages, target=np.zeros(2)), "target=array"
    ),
    "discard a negative time": (
        lambda d: analysis.escape_rate(d.passages, discard_time=-1), "discard_time=-1"
    ),
    "method of a number": (
        lambda d: analysis.mean_first_passage_time(d.passages, method=3), "method=3"
    ),
    "restricted to text": (
        lambda d: analysis.restricted_mean(d.passages, up_to="end"), "up_to='end'"
    ),
    "a period of one number": (
        lambda d: analysis.current(d.run, bins=4, periodic={"x": (1,)}), r"periodic\['x'\]"
    ),
    "a period of no coordinate": (
        lambda d: analysis.current(d.run, bins=4, periodic={"q": (0, 1)}), "periodic names"
    ),
    "extrapolate nothing": (lambda d: analysis.extrapolate(None), "estimates=None"),
    "extrapolate text": (lambda d: analysis.extrapolate("ab"), "estimates='ab'"),
    "gradients of text": (lambda d: analysis.diffusion_spectrum("abc"), "per_sample_gradients="),
    "loss on a number": (lambda d: analysis.test_loss(d.run, on=3), "on=3"),
    "pieces of a half": (
        lambda d: analysis.autocorrelation(d.run, "x", pieces=0.5), "pieces=0.5"
    ),
    "stationary at text": (lambda d: analysis.is_stationary(d.run, level="a"), "level='a'"),
    "compare with nothing": (lambda d: analysis.compare(d.run, None), "operator=None"),
    "interval of text": (lambda d: d.estimate.interval("a"), "level='a'"),
    "compare with text": (lambda d: d.estimate.compare("one"), "theory='one'|'one'"),
    "an estimate of text": (
        lambda d: analysis.Estimate("1", 0.1, 10, "by hand"), "value='1'"
    ),
    "rerun of a refinement": (lambda d: simulate.rerun(d.refined), "refine"),
    "resume of a refinement": (lambda d: simulate.run(resume=d.refined, steps=1), "refine"),
    "edited provenance": (
        lambda d: simulate.rerun(d.run.assign_coords(provenance="[]")), "provenance|description"
    ),
    "lost provenance": (
        lambda d: analysis.moment(d.run.drop_vars("provenance"), "x"), "provenance|simulate.run"
    ),
    "no figure": (lambda d: choose(["nosuch"], ["some"]), "nosuch.*some"),
    "figures as text": (lambda d: choose("nosuch", ["some"]), "figures='nosuch'"),
}  # fmt: skip
