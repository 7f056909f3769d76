"""How one metric is told to a reader."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Wording"]


@dataclass(frozen=True, slots=True)
class Wording:
    """How a reader who is no statistician is told about one metric.

    Args:
        label: two or three words.
        asks: the question, and how to read the answer.
        ideal: the value of a perfect table, where there is one; the yardstick when no floor was measured.
        reads: what to say of a value at its floor, and what follows the distance of one beyond it; by default the words
            of the metric's family.
    """

    label: str
    asks: str
    ideal: float | None = None
    reads: tuple[str, str] | None = None
