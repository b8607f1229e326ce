"""How a random word becomes a float: by the instruction, or by a sum where there is none.

AVX-512 and NEON convert a vector of words at once.  With AVX2 each word of a vector would be
converted alone; there 2**52 is put into the exponent and taken
off again, which is exact for the words below 2**52 that `to_float` is given.
"""

from __future__ import annotations

from functools import lru_cache

import llvmlite.binding as llvm

from . import target

_WAYS = (
    "  %x = uitofp {word} %w to {float}\n",
    "  %o = or {word} %w, {bits}\n"
    "  %y = bitcast {word} %o to {float}\n"
    "  %x = fsub {float} %y, {two52}\n",
)
_LANES = 8


def to_float() -> str:
    """Return the function `to_float` in LLVM's language, as the processor does it best."""
    return _function(_WAYS[_shortest(target.identity())], "to_float")


@lru_cache(maxsize=8)
def _shortest(_: str) -> int:
    """Return which way takes the fewest instructions for a vector."""
    machine = target.target_machine()
    texts = [_function(way, "vector", _LANES) for way in _WAYS]
    lengths = [len(machine.emit_assembly(llvm.parse_assembly(t)).splitlines()) for t in texts]
    return lengths.index(min(lengths))


def _function(way: str, name: str, lanes: int = 1) -> str:
    """Return a function that converts one word, or a vector of them."""

    def spread(kind: str, value: str = "") -> str:
        if lanes == 1:
            return value or kind
        return f"<{', '.join([f'{kind} {value}'] * lanes)}>" if value else f"<{lanes} x {kind}>"

    body = way.format(
        word=spread("i64"),
        float=spread("double"),
        bits=spread("i64", "4841369599423283200"),
        two52=spread("double", "0x4330000000000000"),
    )
    head = f"define internal {spread('double')} @{name}({spread('i64')} %w) alwaysinline nounwind"
    if lanes > 1:
        head = head.replace(" internal", "").replace(" alwaysinline", "")
    return f"{head} {{\n{body}  ret {spread('double')} %x\n}}\n"
