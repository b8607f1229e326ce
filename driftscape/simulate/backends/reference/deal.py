"""The reference's training sets: cards dealt with NumPy's indexing, one turn at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...ensemble import Ensemble
from ...step import Step
from .words import next_uniform


class Hand:
    """Deals from the decks of an ensemble laid out one trajectory a block."""

    def __init__(self, step: Step, generator: str) -> None:
        assert step.deck is not None
        self.order, self.generator = step.deck.order, generator
        self.size = int(step.parameters[step.deck.size])
        shared = [np.asarray(step.tables[base]) for base in step.deck.rows]
        self.shared = np.array(shared) if shared else None  # (variables, samples)

    def deal(self, ensemble: Ensemble, number: int, turn: int, batch: int) -> Any:
        """Return the sample of a turn of step `number`, shape (variables, trajectories)."""
        if self.shared is None:
            return self._card(ensemble, number, turn, batch)
        if self.order == "iid":
            u = next_uniform(ensemble.words, self.generator)
            return self.shared[:, np.floor(u * self.size).astype(int)]
        if self.order == "fixed":
            row = number % (self.size // batch) * batch + turn
            return np.repeat(self.shared[:, row, None], ensemble.count, axis=1)
        return self.shared[:, self._card(ensemble, number, turn, batch)[0].astype(int)]

    def _card(self, ensemble: Ensemble, number: int, turn: int, batch: int) -> Any:
        """Take a card of each trajectory's own deck."""
        deck = ensemble.deck[..., 0]  # (trajectories, variables, samples)
        card = turn
        if self.order in ("fixed", "reshuffled"):
            card += (number % (self.size // batch)) * batch
        if self.order == "fixed":
            return deck[:, :, card].T.copy()
        u = next_uniform(ensemble.words, self.generator)
        rows = np.arange(len(deck))
        if self.order == "iid":
            return deck[rows, :, np.floor(u * self.size).astype(int)].T
        other = card + np.floor(u * (self.size - card)).astype(int)
        drawn = deck[rows, :, other].copy()
        deck[rows, :, other] = deck[:, :, card]
        deck[:, :, card] = drawn
        return drawn.T
