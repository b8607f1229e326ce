"""Landscapes: losses, potentials and drifts as formulas, and all fields derived from them.

landscape      `Landscape`, with `from_loss`, `from_potential` and `from_drift`
field, fields  `Field`, a symbolic tensor that is also a NumPy function; the fields of a landscape
samples        `Normal`, `Uniform`, `Rademacher`, `Exponential`: laws of the samples of a loss
facts          `Facts`, exact results about a landscape
display        `Landscape.on_grid`, and formulas in a notebook; on_grid, window, box: its parts
coordinates    `change_coordinates`, the same loss in other coordinates
errors         `FormulaError`, `NotAvailable`
arguments      checks of the arguments of every landscape
checks         numerical validation of formulas
kinds          the classes for a loss, a data set, a potential and a drift
formulas       text to SymPy and back, evaluation, derivatives
integration    expectations over samples, integrals over space, zeros of fields
library        the shipped landscapes

The shipped landscapes (`ZOO` has them by name; `help(landscapes.two_basins)` shows a definition):

archimedes, tilted_screw, screw_loop        valleys along which SGD drifts
ratchet, two_basins                         noise that circulates, noise that leaves sharp minima
mean_estimation, gaussian_fit, cubic_chi,
cosh, linear_network                        losses on which orders and moments are exact
linear_regression, logistic_regression      losses of a finite data set, built-in or the user's
quartic_well, styblinski_tang,
mueller_brown                               potentials with barriers
linear, double_well,
divergence_free_double_well                 potentials with a circulation
maier_stein, van_der_pol                    drifts without a potential
"""

from collections.abc import Callable

from . import kinds  # noqa: F401  registers the kinds
from .coordinates import change_coordinates
from .errors import FormulaError, NotAvailable
from .facts import Facts, FixedPoint, StationaryMoment, Tensors
from .field import Field
from .landscape import Landscape
from .library.archimedes import archimedes
from .library.cosh import cosh
from .library.cubic_chi import cubic_chi
from .library.divergence_free_double_well import divergence_free_double_well
from .library.double_well import double_well
from .library.gaussian_fit import gaussian_fit
from .library.linear import linear
from .library.linear_network import linear_network
from .library.linear_regression import linear_regression
from .library.logistic_regression import SeparableWarning, logistic_regression
from .library.maier_stein import maier_stein
from .library.mean_estimation import mean_estimation
from .library.mueller_brown import mueller_brown
from .library.quartic_well import quartic_well
from .library.ratchet import ratchet
from .library.screw_loop import screw_loop
from .library.styblinski_tang import styblinski_tang
from .library.tilted_screw import tilted_screw
from .library.two_basins import two_basins
from .library.van_der_pol import van_der_pol
from .samples import Exponential, Law, Normal, Rademacher, StandardLaw, Uniform

#: name -> function of every shipped landscape
ZOO: dict[str, Callable[..., Landscape]] = {
    maker.__name__: maker
    for maker in (
        archimedes,
        cosh,
        cubic_chi,
        divergence_free_double_well,
        double_well,
        gaussian_fit,
        linear,
        linear_network,
        linear_regression,
        logistic_regression,
        maier_stein,
        mean_estimation,
        mueller_brown,
        quartic_well,
        ratchet,
        screw_loop,
        styblinski_tang,
        tilted_screw,
        two_basins,
        van_der_pol,
    )
}

__all__ = [
    "ZOO",
    "Exponential",
    "Facts",
    "Field",
    "FixedPoint",
    "FormulaError",
    "Landscape",
    "Law",
    "Normal",
    "NotAvailable",
    "Rademacher",
    "SeparableWarning",
    "StandardLaw",
    "StationaryMoment",
    "Tensors",
    "Uniform",
    "archimedes",
    "change_coordinates",
    "cosh",
    "cubic_chi",
    "divergence_free_double_well",
    "double_well",
    "gaussian_fit",
    "linear",
    "linear_network",
    "linear_regression",
    "logistic_regression",
    "maier_stein",
    "mean_estimation",
    "mueller_brown",
    "quartic_well",
    "ratchet",
    "screw_loop",
    "styblinski_tang",
    "tilted_screw",
    "two_basins",
    "van_der_pol",
]
