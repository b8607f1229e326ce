"""A small set of combinations in which every pair of values occurs that can occur at all."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable
from itertools import combinations
from typing import NamedTuple


class Covering(NamedTuple):
    """The chosen combinations, every pair they hold, and the pairs that no combination allows."""

    chosen: list[tuple]
    covered: set[Hashable]
    impossible: set[Hashable]


def covering(
    combos: Iterable[tuple],
    pairs_of: Callable[[tuple], set],
    allowed: Callable[[tuple], bool],
    cost: Callable[[tuple], float] = lambda combo: 1.0,
) -> Covering:
    """Choose combinations that together hold every pair of `pairs_of` that some `allowed` one has.

    Greedy and deterministic: for each pair that is still missing, of the combinations that have it
    the one with the most missing pairs for its `cost`; of equals, one with values seldom used.
    `allowed` may be slow: it is asked only of combinations about to be chosen.
    """
    holds = defaultdict(list)
    for combo in combos:
        for pair in sorted(pairs_of(combo)):
            holds[pair].append(combo)
    verdicts: dict[tuple, bool] = {}
    chosen, covered, impossible, used = [], set(), set(), Counter()

    def rank(combo):
        gain = len(pairs_of(combo) - covered - impossible)
        return cost(combo) / gain, sum(used[value] for value in combo)

    for pair in sorted(holds, key=lambda pair: len(holds[pair])):  # those hard to place come first
        if pair in covered:
            continue
        for combo in sorted(holds[pair], key=rank):
            if combo not in verdicts:
                verdicts[combo] = allowed(combo)
            if verdicts[combo]:
                chosen.append(combo)
                covered |= pairs_of(combo)
                used.update(combo)
                break
        else:
            impossible.add(pair)
    return Covering(chosen, covered, impossible)


def value_pairs(values: dict[str, Hashable], wanted: Iterable[tuple[str, str]] = ()) -> set:
    """Return the pairs of values of a combination, of `wanted` factors or of every two."""
    factors = wanted or combinations(values, 2)
    return {(a, str(values[a]), b, str(values[b])) for a, b in factors}
