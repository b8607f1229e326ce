"""Plot: pictures of landscapes, runs, estimates and predictions, each in one call.

Every function takes the thing and `ax=None`, and returns the Axes that it drew on.

landscape   `landscape`: a curve, or contours with minima and saddles
streams     `streams`: the phase portrait of a drift, with nullclines
paths       `paths`: trajectories against time, in the plane, in space
cloud       `cloud`: an ensemble at one time
histogram   `histogram`: the density of a coordinate beside its law
current     `current`: arrows of a probability current
escape      `escape`: ln tau against 1/D or batch_size/learning_rate
spectrum    `spectrum`: power and cross spectra beside a prediction
estimates   `estimates`: a sweep of estimates beside a prediction
animate     `animate`: an ensemble as GIF, MP4 or HTML
style       `style`: the style of all of them, at a width in inches

canvas      the axes of the caller, or new ones
words       labels and titles, from attributes and landscapes
states      what a picture shows of a run; series: points and curves; law: densities
film, gif   the figure and the writer of an animation
marks       minima, saddles and zeros; under: the landscape beneath states
"""

from .animate import animate
from .cloud import cloud
from .current import current
from .escape import escape
from .estimates import estimates
from .histogram import histogram
from .landscape import landscape
from .paths import paths
from .spectrum import spectrum
from .streams import streams
from .style import style

__all__ = [
    "animate",
    "cloud",
    "current",
    "escape",
    "estimates",
    "histogram",
    "landscape",
    "paths",
    "spectrum",
    "streams",
    "style",
]
