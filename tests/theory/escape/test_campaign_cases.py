"""Some of the invented problems of `benchmarks/validity`: fast ones of every kind."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

KRAMERS = (2, 8, 13, 94)
PUBLISHED = (23, 27, 82)
INERTIA = (16, 96)
JUMPS = (10, 144)
DISCRETE = (17, 22)
FAR_WELL, KINK, WALLS, HEAVY, WRONG_WAY = (5, 40), (10, 13), (3, 6, 18), (8, 17), (35,)


def outcome(part, number):
    from importlib import import_module

    from benchmarks.validity.case import generator, outcome

    case = import_module(f"benchmarks.validity.{part}").case(generator(part, number))
    return outcome(part, number, case)


@pytest.mark.parametrize("number", [*KRAMERS, *PUBLISHED, *INERTIA, *JUMPS, *DISCRETE])
def test_laws_of_escape_keep_to_what_they_state(number):
    row = outcome("escape", number)
    assert "refused" not in row
    if row["inside"]:
        assert row["valid"]
    if row["valid"]:
        assert row["ratio"] <= 3
        assert row["truncation"] <= 0.5 * row["value"]
    else:
        assert not row["inside"]


@pytest.mark.parametrize("number", [*FAR_WELL, *KINK, *WALLS, *HEAVY, *WRONG_WAY])
def test_passages_on_the_line_keep_to_what_they_state(number):
    row = outcome("passages", number)
    assert ("refused" in row) == (not row["solvable"])
    if row["solvable"]:
        assert row["valid"]
        assert row["ratio"] <= 1
        assert row["truncation"] < 1e-9 * row["value"]
    else:
        assert "does not hold the process" in row["refused"]
