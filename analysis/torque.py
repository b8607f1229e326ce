"""The torque of a steady state: how hard a stationary current turns, measured and exact.

    torque = E[x b_y - y b_x],        b the drift of dx = b dt + sqrt(2 D/beta) dW

It is zero in equilibrium and needs no winding numbers, whose law is heavy-tailed.
"""

from typing import TYPE_CHECKING, Any

from ..landscapes import NotAvailable
from ..landscapes.parse import exact
from .ensemble import Float, ensemble
from .estimate import Estimate, Theory
from .moments import kept_average, kept_how
from .observable import Observable
from .one_step import drift_of
from .quadrature import gibbs_integrals

if TYPE_CHECKING:
    import xarray as xr

Plane = tuple[str, str] | None


def torque(
    run: "xr.Dataset",
    *,
    plane: Plane = None,
    discard: int | None = None,
    diverged: str | None = None,
) -> Estimate:
    """Measure the mean of x b_y - y b_x, b being the drift of the run's landscape at its beta.

    Parameters
    ----------
    run
        What `simulate.run` returned.
    plane
        Two coordinates; default: the two of a landscape that has two.
    discard, diverged
        As in `analysis.moment`; `keep=simulate.Average(torque_expression(...))` is used if kept.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate
    >>> well = landscapes.double_well(rotation=1.5)
    >>> law = simulate.Ito(beta=1, dt=0.01)
    >>> run = simulate.run(well, law, time=100, trajectories=256, seed=1, save_every=20)
    >>> analysis.torque(run).compare(analysis.torque_theory(well, beta=1)).verdict
    'agrees'
    """
    data = ensemble(run, diverged)
    first, second = plane_axes(data.landscape, plane)
    drift = drift_of(data.landscape, data.dynamics)
    if discard is None and drift.entries is not None:
        expression = _cross(data.landscape, drift.entries, first, second)
        observable = Observable("torque", expression, tuple(data.landscape.symbols))
        kept = kept_average(run, data, observable)
        if kept is not None:
            return data.mean(kept, f"time average of the torque, {kept_how(run)}")

    def cross(points: Float) -> Float:
        b = drift.field(points)
        return points[..., first] * b[..., second] - points[..., second] * b[..., first]

    means, count = data.time_means(cross, discard)
    return data.mean(means, f"mean torque over {count} snapshots", enough=count > 0)


def torque_expression(landscape: Any, dynamics: Any, *, plane: Plane = None) -> str:
    """Return x b_y - y b_x as text, for `keep=simulate.Average(...)`: every step then counts."""
    first, second = plane_axes(landscape, plane)
    entries = drift_of(landscape, dynamics).entries
    if entries is None:
        raise ValueError(
            "the drift is a quadrature over the samples and has no short text; keep snapshots."
        )
    return str(_cross(landscape, entries, first, second))


def torque_theory(landscape: Any, *, beta: float = 1.0) -> Theory:
    r"""Return the exact torque of the steady state exp(-beta Phi)/Z.

        with a current J:   (1/Z) integral of x J_y - y J_x          (double well: 2 pi rotation/Z)
        with a curl Q:      -2 E[q]/beta,    q = Q_yx = -Q_xy

    The first is the definition, J/Z being the stationary probability current; the second follows
    from E[b x^T] = -E[D + Q]/beta.

    Parameters
    ----------
    landscape
        Made by `Landscape.from_potential`, with two coordinates.
    beta
        Inverse temperature.

    Returns
    -------
    Theory
        Exact as dt -> 0 for the A-type SDE, which is the Ito SDE when D and Q are constant.  The
        truncation is the error of the quadrature.

    Examples
    --------
    >>> from driftscape import landscapes
    >>> print(f"{torque_theory(landscapes.double_well(rotation=1.0)).value:.5f}")
    0.82419
    """
    if landscape.dim != 2:
        raise ValueError(f"torque_theory is about two coordinates; this one has {landscape.dim}.")
    current: Any = None
    curl: Any = None
    try:
        current = landscape.current
    except NotAvailable:
        curl = landscape.curl

    x, y = landscape.symbols
    if current is not None:
        integrand = x * current.entries[1] - y * current.entries[0], False
    else:
        Q = curl.matrix
        integrand = (Q[0, 1] - Q[1, 0]) / exact(float(beta)), True
    found = gibbs_integrals(landscape, beta, [integrand])
    return Theory(
        float(found.values[0]) + 0.0,
        truncation=float(found.errors[0]),
        regime=found.regime,
        source="E[b x^T] = -E[D + Q]/beta" if current is None else "stationary current J/Z",
        valid=found.valid,
    )


def _cross(landscape: Any, drift: Any, first: int, second: int) -> Any:
    return landscape.symbols[first] * drift[second] - landscape.symbols[second] * drift[first]


def plane_axes(landscape: Any, plane: Plane) -> tuple[int, int]:
    """Return the numbers of the two coordinates of a plane."""
    names = tuple(landscape.coordinates)
    if plane is None:
        if len(names) != 2:
            raise ValueError(f"pass plane=(first, second) of the coordinates {', '.join(names)}.")
        return 0, 1
    if len(plane) != 2 or len(set(plane)) != 2 or not set(plane) <= set(names):
        raise ValueError(f"plane={plane!r}; name two different ones of {', '.join(names)}.")
    return names.index(plane[0]), names.index(plane[1])
