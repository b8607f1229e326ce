"""Plot: pictures of landscapes, runs, estimates and predictions, each in one call.

landscape   `landscape`: a curve, or contours with minima and saddles
"""

from .cloud import cloud
from .landscape import landscape
from .paths import paths
from .streams import streams
from .style import style

__all__ = ["cloud", "landscape", "paths", "streams", "style"]
