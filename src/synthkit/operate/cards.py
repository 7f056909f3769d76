"""A model card and a data card, drawn from what was measured: nothing in them was written twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from synthkit.data.schema import Schema
from synthkit.decide.criteria import shown
from synthkit.models import registry as models
from synthkit.operate.dossier import DECISION, Dossier
from synthkit.private.guarantee import Guarantee

__all__ = ["DATA_CARD", "DOCUMENTS", "GUARANTEE", "MODEL_CARD", "data_card", "model_card"]

MODEL_CARD: Final = "MODEL_CARD.md"
DATA_CARD: Final = "DATA_CARD.md"
DOCUMENTS: Final = (DECISION, MODEL_CARD, DATA_CARD, "report.html", "scorecard.json", "record.json")
"""What may be read of a decision by whoever gets its rows."""
GUARANTEE: Final = "guarantee.md"
"""All that may be read of rows made with differential privacy: the rest was measured on real rows."""


def model_card(dossier: Dossier) -> str:
    """What the model is, what it was fitted to, how good it is, and what it is not for.

    References: Mitchell et al. (2019), Model Cards for Model Reporting.
    """
    name = str(dossier.decision["chosen"])
    card, goal = models.card(name), dossier.decision["goal"]
    head = _head({"library_name": "synthkit", "model_name": name, "licence": card.licence, "tags": "[synthetic-data]"})
    facts = [
        f"* Family: {card.family}. {card.summary}",
        f"* Assumes: {card.assumes}",
        f"* Fails when: {card.fails_when}",
        f"* Data it needs: {card.data_hunger}",
        f"* Cost: {card.cost} Sampling: {card.latency}",
        f"* What can be asked of it: {card.control}",
        f"* Licence of the code: {card.licence}. References: {'; '.join(card.references)}.",
    ]
    held = f"{goal['holdout_rows']:,} rows were held back ({goal['split']})"
    held += f"; judged {goal['judged']}" if goal.get("judged") else ""
    fitted = [
        f"* Fitted to {goal['train_rows']:,} rows of `{goal['source']}`, seed {goal['seed']}; {held}.",
        *_dial(goal),
        *(f"* {key.replace('_', ' ')}: {value}" for key, value in _notes(dossier).items()),
    ]
    parts = {
        "The model": facts,
        "What it learned from": fitted,
        "How good it is": [_figures(dossier)],
        "Meant for": [
            "* Rows that stand in for the real ones where these may not go, within the limits above.",
            "* Not meant for statements about single people.",
            f"* Not meant for use after {dossier.review.isoformat()} without a review.",
            "* Whoever holds the model can draw any number of rows and look for people in them.",
            "* So keep its file where the real rows are kept, unless that was weighed.",
        ],
    }
    return head + f"# Model card: {name} for `{goal['source']}`\n" + _sections(parts)


def data_card(dossier: Dossier, schema: Schema) -> str:
    """What the synthetic rows are, column by column, how they were made and judged, and until when they hold.

    References: Gebru et al. (2021), Datasheets for Datasets.
    """
    goal, record = dossier.decision["goal"], dossier.record
    head = _head({"pretty_name": f"Synthetic {goal['source']}", "tags": "[synthetic]", "synthetic": "true"})
    table = ["| column | kind | may be missing |", "|---|---|---|"]
    table += [f"| {c.name} | {c.kind} | {'yes' if c.nullable else 'no'} |" for c in schema]
    made = f"made {record['finished'][:10]} by the model `{dossier.decision['chosen']}` of synthkit"
    parts = {
        "What it is": [
            f"* {goal['rows_made']:,} synthetic rows, {len(schema)} columns, in `{record['table']['file']}`, {made}.",
            f"* They stand in for `{goal['source']}`: {goal['rows']:,} real rows. No row is an observation.",
            *([f"* The column a model would predict is `{goal['target']}`."] if goal.get("target") else []),
            *_dial(goal),
        ],
        "Columns": ["\n".join(table)],
        "How it was judged": [f"{dossier.decision['verdict']}: {dossier.decision['sentence']}\n\n{_figures(dossier)}"],
        "Use": [
            "* Good for what was measured above, and for trying out code before the real rows may be seen.",
            "* Not good for facts about single people or small groups.",
            "* Claims about the real world need a check on real rows.",
            f"* However many rows are drawn, their statistics vary as those of {goal['train_rows']:,} real rows do.",
        ],
        "Afterwards": [
            f"* {dossier.upkeep.retrain(dossier.kind)}",
            f"* {dossier.upkeep.retire(dossier.kind)}",
            f"* Review due: {dossier.review.isoformat()}.",
        ],
    }
    return head + f"# Data card: synthetic `{goal['source']}`\n" + _sections(parts)


def _head(facts: Mapping[str, str]) -> str:
    return "\n".join(["---", *(f"{key}: {value}" for key, value in facts.items()), "---", "", ""])


def _sections(parts: Mapping[str, list[str]]) -> str:
    return "".join(f"\n## {title}\n\n" + "\n".join(lines) + "\n" for title, lines in parts.items())


def _dial(goal: Mapping[str, Any]) -> list[str]:
    """The line on the privacy dial, which only tables have."""
    if goal.get("kind") == "series":
        return []
    if guarantee := goal.get("guarantee"):
        return [f"* {Guarantee.from_dict(guarantee).sentence}"]
    rows = goal.get("privacy")
    set_ = f"{rows} rows stand behind each category, leaf and value that is given out"
    return [f"* Privacy dial: {set_ if rows else 'not set; five rows stand behind each category that is given out'}."]


def _notes(dossier: Dossier) -> Mapping[str, Any]:
    """What the fit found, where it is short."""
    chosen = next(r for r in dossier.record["tried"] if r["model"] == dossier.decision["chosen"])
    return {key: value for key, value in chosen["notes"].items() if isinstance(value, str | int | float)}


def _figures(dossier: Dossier) -> str:
    lines = [
        "| criterion | value | 95 % interval | real rows score | limit | verdict |",
        "|---|---:|---:|---:|---:|---|",
    ]
    for c in dossier.decision["criteria"]:
        unit = c["unit"]
        ci = f"{shown(c['ci'][0], unit)} to {shown(c['ci'][1], unit)}" if c["ci"] else "–"
        floor = "–" if c["floor"] is None else shown(c["floor"], unit)
        cells = (c["label"], shown(c["value"], unit), ci, floor, shown(c["limit"], unit), c["verdict"])
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
