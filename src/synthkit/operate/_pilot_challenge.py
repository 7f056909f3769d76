"""Whether escalation beyond the winner would have paid, in the words of the decision record."""

from __future__ import annotations

from collections.abc import Sequence

from synthkit.decide._escalation import _paid
from synthkit.decide.climb import Rung
from synthkit.models import registry
from synthkit.operate._pilot_candidate import Candidate

__all__ = ["challenge_lines"]


def challenge_lines(candidates: Sequence[Candidate], winner: Rung) -> tuple[str, ...]:
    """A line for each model above the winner that was run, in full or in the first round.

    Args:
        candidates: from the simplest up.
        winner: the chosen rung.
    """
    height = registry.card(winner.model).rung
    above = [c for c in candidates if registry.card(c.name).rung > height]
    return tuple(f"{c.name}: {said}" for c in above if (said := _said(c, winner)))


def _said(one: Candidate, winner: Rung) -> str:
    rung = one.rung
    if rung.status == "judged":
        times = f" Its fit took {rung.fit_seconds:.1f} s, that of {winner.model} {winner.fit_seconds:.1f} s."
        return _paid(rung, winner) + times
    if rung.status in ("left", "switched off"):
        return f"**did not pay**: it {rung.because}."
    return f"unknown: {rung.because}." if rung.status in ("failed", "stopped") else ""
