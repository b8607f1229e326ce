"""Wrong arguments of pictures; nothing is drawn."""

from driftscape import plot, simulate

from .values import ITO, NAN, SCREW, WELL, WELLS

FLOW = simulate.Underdamped(beta=1, dt=0.1, friction=1)
PLOT = {
    "a style of text": (lambda d: plot.style(width="column"), "width='column'"),
    "a style of a hair": (lambda d: plot.style(width=0.1), "width=0.1"),
    "a style without height": (lambda d: plot.style(height=0), "height=0"),
    "a landscape of None": (lambda d: plot.landscape(None), "landscape=None"),
    "a landscape on nothing": (lambda d: plot.landscape(WELL, ax=3), "ax=3"),
    "levels of a curve": (lambda d: plot.landscape(WELL, levels=5), "levels=5"),
    "levels that fall": (lambda d: plot.landscape(WELLS, levels=[2, 1]), r"levels=\[2, 1\]"),
    "one level": (lambda d: plot.landscape(WELLS, levels=1), "levels=1"),
    "three axes": (lambda d: plot.landscape(SCREW, coordinates="u v z"), "coordinates="),
    "an unknown axis": (lambda d: plot.landscape(WELL, coordinates="q"), "coordinates='q'"),
    "marks of text": (lambda d: plot.landscape(WELL, marks="all"), "marks='all'"),
    "a colour bar of a number": (lambda d: plot.landscape(WELLS, colorbar=2), "colorbar=2"),
    "a field of vectors": (lambda d: plot.landscape(WELLS, field="gradient"), "field='gradient'"),
    "streams of a run": (lambda d: plot.streams(d.run), "landscape="),
    "streams of a line": (lambda d: plot.streams(WELL), "two coordinates"),
    "streams of text": (lambda d: plot.streams(WELLS, "sgd"), "dynamics='sgd'"),
    "streams of momenta": (lambda d: plot.streams(WELLS, FLOW), "dynamics=Underdamped"),
    "streams twice as warm": (lambda d: plot.streams(WELLS, ITO, beta=1), "beta=1"),
    "streams of no density": (lambda d: plot.streams(WELLS, density=0), "density=0"),
    "nullclines of a number": (lambda d: plot.streams(WELLS, nullclines=1), "nullclines=1"),
    "paths of a landscape": (lambda d: plot.paths(WELL), "dataset|Dataset"),
    "paths of nobody": (lambda d: plot.paths(d.path, 0), "trajectories=0"),
    "paths of a stranger": (lambda d: plot.paths(d.path, [99]), "no trajectory 99"),
    "paths of text": (lambda d: plot.paths(d.path, "all"), "trajectories='all'"),
    "paths in dots": (lambda d: plot.paths(d.path, style="dots"), "style='dots'"),
    "paths with a scale of text": (lambda d: plot.paths(d.path, colorbar="x"), "colorbar='x'"),
    "paths without snapshots": (lambda d: plot.paths(d.final), "snapshots"),
    "paths on two axes": (lambda d: plot.paths(d.path, coordinates="x y"), "coordinates"),
    "a cloud at noon": (lambda d: plot.cloud(d.run, at="noon"), "at='noon'"),
    "a cloud between snapshots": (lambda d: plot.cloud(d.path, at=7), "at=7"),
    "a cloud of passages": (lambda d: plot.cloud(d.passages), "passages"),
    "a histogram of text": (lambda d: plot.histogram("run"), "run='run'"),
    "a histogram of nothing": (lambda d: plot.histogram({}), r"run=\{\}"),
    "a histogram in one bin": (lambda d: plot.histogram(d.path, bins=1), "bins=1"),
    "a histogram in falling bins": (
        lambda d: plot.histogram(d.path, bins=[1, 0], discard_steps=0), r"bins=\[1, 0\]"
    ),
    "a histogram of all discarded": (lambda d: plot.histogram(d.path), "discard_steps"),
    "a histogram discarding nothing": (
        lambda d: plot.histogram(d.run, at="final", discard_steps=3), "discard_steps=3"
    ),
    "a law of text": (
        lambda d: plot.histogram(d.run, at="final", law="normal"), "law='normal'"
    ),
    "a law of a loss": (
        lambda d: plot.histogram(d.bowl, at="final", law="gibbs"), "law='gibbs'"
    ),
    "a current of None": (lambda d: plot.current(None), "field=None"),
    "a current of one arrow": (lambda d: plot.current(d.run, arrows=1), "arrows=1"),
    "a current of a run": (lambda d: plot.current(d.run), "field="),
    "a current resolved by NaN": (lambda d: plot.current(None, resolved=NAN), "resolved=nan"),
    "escapes of a number": (lambda d: plot.escape(3), "points=3"),
    "escapes of one point": (lambda d: plot.escape(d.passages), "single point"),
    "escapes before the start": (lambda d: plot.escape({1: -2.0}), "-2"),
    "escapes to text": (lambda d: plot.escape({1: 2.0}, "kramers"), "theory='kramers'"),
    "a spectrum of a run": (lambda d: plot.spectrum(d.run), "frequency"),
    "a spectrum of a number": (lambda d: plot.spectrum(3), "measured=3"),
    "a spectrum in one band": (lambda d: plot.spectrum(d.run, bands=1), "bands=1"),
    "a part of a spectrum": (lambda d: plot.spectrum(d.run, part="odd"), "part='odd'"),
    "estimates of a run": (lambda d: plot.estimates(d.run), "points= has no value"),
    "estimates of text": (lambda d: plot.estimates({1: "one"}), "points= gives 'one'"),
    "estimates of triples": (lambda d: plot.estimates([(1, 2, 3)]), r"points= has \(1, 2, 3\)"),
    "estimates over nothing": (lambda d: plot.estimates({1: 2.0}, over="x"), "over='x'"),
    "a film of a number": (lambda d: plot.animate(d.path, 3), "path=3"),
    "a film as a picture": (lambda d: plot.animate(d.path, "wells.png"), "'.png'"),
    "a film nowhere": (lambda d: plot.animate(d.path, "/no/such/wells.gif"), "no folder"),
    "a film of one frame": (lambda d: plot.animate(d.path, "a.gif", frames=1), "frames=1"),
    "a film that stands": (lambda d: plot.animate(d.path, "a.gif", fps=0), "fps=0"),
    "a film without dots": (lambda d: plot.animate(d.path, "a.gif", dpi=-1), "dpi=-1"),
    "a film without snapshots": (lambda d: plot.animate(d.final, "a.gif"), "snapshots"),
    "a film with a short trail": (lambda d: plot.animate(d.path, "a.gif", trail=-1), "trail=-1"),
    "progress of text": (lambda d: plot.animate(d.path, "a.gif", progress="x"), "progress='x'"),
}  # fmt: skip
