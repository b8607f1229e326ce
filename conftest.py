"""The links at the root lead into `driftscape/`: nothing is collected twice.

Examples draw on no screen and leave no figures open, as tests do.
"""

from tests.conftest import _close_figures as _close_figures

collect_ignore = ["landscapes", "simulate", "theory", "analysis", "plot", "gallery", "build"]
