"""Check that a dynamics has a one-step kernel on the coordinates alone."""

from __future__ import annotations

from ....landscapes import Landscape
from ....simulate.dynamics import SGD, Dynamics
from ....simulate.dynamics.sde.sde import SDE
from ....validate import shown


def read_sgd(landscape: Landscape, dynamics: object) -> SGD:
    """Return the SGD whose steps are independent and alike; refuse the others by name."""
    if isinstance(dynamics, SDE):
        raise ValueError(
            f"{type(dynamics).__name__} is an SDE, not a map in discrete time: use "
            "theory.fokker_planck."
        )
    if not isinstance(dynamics, SGD):
        kind = ValueError if isinstance(dynamics, Dynamics) else TypeError
        raise kind(
            f"sgd={shown(dynamics)}; the transfer operator is that of simulate.SGD.  For SDEs see "
            "theory.fokker_planck, for everything else simulate.run."
        )
    if dynamics.momentum:
        raise ValueError(
            f"SGD with momentum={dynamics.momentum}: its velocity is a hidden state that the grid "
            "does not have; use momentum=0, or simulate.run."
        )
    if not isinstance(dynamics.learning_rate, (int, float)):
        raise ValueError(
            f"SGD with learning_rate={dynamics.learning_rate!r}: a schedule has no "
            "constant kernel, and a matrix is not supported; give a number."
        )
    if landscape.data is not None and dynamics.sampling == "iid":
        # on a data set the two are the same
        dynamics = SGD(learning_rate=dynamics.learning_rate, batch_size=dynamics.batch_size)
    if dynamics.sampling != "fresh" or dynamics.batch_size == "full":
        raise ValueError(
            f"SGD with sampling={dynamics.sampling!r}, batch_size={dynamics.batch_size!r}: its "
            "training set is a hidden state (another for each trajectory, or an order of rows); "
            "use sampling='fresh' and a number, or simulate.run."
        )
    return dynamics
