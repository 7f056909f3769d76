"""Whether escalation beyond the winner would have paid, in the words of the decision record."""

from __future__ import annotations

from collections.abc import Sequence

from synthkit.decide._escalation import beside
from synthkit.decide.climb import Rung, rank
from synthkit.decide.criteria import Verdict
from synthkit.models import registry
from synthkit.operate._pilot_candidate import Candidate, apart

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
        times = f"Its fit took {rung.fit_seconds:.1f} s, that of {winner.model} {winner.fit_seconds:.1f} s."
        return f"{_paid(rung, winner)}: {beside(rung, winner)}. {times}"
    if rung.status in ("left", "switched off"):
        return f"**did not pay**: it {rung.because}."
    return f"unknown: {rung.because}." if rung.status in ("failed", "stopped") else ""


def _paid(rung: Rung, winner: Rung) -> str:
    """Beside a winner that meets every criterion, only what is beyond chance counts: whole intervals apart."""
    theirs = {j.metric: j for j in winner.judgements}
    pairs = [(j, theirs[j.metric]) for j in rung.judgements if j.metric in theirs]
    better = [j.label.lower() for j, other in pairs if apart(other, j)]
    worse = [j.label.lower() for j, other in pairs if apart(j, other)]
    if winner.verdict is not Verdict.PASS:
        return "**paid**" if rank(rung) < rank(winner) else "**did not pay**"
    if better and not worse:
        return f"**paid**, clearly better on {', '.join(better)}"
    told = f"clearly worse on {', '.join(worse)}" if worse else "no interval lies apart from that of the winner"
    return f"**did not pay**, {told}"
