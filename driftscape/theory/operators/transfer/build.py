"""`transfer_operator`: the one-step kernel of SGD on a grid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .operator import TransferOperator

_MOST_COORDINATES = 2

_CELLS = {1: 512, 2: 64}
_CELLS_OF_ATOMS = {1: 4096, 2: 96}  # without a continuous sample nothing is smooth
_PANELS = {1: 64, 2: 8}
_NODES = {1: 8, 2: 6}
_FEWEST = 16


def transfer_operator(
    landscape: Any,
    sgd: Any,
    *,
    box: Any = None,
    shape: Any = None,
    sides: Any = "open",
    frame: Any = None,
    tail: float | None = None,
    max_bytes: float = 2e9,
) -> TransferOperator:
    r"""Put the law of discrete SGD on a grid: stationary law, spectrum, evolution, passages.

        (K f)(theta) = E f(theta - (learning_rate/batch_size) sum_k grad l(theta; x_k))

    from the law of the samples itself, whatever its skewness or support: no SDE, no covariance.
    f between nodes is interpolated by polynomials of degree 7 (5 in two dimensions), and the
    transpose of K moves masses.  It is what `SGD.as_sde(order=1)` and `(order=2)` approximate.

    Parameters
    ----------
    landscape
        1 or 2 coordinates (or one more, see `frame`), from a loss with samples or data, or any on
        which SGD draws Gaussian gradients.
    sgd
        `simulate.SGD` with fresh samples and one constant learning rate.
    box
        (low, high) for each coordinate, or coordinate -> (low, high) for some; what is not given
        is found, see `tail`, from the start and the known minima on: a well that steps reach with
        less than `tail` is not seen.
    shape
        Nodes along each axis, even; one number for all.  Default 512 (4096 for samples of finite
        support only), 64 x 64 (96 x 96).
    sides
        "open" (the default: the box is meant to hold the law) or "periodic" for all, or coordinate
        -> one of them.  The box of a periodic coordinate is its period, (-pi, pi) say; the law is
        then that modulo the period, expressions and targets must have the period, and
        `drift_velocity` says how fast the coordinate goes round.
    frame
        Coordinate -> value: take the coordinate away by a symmetry that shifts it, which the
        landscape states (`facts.symmetries`).  After each step it is brought back to its value,
        and the others along; expressions and targets name them in that frame.
    tail
        Mass of the stationary law beyond a box that is found; default 1e-12, or up to 1e-6 where
        the tails are so heavy that the box would be all tail.  A stationary step may leave the box
        with up to 1e-6; what that does to a mean is in its truncation.
    max_bytes
        Memory that the matrix may take.

    Returns
    -------
    TransferOperator
        Prints grid, nodes of the samples and, once known, the mass beyond the box.

    Raises
    ------
    ValueError
        Another number of coordinates; an SDE, momentum, a schedule, a training set; a batch with
        too many combinations of samples; too many nodes for the memory.
    NoSteadyState
        (a ValueError) No box holds the chain: it diverges, or goes round.

    Notes
    -----
    Weak orders are promises for a fixed time.  The stationary variance of a quadratic loss is
    eta/(2 - eta) for SGD, eta/2 for the SDE of order 1 and eta/(2 + eta) for that of order 2: equal
    at leading order only, and order 2 is no better; times of escape differ by factors.

    Examples
    --------
    The screw seen from a frame that turns with it: its velocity, exactly, per step.

    >>> from driftscape import landscapes, simulate, theory
    >>> screw, sgd = landscapes.archimedes(), simulate.SGD(learning_rate=0.1)
    >>> op = theory.transfer_operator(screw, sgd, frame={"z": 0})
    >>> op.steady_state().dims
    ('u', 'v')
    >>> print(f"{op.drift_velocity('z').value:.6f}")
    0.001778
    """
    # scipy.linalg costs 0.2 s to import, and most programs never come here
    from ..box import read_box
    from ..grid import Grid
    from .box import ACCEPTED, find_box, first_ends
    from .chain import Chain
    from .circle import check_circles, check_lines, read_circles
    from .dynamics import check_dynamics
    from .frame import Frame
    from .operator import TransferOperator
    from .rule import Rule

    sgd = check_dynamics(landscape, sgd)
    held = Frame.of(landscape, frame)
    dim = landscape.dim - (held is not None)
    if not 1 <= dim <= _MOST_COORDINATES:
        raise ValueError(
            f"{landscape.name} has {landscape.dim} coordinates; the grid of a kernel covers "
            f"{_MOST_COORDINATES}.  Take one away by a symmetry (frame=), or use trajectories: "
            "simulate.run, simulate.first_passage."
        )
    if tail is not None and not 0 < tail < 0.1:
        raise ValueError(f"tail={tail}; give a small mass, such as 1e-12.")
    chain = Chain.of(landscape, sgd, held)
    if held is not None:
        held.check(landscape, lambda states: _first_slopes(chain, states))
    rule = Rule.of(chain, _PANELS[dim])
    cells = _read_shape(chain.names, shape, rule.scanned is None, max_bytes)
    periodic = read_circles(chain.names, sides, box)
    begin = first_ends(chain, box)
    check_circles(chain, periodic, begin)
    check_lines(chain, [name not in read_box(chain.names, box) for name in chain.names], begin)
    ends, tail = find_box(chain, box, tail, periodic)
    grid = Grid(chain.names, ends, cells, periodic)
    allowed = max(ACCEPTED, 10 * tail)
    return TransferOperator(landscape, sgd, chain, grid, rule, _NODES[dim], allowed)


def _first_slopes(chain: Any, states: Any) -> Any:
    """Gradient at states of all coordinates, at one value of the samples."""
    from dataclasses import replace

    return replace(chain, frame=None).slopes(states, [0.7] * len(chain.draws))


def _read_shape(
    names: tuple[str, ...], given: Any, atoms: bool, max_bytes: float
) -> tuple[int, ...]:
    if isinstance(given, Mapping):
        if set(given) != set(names):
            raise ValueError(f"shape={given!r} must name each of {', '.join(names)}.")
        given = [given[name] for name in names]
    given = (_CELLS_OF_ATOMS if atoms else _CELLS)[len(names)] if given is None else given
    cells = [given] * len(names) if hasattr(given, "__index__") else list(given)
    whole = all(hasattr(n, "__index__") and not isinstance(n, bool) for n in cells)
    if len(cells) != len(names) or not whole or any(n < _FEWEST or n % 2 for n in cells):
        raise ValueError(
            f"shape={given!r}; give an even number of nodes for each of {', '.join(names)}, at "
            f"least {_FEWEST} (a grid half as fine gives the error)."
        )
    size = 1
    for n in cells:
        size *= int(n)
    needed = 12.0 * size * (size if len(names) == 1 else min(size, 2500))
    if needed > max_bytes:
        raise ValueError(
            f"shape={tuple(cells)} needs about {needed / 1e9:.1f} GB, more than max_bytes = "
            f"{max_bytes / 1e9:.1f} GB; give fewer nodes, a smaller box=, or more memory."
        )
    return tuple(int(n) for n in cells)
