"""Checks of an operator that is an argument."""

from __future__ import annotations

from ...validate import check_kind, shown
from .fokker_planck.operator import FokkerPlanck
from .operator import Operator
from .transfer.operator import TransferOperator


def check_operator(operator: object) -> Operator:
    """Return the argument `operator`; raise a `TypeError` that names it if it is none."""
    if not isinstance(operator, (FokkerPlanck, TransferOperator)):
        raise TypeError(
            f"operator={shown(operator)}; give theory.fokker_planck(...) or "
            "theory.transfer_operator(...)."
        )
    return operator


def check_fokker_planck(operator: object) -> FokkerPlanck:
    """Return the argument `operator`; raise a `TypeError` unless it is that of a diffusion."""
    return check_kind("operator", operator, FokkerPlanck, "theory.fokker_planck(...)")
