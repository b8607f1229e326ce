"""A quadratic loss under correlated gradient noise: density, current, area swept, and the checks.

    f = x1^2/2 + 3 x2^2/2,    D = [[1, rho], [rho, 1]]

The matrices of loss and noise commute only for rho = 0.  Otherwise the axes of Phi are not those of
f, and there is a stationary current.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .... import analysis, landscapes, simulate, theory
from ....analysis import Estimate
from ....landscapes import Landscape
from ....typing import Float
from ...report.figure import Check
from ...shared.linear_chain import LinearChain

if TYPE_CHECKING:
    import xarray as xr

RATES = ((1, 0), (0, 3))
CORRELATION, CORRELATIONS = 0.9, (-0.9, -0.6, -0.3, 0.0, 0.3, 0.6, 0.9)
RATE = 0.1  # of SGD
_SDE: dict[str, Any] = {
    "dynamics": simulate.Ito(beta=1, dt=0.04, scheme="weak-2"), "time": 50, "save_every": 10,
}  # fmt: skip
_EARLY = 25  # snapshots: ten units of time, the slowest rate being 1


@dataclass(frozen=True)
class Ellipse:
    """The linear SDE at the strongest correlation, beta = 1.

    Attributes
    ----------
    near
        `theory.linearise(...)` at the origin.
    states
        Stationary states, shape (n, 2).
    mixed
        Measured <x1 x2>.
    operator, parts
        The Fokker-Planck operator, and the decomposition of its drift.
    """

    near: theory.Linearisation
    states: Float
    mixed: Estimate
    operator: theory.FokkerPlanck
    parts: xr.Dataset

    def current(self, points: Float) -> Float:
        """Return the velocity J/rho at points (n, 2), interpolated on the grid."""
        import xarray as xr

        x1, x2 = (xr.DataArray(points[:, i], dims="point") for i in range(2))
        circulation = self.parts.circulation.interp(x1=x1, x2=x2)
        return np.asarray(circulation.transpose("point", "coordinate").values)


def landscape(correlation: float) -> Landscape:
    """Return the loss with gradient noise of this correlation."""
    noise = [[1, float(correlation)], [float(correlation), 1]]
    return landscapes.linear(RATES, noise)


def chain(correlation: float) -> LinearChain:
    """Return the exact chain of SGD on the loss."""
    return LinearChain.of(landscape(correlation), simulate.SGD(learning_rate=RATE))


def sweep(correlation: float, trajectories: int, seed: int) -> Estimate:
    """Measure the area that SGD sweeps per unit of time."""
    sgd = simulate.SGD(learning_rate=RATE)
    run = simulate.run(
        landscape(correlation),
        sgd,
        steps=1100,
        trajectories=trajectories,
        save_every=1,
        seed=seed,
    )
    return analysis.area_rate(run, discard_steps=100)


def ellipse(trajectories: int, seed: int) -> Ellipse:
    """Simulate the SDE and solve it on a grid."""
    loss = landscape(CORRELATION)
    run = simulate.run(loss, **_SDE, trajectories=trajectories, seed=seed)
    fp = theory.fokker_planck(loss, beta=1, shape=192)
    return Ellipse(
        theory.linearise(loss, at=(0, 0), beta=1),
        run.state.values[:, _EARLY:].reshape(-1, 2),
        analysis.moment(run, "x1*x2"),
        fp,
        theory.decompose(fp),
    )


def ellipse_checks(ellipse: Ellipse) -> tuple[Check, ...]:
    """Return the checks of Phi, of the current and of the area, and the same with the loss."""
    near, fp = ellipse.near, ellipse.operator
    node = theory.potential(fp).sel(x1=0.7, x2=0.5, method="nearest")
    point = np.array([float(node.x1), float(node.x2)])
    cell = float(max(fp.grid.spacing)) ** 2  # the grid is of second order
    height = Estimate(float(node), cell, 1, "grid of 192 x 192 cells")
    flow = ellipse.current(point[None, :])[0]
    along, across = (
        Estimate(
            float(flow @ slope / np.linalg.norm(flow) / np.linalg.norm(slope)), cell, 1, "grid"
        )
        for slope in (near.hessian @ point, near.rates @ point)
    )
    torque = fp.torque()
    swept = Estimate(torque.value / 2, max(torque.truncation, 1e-6), 1, "grid")
    loss = float(point @ near.rates @ point / 2)
    at = f"at ({point[0]:.2f}, {point[1]:.2f})"
    return (
        Check(f"correlated noise: Φ {at}, grid = exact", height, float(near.potential(point))),
        Check(f"correlated noise: Φ {at}, grid = loss", height, loss, "rejected"),
        Check(f"cosine between current and ∇Φ {at} = 0", along, 0.0, against=across.value),
        Check(f"cosine between current and ∇f {at} = 0", across, 0.0, "rejected"),
        Check("SDE: area swept per unit of time, grid = exact", swept, float(-near.curl[1, 0])),
        Check("SDE: ⟨x₁x₂⟩ = that of exp(−βΦ)", ellipse.mixed, float(near.covariance(1)[0, 1])),
        Check("SDE: ⟨x₁x₂⟩ = 0, as for exp(−βf)", ellipse.mixed, 0.0, "rejected"),
    )


def area_checks(
    sweeps: dict[float, Estimate], chains: dict[float, LinearChain]
) -> tuple[Check, ...]:
    """Return the checks of the area that SGD sweeps; arguments by the correlation of the noise."""
    area = "SGD, correlation {:g}: area swept per unit of time = exact"
    strong, beta = sweeps[CORRELATION], chains[CORRELATION].beta
    # half the torque of the SDE, -q/beta with q = rho (3 - 1)/(3 + 1)
    continuous = -CORRELATION / 2 / beta
    return (
        *(
            Check(
                area.format(rho),
                sweeps[rho],
                chains[rho].area_rate(),
                against=0.0 if rho else chains[CORRELATION].area_rate(),
            )
            for rho in (-CORRELATION, 0.0, CORRELATION)
        ),
        Check("SGD, correlation 0.9: area swept = 0, as for Φ = f", strong, 0.0, "rejected"),
        Check("SGD, correlation 0.9: area swept = that of the SDE", strong, continuous, "rejected"),
    )


def isotropic_checks(trajectories: int, seed: int) -> tuple[Check, ...]:
    """Simulate D = 2 and return the checks of Phi = f/2."""
    even = landscapes.linear(RATES, ((2, 0), (0, 2)))
    run = simulate.run(even, **_SDE, trajectories=trajectories, seed=seed)
    square = analysis.moment(run, "x1**2")
    return (
        Check("isotropic noise D = 2: ⟨x₁²⟩ = that of exp(−βf/2)", square, 2.0),
        Check(
            "isotropic noise D = 2: ⟨x₁²⟩ = that of exp(−βf), as printed", square, 1.0, "rejected"
        ),
    )
