"""A law in the making: single columns first, then the pairs that a model asks for."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import combinations
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from synthkit.models.private._coarse import LEVELS, Groups
from synthkit.models.private._estimate import Answer, Estimate
from synthkit.models.private._graph import Columns
from synthkit.private.curator import Curator, Question, summed

if TYPE_CHECKING:
    from synthkit.private.domain import Domain

__all__ = ["Sketch"]

SINGLES: Final = 0.28
"""Of the budget, for the counts of single columns."""
SETTLE: Final = 40
"""Steps of descent after each answer."""
_SIZE: Final = math.sqrt(2 / math.pi)
"""The mean size of a standard normal draw."""


class Sketch:
    """What has been answered so far, and what can be asked next.

    Args:
        curator: sees the columns in groups.
        groups: of each column.
        law: agrees with the answers.
    """

    def __init__(self, curator: Curator, groups: tuple[Groups, ...], law: Estimate) -> None:
        self.curator, self.groups, self.law = curator, groups, law

    @classmethod
    def begun(cls, curator: Curator, domain: Domain, *, share: float = SINGLES) -> Self:
        """From the counts of every single column; the number of rows is what they agree on."""
        rho = share * curator.rho / len(domain.attributes)
        noise = curator.spread_for(rho)
        counts = [curator.count((at,), (), rho, one.name) for at, one in enumerate(domain.attributes)]
        weights = np.array([1 / len(each) for each in counts])  # a sum of few cells carries less noise
        total = max(1.0, float(sum(w * each.sum() for w, each in zip(weights, counts, strict=True)) / weights.sum()))
        groups = tuple(
            Groups.of(each, total, noise, ordered=len(one.low))
            for each, one in zip(counts, domain.attributes, strict=True)
        )
        law = Estimate(tuple(each.size for each in groups), total)
        for at, each in enumerate(groups):
            law.add(Answer((at,), (np.arange(each.size),), each.counts, noise))
        law.descend(SETTLE)
        return cls(curator.through([each.labels for each in groups]), groups, law)

    @property
    def pairs(self) -> list[Columns]:
        """All pairs of columns."""
        return list(combinations(range(len(self.groups)), 2))

    def within(self, most: int, pairs: Iterable[Columns]) -> list[Columns]:
        """Those with which the tree has no more than so many cells, and those that were counted already."""
        counted = [columns for columns in self.law.factors if len(columns) == 2]
        asked = dict.fromkeys([*pairs, *counted])
        return [pair for pair in asked if pair in self.law.factors or self.law.with_pair(pair) <= most]

    def questions(self, pairs: Iterable[Columns], rho: float) -> list[Question]:
        """How far the law is off, pair by pair, at each coarseness, less what noise at this cost would add."""
        noise = self.curator.spread_for(rho)
        asked = []
        for pair in pairs:
            expected = self.law.expected(pair)
            seen = set()
            for level in LEVELS:
                coarser = tuple(self.groups[c].coarser[level] for c in pair)
                guess = summed(expected, coarser)
                if guess.shape not in seen:
                    seen.add(guess.shape)
                    asked.append(Question(pair, coarser, guess, _SIZE * noise * guess.size))
        return asked

    def take(self, question: Question, rho: float, what: str) -> None:
        """Have a pair counted, and take the answer in."""
        counts = self.curator.count(question.columns, question.coarser, rho, what)
        self.law.add(Answer(question.columns, question.coarser, counts, self.curator.spread_for(rho)))

    def gained(self, question: Question, rho: float) -> bool:
        """Whether the last descent moved the pair by more than the noise alone would."""
        now = summed(self.law.expected(question.columns), question.coarser)
        noise = _SIZE * self.curator.spread_for(rho) * now.size
        return float(np.abs(now - question.guess).sum()) > noise
