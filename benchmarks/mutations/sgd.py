"""Faults in the temperature of SGD, the stability of steps and the checks of the gallery."""

from .mutation import Mutation

TEMPERATURE = ("tests/simulate/dynamics/test_temperature.py",)
GROWTH = ("tests/simulate/stability/test_growth.py",)
WARNED = ("tests/simulate/test_divergence.py",)
CHECKS = ("tests/gallery/test_reproduce.py",)

MUTATIONS = [
    Mutation(
        "driftscape/simulate/dynamics/sgd.py",
        "return self.batch * (self.train_size - 1) / rest if rest else math.inf",
        "return self.batch * self.train_size / rest if rest else math.inf",
        TEMPERATURE,
        "the noise without replacement with N in place of N - 1",
    ),
    Mutation(
        "driftscape/simulate/dynamics/sgd.py",
        "            beta *= (size - 1) / (size - batch)\n",
        "            pass\n",
        TEMPERATURE,
        "a current taken at the temperature of batches with replacement",
    ),
    Mutation(
        "driftscape/simulate/dynamics/sgd.py",
        "substeps = math.ceil(slow / rate - 1e-9)",
        "substeps = 1",
        TEMPERATURE,
        "the SDE of momentum made with one step of ten times the learning rate",
    ),
    Mutation(
        "driftscape/simulate/stability/growth.py",
        "image = np.swapaxes(image + left @ curvature @ left.swapaxes(1, 2) / 2, 0, 1)",
        "image = np.swapaxes(image, 0, 1)",
        GROWTH,
        "stability without the noise that grows with the distance",
    ),
    Mutation(
        "driftscape/simulate/stability/moments.py",
        "share = (size - batch) / (np.maximum(size - 1, 1) * batch)",
        "share = 1 / batch",
        GROWTH,
        "stability of batches without replacement as of batches with it",
    ),
    Mutation(
        "driftscape/simulate/stability/growth.py",
        "if growth(moments, point, low) < 1 - _CLEAR:",
        "if growth(moments, point, low) < 1 + 1e-3:",
        GROWTH,
        "growth of the equation's own taken for that of the step",
    ),
    Mutation(
        "driftscape/simulate/stability/growth.py",
        "return bool(_growths(moments, point[None], 1.0, _FAR)[0] <= 1.01)",
        "return False",
        GROWTH,
        "a map that wanders about taken for one that goes off",
    ),
    Mutation(
        "driftscape/simulate/stability/settle.py",
        "for way in (-1, 1)]",
        "for way in (0, 0)]",
        GROWTH,
        "no minimum found from a saddle",
    ),
    Mutation(
        "driftscape/simulate/divergence.py",
        "np.flatnonzero(factors > 1 + _ROUNDING)",
        "np.flatnonzero(factors > 4)",
        WARNED,
        "no word of a run that grows",
    ),
    Mutation(
        "driftscape/gallery/report/figure.py",
        'return self.expect != "agrees" or self.tolerance < 1',
        "return True",
        CHECKS,
        "a check that could not have failed passes",
    ),
]
