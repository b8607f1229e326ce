"""Faults in measured numbers and their errors."""

from __future__ import annotations

from .mutation import Mutation

MUTATIONS = [
    Mutation(
        "driftscape/analysis/correlations.py",
        "return product / np.arange(n, 0, -1)",
        "return product / n",
        ["tests/analysis/test_correlations.py"],
        "products of a lag are divided by the number of snapshots and not by their own",
    ),
    Mutation(
        "driftscape/analysis/correlations.py",
        "_, stderr = data.average((raw - mean * raw[:, :1]) / variance)",
        "_, stderr = data.average(3 * (raw - mean * raw[:, :1]) / variance)",
        ["tests/analysis/test_correlations.py"],
        "the error of an autocorrelation is three times its scatter",
    ),
    Mutation(
        "driftscape/analysis/correlations.py",
        "_, stderr = data.average((raw - mean * raw[:, :1]) / variance)",
        "_, stderr = data.average(raw / variance)",
        ["tests/analysis/test_correlations.py"],
        "the variance is taken as known: an error at lag 0",
    ),
    Mutation(
        "driftscape/analysis/correlations.py",
        "null = mean[1] ** np.arange(len(mean))",
        "null = mean[1] ** (np.arange(len(mean)) / 2)",
        ["tests/analysis/test_correlations.py"],
        "the null is at half the lag",
    ),
    Mutation(
        "driftscape/analysis/passages/mean_first_passage_time.py",
        "error = math.sqrt(variance + (left * mean_after) ** 2 / count)",
        "error = left * mean_after / math.sqrt(count)",
        [
            "tests/analysis/passages/test_mean_first_passage_time.py::test_the_error_holds_what_was_seen_before_the_tail_and_the_tail"
        ],
        "the error of a mean under censoring without its Kaplan-Meier part",
    ),
    Mutation(
        "driftscape/analysis/passages/skewed.py",
        "error = size * rate.stderr / speed**2 if certain else math.inf",
        "error = size * rate.stderr / speed if certain else math.inf",
        ["tests/analysis/test_rotation.py::test_the_error_of_a_period_is_its_scatter"],
        "the error of a period is not that of a ratio",
    ),
    Mutation(
        "driftscape/analysis/passages/skewed.py",
        "return Interval(self.size / far, self.size / near if near else math.inf)",
        "return Interval(self.value - 2 * self.stderr, self.value + 2 * self.stderr)",
        ["tests/analysis/test_rotation.py::test_no_turning_has_no_period"],
        "the interval of a period without a period is (nan, nan)",
    ),
    Mutation(
        "driftscape/analysis/entropy/sampled_free_energy.py",
        "error: Float = np.std(blocks, axis=-1, ddof=1) / np.sqrt(blocks.shape[-1])",
        "error: Float = np.std(blocks, axis=-1, ddof=1) / np.sqrt(2 * blocks.shape[-1])",
        [
            "tests/analysis/entropy/test_free_energy.py::test_the_error_of_a_free_energy_is_its_scatter"
        ],
        "the error of a free energy is too small by sqrt(2)",
    ),
    Mutation(
        "driftscape/analysis/entropy/sample_entropy.py",
        "_POINTS = 32",
        "_POINTS = 8",
        [
            "tests/analysis/entropy/test_free_energy.py::test_the_size_of_the_bias_is_stated_where_it_has_no_sign"
        ],
        "errors from parts of eight points",
    ),
    Mutation(
        "driftscape/analysis/estimate/block.py",
        "if self.noise != other.noise:",
        "if True:",
        ["tests/analysis/test_estimate_arithmetic.py"],
        "trajectories of one noise are taken as independent",
    ),
    Mutation(
        "driftscape/analysis/estimate/block.py",
        "if self.noise != other.noise:",
        "if False:",
        ["tests/analysis/test_estimate_arithmetic.py"],
        "trajectories of equal numbers are paired whatever their noise",
    ),
    Mutation(
        "driftscape/analysis/estimate/block.py",
        "added = added.part(_others(len(added.numbers), there))",
        "added = added.part(there[:0])",
        ["tests/analysis/test_estimate_arithmetic.py"],
        "trajectories that only the second estimate has are lost",
    ),
    Mutation(
        "driftscape/analysis/estimate/interval.py",
        "known = n_eff < 2 or math.isinf(n_eff)",
        "known = True",
        ["tests/analysis/test_estimate.py"],
        "intervals and verdicts of a normal law, however few values there are",
    ),
    Mutation(
        "driftscape/analysis/estimate/interval.py",
        "if not abs(k) > _SYMMETRIC:",
        "if True:",
        ["tests/analysis/test_sample_mean.py"],
        "intervals that do not know of skewness",
    ),
    Mutation(
        "driftscape/analysis/estimate/block.py",
        "return self.weight * float(np.sum(self.values**3)) if self.weight else 0.0",
        "return self.weight * float(np.sum(abs(self.values) ** 3)) if self.weight else 0.0",
        ["tests/analysis/test_estimate.py"],
        "a negative factor keeps the sign of the skewness",
    ),
    Mutation(
        "driftscape/analysis/estimate/interval.py",
        "if not abs(h) > _SYMMETRIC or not math.isfinite(h):",
        "if True:",
        ["tests/analysis/test_estimate_arithmetic.py"],
        "intervals of functions that do not know of their curvature",
    ),
    Mutation(
        "driftscape/analysis/passages/life_table.py",
        "return np.asarray(until[self.index] + last)",
        "return np.asarray(last)",
        ["tests/analysis/passages/test_contributions.py"],
        "contributions that leave out the time on the way",
    ),
    Mutation(
        "driftscape/theory/units.py",
        "math.pow(here / there, other.step)",
        "1.0",
        ["tests/theory/test_units.py"],
        "steps of two lengths are one unit",
    ),
    Mutation(
        "driftscape/analysis/pieces.py",
        "if length < SHORTEST * time:",
        "if False:",
        ["tests/analysis/test_moments.py"],
        "pieces shorter than the correlation time",
    ),
    Mutation(
        "driftscape/analysis/sample_mean.py",
        "skewness = _skewness(values) / math.sqrt(count)",
        "skewness = _skewness(values) / count",
        ["tests/analysis/test_sample_mean.py"],
        "the skewness of a mean falls too fast",
    ),
    Mutation(
        "driftscape/analysis/step_bias.py",
        "limits = [values[-1], *_limits(values, order)]",
        "limits = [values[-1], *_limits(values[-2:], order)]",
        ["tests/analysis/test_step_bias.py"],
        "an extrapolation over two levels that states the whole correction as left",
    ),
    Mutation(
        "driftscape/analysis/step_bias.py",
        "return [pairs[1], pairs[1] + (pairs[1] - pairs[0]) / (2.0 ** (order + 1) - 1)]",
        "return [pairs[1], pairs[1] + (pairs[1] - pairs[0]) / (2.0 ** order - 1)]",
        ["tests/analysis/test_step_bias.py"],
        "the second term is taken away at the order of the first",
    ),
    Mutation(
        "driftscape/analysis/potential.py",
        '{"potential": (names, phi), "stderr": (names, error)}, centres,',
        '{"potential": (names, phi - np.nanmin(phi)), "stderr": (names, error)}, centres,',
        ["tests/theory/test_potential.py::test_the_constant_of_phi_from_a_sample_is_no_bins_noise"],
        "the noise of the lowest bin is subtracted from all",
    ),
]
