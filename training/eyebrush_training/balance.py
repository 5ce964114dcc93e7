"""Watch over judge and painter: what happens when the judge wins.

A judge that tells every patch apart by the whole margin has nothing left to teach: its hinge loss
is 0 (2 is chance), and the painter is only pushed about. The watch keeps a running mean of that
loss. Once it is below ``WON``, the judge rests (it goes on judging, but is not trained) until the
mean is above ``EVEN`` again; where rest does not help, or helped for the ``RESTS``-th time, or the
loss is not finite, the judge is given up, and training ends without it, on the other losses alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

WON, EVEN = 0.3, 0.6  # of the hinge loss; the shipped network's training ended at 0.61
PATIENCE = 300  # steps of rest after which the judge is given up
RESTS = 3  # rests in one training
MEMORY = 0.97  # of the running mean: about the last 33 steps

PLAYING, RESTING, GIVEN_UP = "playing", "resting", "given up"


@dataclass
class Balance:
    """``state`` is all there is to keep in a checkpoint (``vars``), besides the constants above."""

    state: str = PLAYING
    mean: float = 1.0  # running mean of the judge's hinge loss: 1 until something is known
    rests: int = 0
    rested: int = 0  # steps of this rest so far

    @property
    def judge_learns(self) -> bool:
        return self.state == PLAYING

    @property
    def judge_counts(self) -> bool:
        """Whether the painter hears the judge at all."""
        return self.state != GIVEN_UP

    def see(self, loss: float) -> str:
        """Take in the judge's hinge loss of one step; returns what changed and why, "" mostly."""
        if self.state == GIVEN_UP:
            return ""
        if not math.isfinite(loss):
            return self._give_up(f"its hinge loss is {loss}")
        self.mean = MEMORY * self.mean + (1 - MEMORY) * loss
        if self.state == PLAYING:
            return self._rest() if self.mean < WON else ""
        self.rested += 1
        if self.mean > EVEN:
            self.state, rested = PLAYING, self.rested
            return f"judge learns again: after {rested} steps of rest its mean hinge loss is {EVEN}"
        if self.rested >= PATIENCE:
            return self._give_up(
                f"after {PATIENCE} steps of rest its mean hinge loss is still {self.mean:.2f}"
            )
        return ""

    def _rest(self) -> str:
        if self.rests == RESTS:
            return self._give_up(f"it won again (below {WON}) after {RESTS} rests")
        self.state, self.rested = RESTING, 0
        self.rests += 1
        return (
            f"judge rests: it wins, with a mean hinge loss of {self.mean:.2f} (below {WON}; "
            f"2 is chance); it learns again above {EVEN}"
        )

    def _give_up(self, reason: str) -> str:
        self.state = GIVEN_UP
        return f"judge given up: {reason}; training goes on with the other losses"

    def summary(self) -> str:
        """For the end of a training."""
        if self.state == GIVEN_UP:
            return f"judge given up (rests: {self.rests}); its last mean hinge loss {self.mean:.2f}"
        return f"judge {self.state}, rests: {self.rests}, mean hinge loss {self.mean:.2f}"
