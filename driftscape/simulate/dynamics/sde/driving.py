"""Increments that drive an SDE: Gaussian, two-valued or symmetric alpha-stable.

gaussian     dW, variance dt
rademacher   +-sqrt(dt): the same mean and covariance from one bit, for averages only
stable       dL/sqrt(2) with E exp(i k L_t) = exp(-t |k|**alpha): jumps, no variance for alpha < 2;
             at alpha = 2 it is dW again

A stable number is computed from a uniform angle V and an exponential W (Chambers, Mallows, Stuck),

    sin(alpha V)/cos(V)**(1/alpha) (cos((1 - alpha) V)/W)**((1 - alpha)/alpha),

and scaled with dt**(1/alpha).  Reference: J. Chambers, C. Mallows, B. Stuck, J. Am. Stat. Assoc. 71
(1976) 340.
"""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from ....typing import Assignment
from ....validate import check_choice, real, shown
from ...step import Step, parameter
from .schemes import SCHEMES
from .updates import DT

DRIVING = ("gaussian", "rademacher", "stable")
#: schemes that keep weak order 1 when driven by two-valued increments
_TWO_VALUED = ("euler-maruyama", "heun")


def check_driving(noise: object, alpha: float | None, scheme: str, jumps: bool, name: str) -> None:
    """Raise an error if the driving noise does not fit the scheme or the interpretation.

    `jumps` tells whether the interpretation, called `name`, is defined for noise with jumps.
    """
    check_choice("noise", noise, DRIVING)
    check_choice("scheme", scheme, SCHEMES)
    if noise == "rademacher" and scheme not in _TWO_VALUED:
        raise ValueError(
            f"noise='rademacher' has the moments of a Gaussian up to the third only, too few for "
            f"scheme={scheme!r}; use scheme={' or '.join(map(repr, _TWO_VALUED))}, or "
            "noise='gaussian'."
        )
    if noise != "stable":
        if alpha is not None:
            raise ValueError(
                f"alpha={shown(alpha)} belongs to noise='stable'; got noise={noise!r}."
            )
        return
    if alpha is None or real(alpha) is None or not 0 < alpha <= 2:
        raise ValueError(f"alpha={shown(alpha)}; noise='stable' needs a number 0 < alpha <= 2.")
    if scheme != "euler-maruyama" or not jumps:
        raise ValueError(
            f"noise='stable' with {name}(scheme={scheme!r}): jumps have no Taylor scheme "
            "and no other interpretation here; use Ito(scheme='euler-maruyama')."
        )


def driven(step: Step, noise: str, alpha: float | None) -> Step:
    """Return the step with its normals replaced by other increments of the same size."""
    if noise == "gaussian":
        return step
    normals = [x for x, law in step.noise.items() if law == "normal"]
    if noise == "rademacher":
        return replace(step, noise={**step.noise, **dict.fromkeys(normals, "rademacher")})
    a = parameter("alpha")
    assignments: list[Assignment] = []
    laws: dict[sp.Basic, str] = {}
    swaps = {}
    for x in normals:
        u, w = (sp.Symbol(f"{x.name}.{part}", real=True) for part in ("u", "w"))
        angle, jump = (sp.Symbol(f"let.{x.name}.{part}", real=True) for part in ("v", "x"))
        laws |= {u: "uniform", w: "exponential"}
        stable = (
            sp.sin(a * angle)
            / sp.cos(angle) ** (1 / a)
            * (sp.cos((1 - a) * angle) / w) ** ((1 - a) / a)
        )
        # the scheme multiplies by sqrt(2 dt/beta): leave sqrt(1/beta) dt**(1/alpha)
        assignments += [
            (angle, sp.pi * (u - sp.S.Half)),
            (jump, DT ** (1 / a - sp.S.Half) / sp.sqrt(2) * stable),
        ]
        swaps[x] = jump
    return replace(
        step,
        assignments=(*assignments, *((s, e.xreplace(swaps)) for s, e in step.assignments)),
        update=tuple(e.xreplace(swaps) for e in step.update),
        noise={**laws, **{x: law for x, law in step.noise.items() if x not in swaps}},
        parameters={**step.parameters, a: alpha},
    )
