r"""Limit cycles of a drift in the plane, by Poincare's return map.

A ray starts at a fixed point; P(s) is the distance at which the flow that leaves the ray at
distance s crosses it again in the same sense.  A cycle has P(s) = s; its Floquet multiplier is
P'(s), below 1 where the cycle attracts.  Every cycle in the plane encloses a fixed point, so that
rays from all of them meet all cycles inside the box.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ..labels import Label, labelled
from ..landscapes.checks import check_landscape
from ..landscapes.landscape import Landscape
from ..typing import Float
from .fixed_points import DriftFlow, Equilibrium, fixed_points, search_box

if TYPE_CHECKING:
    import xarray as xr

_RAY_POINTS = 32  # distances on each ray at which the return map is computed
_MOST_TURNS = 20  # a flow that has not returned after so many turns never does
_POINTS_PER_TURN = 65  # points of a turn at which the side of the ray is determined
_ROUGH, _EXACT = 1e-7, 1e-12  # relative tolerances of the integration
_CLOSED_SHIFT = 1e-6  # relative shift |P(s) - s| below which an orbit is closed
_LEAST_SPEED = 1e-9  # below this speed the flow has come to rest
_NEWTON_STEPS = 12


@dataclass(frozen=True)
class LimitCycle:
    """A limit cycle of a drift, or the reason why there is none: the result of `limit_cycle`.

        dx/dt = b(x),      x(t + period) = x(t)

    Its truth value is false where there is no cycle.

    Attributes
    ----------
    period
        In units of time; NaN where there is no cycle.
    multiplier
        Floquet multiplier: the factor by which one turn changes a small distance from the cycle.
    orbit
        Points of the cycle, dimensions (time, coordinate); None where there is no cycle.
    fixed_points
        Fixed points in the box.
    why
        The cycle in words, or the reason why there is none.
    others
        Further cycles.
    """

    period: float
    multiplier: float
    orbit: xr.DataArray | None
    fixed_points: tuple[Equilibrium, ...]
    why: str
    others: tuple[LimitCycle, ...] = field(default=(), repr=False)

    def __bool__(self) -> bool:
        return self.orbit is not None

    @property
    def asymptotic_period(self) -> float:
        """Period 2 pi/omega of small turns about the first focus; NaN where there is none."""
        turns = [p.eigenvalues.imag.max() for p in self.fixed_points if "focus" in p.kind]
        return float(2 * np.pi / turns[0]) if turns else float("nan")

    def same_as(self, other: LimitCycle) -> bool:
        """Return whether two results are the same cycle: the same period and extent."""
        # the extent is that of 201 points
        return bool(np.allclose(self._size(), other._size(), rtol=1e-3))

    def _size(self) -> list[float]:
        """Return period and extent along each coordinate."""
        if self.orbit is None:
            return [self.period]
        return [self.period, *(self.orbit.max("time") - self.orbit.min("time")).values.tolist()]

    def __str__(self) -> str:
        if not self:
            return f"none: {self.why}"
        kind = "attracting" if abs(self.multiplier) < 1 else "repelling"
        return (
            f"{kind} limit cycle, period {self.period:.9g}, Floquet multiplier "
            f"{self.multiplier:.4g}"
        )


def limit_cycle(
    landscape: Landscape,
    *,
    beta: float | None = None,
    box: Mapping[str, tuple[float, float]] | None = None,
) -> LimitCycle:
    r"""Find the limit cycle of dx/dt = b(x) in the plane, or the reason why there is none.

        x(T) = x(0),      multiplier = P'(s) of Poincare's return map P

    Parameters
    ----------
    landscape
        With two coordinates.
    beta
        Inverse temperature of the drift, where it depends on it.
    box
        Coordinate -> (low, high), the region of the search; default: the landscape's domain, or
        (-3, 3).

    Returns
    -------
    LimitCycle
        The attracting cycle of the largest extent (else a repelling one), with the others in
        `others`; or a false value with the reason in `why`.  The period is accurate to about 1e-9.

    Raises
    ------
    ValueError
        Not two coordinates, a wrong box, or a drift that is a quadrature.

    Examples
    --------
    >>> from driftscape import landscapes
    >>> print(limit_cycle(landscapes.van_der_pol()))
    attracting limit cycle, period 6.66328686, Floquet multiplier 0.0008597
    >>> bool(limit_cycle(landscapes.double_well(rotation=1.5), beta=1))
    False
    """
    check_landscape(landscape)
    if landscape.dim != 2:
        raise ValueError(
            f"{landscape.name} has {landscape.dim} coordinates; the return map needs two."
        )
    flow, pairs = DriftFlow(landscape, beta), search_box(landscape, box)
    points = fixed_points(landscape, beta=beta, box=box)
    cycles: list[LimitCycle] = []
    trends = []
    for point in points:
        # a strongly repelling cycle attracts backwards in time
        rays = [_Ray(each, point, pairs) for each in (flow, flow.backwards())]
        met = [ray.cycles() for ray in rays]
        trends.append(met[0][1])
        for ray, distance in [
            (r, s) for r, (found, _) in zip(rays, met, strict=True) for s in found
        ]:
            cycle = ray.refine(distance, landscape, points)
            if cycle is not None and not any(cycle.same_as(c) for c in cycles):
                cycles.append(cycle)
    if not cycles:
        nothing = float("nan")
        return LimitCycle(nothing, nothing, None, points, _why_not(points, trends))
    cycles.sort(key=lambda c: (abs(c.multiplier) >= 1, -_extent(c)))
    first, *others = cycles
    return LimitCycle(
        first.period, first.multiplier, first.orbit, points, str(first), tuple(others)
    )


def _extent(cycle: LimitCycle) -> float:
    return 0.0 if cycle.orbit is None else float(np.ptp(cycle.orbit.values))


class _Ray:
    """A ray from a fixed point, and the return map on it."""

    def __init__(
        self, flow: DriftFlow, point: Equilibrium, pairs: list[tuple[float, float]]
    ) -> None:
        self.flow, self.origin = flow, point.at
        self.low, self.high = np.array(pairs).T
        along = np.eye(2)
        if "node" in point.kind or point.kind == "saddle":  # away from its eigenvectors
            along = np.array([[1.0, 0.3], [-0.3, 1.0]]) / np.hypot(1, 0.3)
        self.direction = max(along, key=self._reach)
        self.normal = np.array([-self.direction[1], self.direction[0]])
        turning = np.abs(point.eigenvalues.imag).max()
        self.turn = 2 * np.pi / max(turning, np.abs(point.eigenvalues).max(), 1e-3)

    def _reach(self, direction: Float) -> float:
        """Return the length of the ray inside the box."""
        with np.errstate(divide="ignore", invalid="ignore"):
            room = (np.where(direction > 0, self.high, self.low) - self.origin) / direction
        return float(np.nanmin(np.where(direction == 0, np.nan, room)))

    def returned(self, distances: Float, rtol: float) -> tuple[Float, Float]:
        """Return P(s) and the times of return; NaN where the flow does not come back."""
        from scipy.integrate import solve_ivp
        from scipy.optimize import brentq

        start = self.origin + distances[:, None] * self.direction
        sense = np.sign(self.flow(start) @ self.normal)
        back, times = (np.full(len(distances), np.nan) for _ in range(2))
        state, now, alive = start.copy(), 0.0, np.flatnonzero(sense != 0)
        for _ in range(_MOST_TURNS):
            if not len(alive):
                break
            n = len(alive)
            piece = solve_ivp(
                lambda t, x, n=n: self._inside(x.reshape(n, 2)).ravel(), (now, now + self.turn),
                state[alive].ravel(), method="DOP853", dense_output=True, rtol=rtol,
                atol=rtol / 100,
            )  # fmt: skip
            grid = np.union1d(piece.t, np.linspace(now, now + self.turn, _POINTS_PER_TURN))
            path = piece.sol(grid).T.reshape(len(grid), n, 2)
            height = (path - self.origin) @ self.normal * sense[alive]
            reach = (path - self.origin) @ self.direction
            # from below the ray to above it, in the sense in which it was left
            up = (height[:-1] < 0) & (height[1:] >= 0) & (reach[1:] > 0)
            returns = up.any(axis=0)
            for lane in np.flatnonzero(returns).tolist():
                i = int(up[:, lane].argmax())

                def above(t: float, lane: int = lane) -> float:
                    x = piece.sol(t).reshape(-1, 2)[lane]  # noqa: B023  used at once
                    return float((x - self.origin) @ self.normal)

                ends = float(grid[i]), float(grid[i + 1])
                if above(ends[0]) * above(ends[1]) >= 0:
                    continue  # at rest on the ray: the crossing is a rounding error
                t = float(brentq(above, *ends, xtol=1e-14, rtol=1e-14))
                x = piece.sol(t).reshape(-1, 2)[lane]
                back[alive[lane]] = (x - self.origin) @ self.direction
                times[alive[lane]] = t
            end = path[-1]
            state[alive] = end
            still = np.abs(self._inside(end)).max(axis=1) < _LEAST_SPEED
            alive, now = alive[~(returns | still)], now + self.turn
        return back, times

    def _inside(self, points: Float) -> Float:
        """Return the flow, stopped a quarter of a box outside, where some would reach infinity."""
        room = 0.25 * (self.high - self.low)
        within = ((points > self.low - room) & (points < self.high + room)).all(axis=1)
        return np.where(within[:, None], self.flow(points), 0.0)

    def cycles(self) -> tuple[list[float], str]:
        """Return the distances at which P(s) - s changes sign, and the trend of the flow."""
        s = 0.999 * self._reach(self.direction) * np.linspace(0, 1, _RAY_POINTS + 1)[1:] ** 1.5
        shift = self.returned(s, _ROUGH)[0] - s
        known = np.isfinite(shift)
        small = np.abs(shift) < _CLOSED_SHIFT * s  # an interval of closed orbits: a centre
        if known.any() and small[known].mean() > 0.5:
            return [], "closed"
        change = known[:-1] & known[1:] & (shift[:-1] * shift[1:] < 0)
        found = []
        for i in np.flatnonzero(change):
            # the secant's zero; `refine` makes it exact
            found.append(float(s[i] - shift[i] * (s[i + 1] - s[i]) / (shift[i + 1] - shift[i])))
        if not known.any():
            return found, "leaves"
        return found, "inwards" if (shift[known] < 0).all() else "outwards"

    def refine(
        self, distance: float, landscape: Landscape, points: tuple[Equilibrium, ...]
    ) -> LimitCycle | None:
        """Return the cycle near a point of the ray by Newton's method; None where there is none."""
        import xarray as xr

        s = distance
        for _ in range(_NEWTON_STEPS):
            back, period = (float(v[0]) for v in self.returned(np.array([s]), _EXACT))
            if not np.isfinite(back):
                return None
            times, path, multiplier = self._once_round(s, period)
            if abs(back - s) < 1e-11 * (1 + s):
                break
            s += (back - s) / (1 - multiplier)
        else:
            return None
        coordinates = {"time": times, "coordinate": list(landscape.coordinates)}
        if self.flow.sense < 0:
            path, multiplier = path[::-1], 1 / multiplier
        orbit = xr.DataArray(path, coordinates, ("time", "coordinate"), "orbit")
        labelled(orbit, {"orbit": Label("limit cycle", formula="dx/dt = b(x)")})
        return LimitCycle(period, multiplier, orbit, points, "")

    def _once_round(self, distance: float, period: float) -> tuple[Float, Float, float]:
        """Return times, points and P'(s) of one turn.

        P'(s) is the determinant of the monodromy matrix over its factor along the flow, which is
        b(end)/b(start) and 1 on a cycle.
        """
        from scipy.integrate import solve_ivp

        start = self.origin + distance * self.direction

        def tangent(t: float, y: Float) -> Float:
            x, m = y[:2], y[2:].reshape(2, 2)
            return np.concatenate([self.flow(x), (self.flow.jacobian(x) @ m).ravel()])

        times = np.linspace(0, period, 201)
        solved = solve_ivp(
            tangent, (0, period), np.concatenate([start, np.eye(2).ravel()]), method="DOP853",
            t_eval=times, rtol=_EXACT, atol=_EXACT / 100,
        )  # fmt: skip
        end, monodromy = solved.y[:2, -1], solved.y[2:, -1].reshape(2, 2)
        speed = (self.flow(start) @ self.normal) / (self.flow(end) @ self.normal)
        return times, solved.y[:2].T, float(np.linalg.det(monodromy) * speed)


def _why_not(points: tuple[Equilibrium, ...], trends: list[str]) -> str:
    if not points:
        return "no fixed point in the box, and a cycle in the plane encloses one; give box=."
    weak = [(p, t) for p, t in zip(points, trends, strict=True) if p.kind == "weak focus"]
    if weak:
        point, trend = weak[0]
        period = 2 * np.pi / point.eigenvalues.imag.max()
        if trend == "closed":
            return f"a centre at {_at(point)}: every orbit about it closes, none attracts."
        way = {"inwards": "spirals in", "outwards": "spirals out"}.get(trend, "leaves")
        return (
            f"weak focus at {_at(point)}: to first order a centre of period {period:.4g}, and the "
            f"flow {way}, slower the closer it is."
        )
    listed = "; ".join(map(str, points))
    return f"no orbit returns to itself inside the box ({listed})."


def _at(point: Equilibrium) -> str:
    return f"({', '.join(f'{x:.4g}' for x in point.at)})"
