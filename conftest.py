"""The links at the root lead into `driftscape/`: nothing is collected twice."""

collect_ignore = ["landscapes", "simulate", "theory", "analysis", "gallery", "build"]
