"""The part of a decision record that says what networks were tried for, and whether they paid."""

from __future__ import annotations

from synthkit.decide.climb import Climb, Rung, rank
from synthkit.decide.criteria import shown

__all__ = ["beside", "escalation"]


def escalation(climb: Climb) -> str:
    """What the networks of a table were tried for, what each did in training, and whether it beat the simpler models.

    Args:
        climb: of a table; "" if no network was judged.
    """
    networks = [rung for rung in climb.tried if _is_network(rung)]
    if climb.kind != "table" or not networks:
        return ""
    simpler = [rung for rung in climb.tried if rung.status == "judged" and not _is_network(rung)]
    best = min(simpler, key=rank, default=None)
    lines = [f"* {rung.model}: {_paid(rung, best)} {_trained(rung)}" for rung in networks]
    why = f"{best.model} {best.because}" if best else "they were asked for by name"
    return f"### Escalation to networks\n\nTried because {why}.\n\n" + "\n".join(lines)


def _is_network(rung: Rung) -> bool:
    return rung.status == "judged" and "steps" in rung.notes


def _paid(rung: Rung, best: Rung | None) -> str:
    if best is None:
        return f"{rung.because}."
    word = "paid" if rank(rung) < rank(best) else "did not pay"
    return f"**{word}**: {beside(rung, best)}."


def beside(rung: Rung, other: Rung) -> str:
    """The figures of the one that both were judged by, with those of the other in brackets."""
    theirs = {j.metric: j for j in other.judgements}
    return ", ".join(
        f"{j.label.lower()} {shown(j.value, j.unit)} ({other.model} {shown(theirs[j.metric].value, j.unit)})"
        for j in rung.judgements
        if j.metric in theirs
    )


def _trained(rung: Rung) -> str:
    notes = rung.notes
    warned = f" Warning: {notes['warnings']}." if "warnings" in notes else ""
    begun = f" Begun with {notes['begun with']}." if "begun with" in notes else ""
    return (
        f"{rung.fit_seconds:.0f} s and {notes['steps']:,} steps on {notes['device']}, best at {notes['best step']:,};"
        f" stopped: {notes['stopped because']}; {notes['memory']}.{begun}{warned}"
    )
