"""Random streams: hashing of seeds, purposes, trajectories."""

import numpy as np
import pytest

from driftscape.simulate.streams import PURPOSES, check_seed, stream_words

NUMBERS = np.arange(1000, dtype=np.uint64)


def test_seeds_purposes_generations_and_trajectories_share_no_word():
    words = [
        stream_words(seed, NUMBERS, p, g)
        for seed in (0, 1, 2, 10**30)
        for p in PURPOSES
        for g in (0, 1)
    ]
    everything = np.concatenate([w.ravel() for w in words])
    assert len(np.unique(everything)) == everything.size


def test_the_bits_of_the_states_are_balanced():
    words = stream_words(7, np.arange(100_000, dtype=np.uint64))
    ones = np.unpackbits(words.view(np.uint8)).mean()
    assert abs(ones - 0.5) < 4 * 0.5 / np.sqrt(words.size * 64)


@pytest.mark.parametrize("seed", [-1, 1.5, "7", True])
def test_what_is_not_a_whole_number_is_no_seed(seed):
    with pytest.raises((TypeError, ValueError), match="seed"):
        check_seed(seed)


def test_no_seed_draws_one():
    assert check_seed(None) != check_seed(None)


def test_an_unknown_purpose_is_refused():
    with pytest.raises(ValueError, match="known: noise"):
        stream_words(1, NUMBERS, "luck")


@pytest.mark.parametrize("generator", ["xoshiro", "philox"])
def test_blocks_of_streams_leave_no_trace(monkeypatch, generator):
    numbers = np.arange(100, dtype=np.uint64) * np.uint64(2**57)
    whole = stream_words(3, numbers, generator=generator)
    monkeypatch.setattr("driftscape.simulate.streams.BLOCK", 7)
    assert (stream_words(3, numbers, generator=generator) == whole).all()
