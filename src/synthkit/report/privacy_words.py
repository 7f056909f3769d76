"""What the page on privacy says: a first sentence to act on, the limits of its figures, and what nobody looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from synthkit.report import figures as f

__all__ = ["NOT_TESTED", "limits", "opening", "unit_of"]

_LIMITS = (
    (
        "No attack found is not anonymous.",
        (
            "These tests try a few known attacks. That they fail does not show that every attack fails; someone with "
            "more knowledge of the people in the data, or of the model, may do better."
        ),
    ),
    (
        "Distances are a smoke test.",
        (
            "A table that fails them copies. A table that passes them may still tell something about a person who is "
            "unusual, because an average over all rows hides the few that stand out."
        ),
    ),
    (
        "The unit is the row.",
        "Each test asks about one row at a time. A person with several rows is less protected than these figures say.",
    ),
    (
        "These figures are not differentially private.",
        (
            "They were computed on real rows without added noise. Treat this report like any other set of aggregates "
            "of the real data: it holds shares of bins and categories, and no row."
        ),
    ),
)
_NO_CLAIM = (
    "This report makes no claim of differential privacy.",
    (
        "It measures what came out. A guarantee has to come from how a table was made, and would be stated with "
        "its epsilon, delta and unit."
    ),
)
_CLAIM = (
    "The guarantee is of the rows and the model, not of this report.",
    (
        "It holds whatever these figures say, as long as the domain file is public knowledge and the ledger knows of "
        "every release. Keep this report, the scorecard, the decision and the record in the house."
    ),
)

NOT_TESTED = (
    "attacks on the model itself, by whoever is given its file",
    "attackers who know other releases of the same data, or parts of a person's row that are not in this table",
    "whether several rows of one person add up, unless an entity column was named",
    "free text and keys, whose words are made new and were not compared",
    "what is true of a whole group of people, and harms its members without giving any of them away",
)


def limits(goal: Mapping[str, Any]) -> list[list[str]]:
    """What the figures cannot say."""
    return [list(limit) for limit in (*_LIMITS, _CLAIM if goal.get("guarantee") else _NO_CLAIM)]


def opening(goal: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> str:
    """What to do, and on what ground.

    Args:
        goal: what was asked.
        rows: headline rows of the privacy tests.
    """
    if guarantee := goal.get("guarantee"):
        return f.clean(
            f"The rows and the model may leave the house under a budget of epsilon {guarantee['epsilon']:g} at delta "
            f"{guarantee['delta']:g} for each {unit_of(guarantee)}; this report may not: it was measured on real rows."
        )
    judged = [row for row in rows if row["verdict"]]
    if not judged:
        return "Do not release on the ground of this report: no privacy test was held against a limit."
    wrong = [row for row in judged if row["verdict"]["code"] == "FAIL"]
    if wrong:
        return f"Do not release: {_told(wrong)}, beyond the limit. Set the privacy dial higher, or make it private."
    if open_ := [row for row in judged if row["verdict"]["code"] != "PASS"]:
        return f"Do not release yet: {_told(open_)} cannot be told from the limit. Hold more real rows back, run again."
    return (
        f"Nothing here speaks against a release to people who are bound by a purpose: {_told(judged)}, within the "
        "limits. Before it is made public, run synthkit attack, or make it with differential privacy."
    )


def unit_of(guarantee: Mapping[str, Any]) -> str:
    """Whom a guarantee protects."""
    return "row" if guarantee["unit"] == "row" else f"value of '{guarantee['unit']}'"


def _told(rows: Sequence[Mapping[str, Any]]) -> str:
    said = []
    for row in rows:
        interval = f" ({row['interval_text']})" if row["ci"] is not None else ""
        said.append(f"{row['label'].lower()} {row['value_text']}{interval}")
    return ", ".join(said)
