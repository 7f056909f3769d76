"""The decision as an architecture decision record (MADR 4.0), made from what was measured."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from synthkit.decide._course import BEHIND
from synthkit.decide._escalation import escalation
from synthkit.decide._series_record import backtested, beside, found, series_context
from synthkit.decide.backtest import Backtest
from synthkit.decide.climb import Climb, Rung
from synthkit.decide.criteria import Judgement, Verdict, shown
from synthkit.decide.series import BY_NAME
from synthkit.decide.upkeep import Upkeep
from synthkit.models import registry
from synthkit.private.guarantee import Guarantee

__all__ = ["decision", "record"]

_SENTENCES = {
    ("table", Verdict.PASS): "The synthetic table meets every criterion.",
    ("table", Verdict.FAIL): (
        "The synthetic table falls short of at least one criterion; use it with that in mind, or not at all."
    ),
    ("table", Verdict.INCONCLUSIVE): (
        "Nothing was found wrong, but there are too few rows to be sure of every criterion."
    ),
    ("series", Verdict.PASS): "The synthetic series meet every criterion.",
    ("series", Verdict.FAIL): (
        "The synthetic series fall short of at least one criterion; use them with that in mind, or not at all."
    ),
    ("series", Verdict.INCONCLUSIVE): (
        "Nothing was found wrong, but the series are too short or too few to be sure of every criterion."
    ),
}


def decision(climb: Climb, goal: Mapping[str, Any]) -> dict[str, Any]:
    """The climb as plain values: what the report, the record and `--json` show.

    Args:
        climb: what was tried.
        goal: what was asked: source, rows, target, split, seed, budget, command.
    """
    rung = climb.rung
    return {
        "verdict": climb.verdict.value,
        "sentence": _SENTENCES[climb.kind, climb.verdict] if rung else "No model could be fitted.",
        "goal": dict(goal),
        "criteria": [j.to_dict() for j in rung.judgements] if rung else [],
        "tried": [r.to_dict() for r in climb.tried],
        "chosen": climb.chosen,
        "because": climb.because,
        "kind": climb.kind,
        "backtest": climb.backtest.to_dict() if climb.backtest else None,
        "yardsticks": {name: dict(scores) for name, scores in climb.yardsticks.items()},
    }


def record(
    climb: Climb,
    goal: Mapping[str, Any],
    *,
    date: str,
    measured: str = "",
    challenge: Sequence[str] = (),
    challengers: Collection[str] = (),
) -> str:
    """`decision.md`.

    Args:
        climb: what was tried.
        goal: what was asked.
        date: ISO date of the decision.
        measured: what a pilot measured of the options, as Markdown.
        challenge: a line for each model above the winner that a pilot ran.
        challengers: names of models that were run beside the ladder, and are no part of the escalation.
    """
    asked = replace(climb, tried=tuple(r for r in climb.tried if r.model not in challengers))
    rung = climb.rung
    of_series = climb.kind == "series"
    parts = [
        _head(climb, goal, date),
        series_context(goal) if of_series else _context(goal),
        _sampled(goal),
        _drivers(rung),
        _options(climb),
        measured,
        backtested(climb.backtest) if climb.backtest else "",
        _left(climb.backtest) if climb.backtest else "",
        _outcome(climb),
        escalation(asked),
        _challenge(climb, challenge),
        found(rung.notes) if rung and rung.notes else "",
        _confirmation(rung, goal),
        beside(rung, climb.yardsticks) if rung and climb.yardsticks else "",
        _consequences(climb, goal),
        _afterwards(climb, goal),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(climb: Climb, goal: Mapping[str, Any], date: str) -> str:
    status = "rejected" if climb.verdict is Verdict.FAIL else "proposed"
    due = _upkeep(goal).due(dt.date.fromisoformat(date))
    things, none = ("these synthetic series", "series") if climb.kind == "series" else ("this synthetic table", "table")
    name = f"Use '{climb.chosen}' for {things}" if climb.chosen else f"Make no synthetic {none}"
    lines = [f"status: {status}", f"date: {date}", "decision-makers: ", f"review: {due.isoformat()}"]
    return "\n".join(["---", *lines, "---", "", f"# {name}"])


def _context(goal: Mapping[str, Any]) -> str:
    target = f"The column a model would predict is `{goal['target']}`. " if goal.get("target") else ""
    return (
        "## Context and problem statement\n\n"
        f"A synthetic table of {goal['rows_made']:,} rows is to stand in for `{goal['source']}` ({goal['rows']:,} "
        f"rows, {goal['columns']} columns). {target}{_held(goal)} {_dial(goal)}{_asks(goal)}"
    )


def _held(goal: Mapping[str, Any]) -> str:
    """What was learned from, and what was held back: once, or in folds."""
    once = (
        f"{goal['train_rows']:,} rows were used to learn from; {goal['holdout_rows']:,} were held back before anything"
    )
    if not goal.get("folds"):
        return f"{once} was learned ({goal['split']}) and are what everything is judged against."
    return (
        f"Every model was judged {goal['judged']} ({goal['split']}), and fitted again in each fold to the rows that "
        "were not held out there; its scores, those of privacy too, are means over its folds. What is handed out is of "
        f"the first fold: {once} of that fold was learned. The report shows the privacy scores of the rows handed out "
        "beside the means; a mean that they are clearly worse than gives way to them."
    )


def _sampled(goal: Mapping[str, Any]) -> str:
    """Which rows of a larger table were used, and why so many."""
    told = (goal.get("sampled") or {}).get("told", ())
    lines = "\n".join(f"* {label}: {words}." for label, words in told)
    return f"### Rows learned from\n\n{lines}" if lines else ""


def _asks(goal: Mapping[str, Any]) -> str:
    if not goal.get("guarantee"):
        return "Which model is the simplest that is good enough?"
    return "The rows and the model have to be differentially private; how good are they then?"


def _dial(goal: Mapping[str, Any]) -> str:
    if goal.get("privacy") is None:
        return ""
    return (
        f"The privacy dial was set to {goal['privacy']}: no category is given out, and no leaf of a tree drawn from, "
        "that fewer rows stand behind. "
    )


def _drivers(rung: Rung | None) -> str:
    if rung is None:
        return ""
    lines = [f"* {j.label}: {j.rule}, because {j.why}." for j in rung.judgements]
    return "## Decision drivers\n\n" + "\n".join(lines)


def _options(climb: Climb) -> str:
    head = "| rung | family | verdict | fit | sample | what it says |\n|---|---|---|---:|---:|---|"
    rows = []
    for rung in climb.tried:
        verdict = rung.verdict.value if rung.verdict else rung.status
        cost = f"{rung.fit_seconds:.1f} s | {rung.sample_seconds:.1f} s" if rung.status == "judged" else "– | –"
        rows.append(f"| {rung.model} | {rung.family} | {verdict} | {cost} | {_cell(rung.because)} |")
    facts = [
        f"* **{rung.model}**: {card.summary} Assumes: {card.assumes} Fails when: {card.fails_when} "
        f"Licence: {card.licence}."
        for rung in climb.tried
        for card in [registry.card(rung.model)]
    ]
    return "## Considered options\n\n" + "\n".join([head, *rows]) + "\n\n" + "\n".join(facts)


def _left(compared: Backtest) -> str:
    """Which models did not go the whole way, so that their scores are of fewer forecasts."""
    gone = [f"{t.model} ({t.left:.3g} times)" for t in compared.trials if t.left is not None]
    if not gone:
        return ""
    return (
        f"Left after the first end, where they were more than {BEHIND:g} times behind the best, and are shown with the "
        f"scores of that end: {', '.join(gone)}."
    )


def _outcome(climb: Climb) -> str:
    chosen = f"Chosen: **{climb.chosen}**, because {climb.because}." if climb.chosen else f"None: {climb.because}."
    last = max((registry.card(r.model).rung for r in climb.tried), default=0)
    known = registry.series_names() if climb.kind == "series" else registry.names()
    above = [n for n in known if registry.card(n).rung > last and n not in BY_NAME]
    not_tried = (
        f"\n\nNot tried, because nothing called for more: {', '.join(above)}."
        if above and climb.verdict is Verdict.PASS
        else ""
    )
    return f"## Decision outcome\n\n{chosen}{not_tried}"


def _challenge(climb: Climb, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    said = f"Run beside, to see whether going above {climb.chosen} would have paid; the rule is not changed by it."
    return "### Challenge\n\n" + said + "\n\n" + "\n".join(f"* {line}" for line in lines)


def _confirmation(rung: Rung | None, goal: Mapping[str, Any]) -> str:
    if rung is None:
        return ""
    head = "| criterion | value | 95 % interval | floor | limit | verdict |\n|---|---:|---:|---:|---:|---|"
    lines = [head, *(_line(j) for j in rung.judgements)]
    again = f"* Made again with `{goal['command']}`, seed {goal['seed']}.\n" if goal.get("command") else ""
    source = f"of the source `{goal['source_digest']}`, " if goal.get("source_digest") else ""
    checked = (
        "* Checked again with `synthkit verify FOLDER` (`--source FILE`: the real rows too).\n"
        f"* SHA-256 over names, kinds and cells: {source}of the rows held back `{goal['holdout_digest']}`."
    )
    return "### Confirmation\n\n" + "\n".join(lines) + f"\n\n{again}{checked}"


def _line(j: Judgement) -> str:
    interval = f"{shown(j.ci[0], j.unit)} to {shown(j.ci[1], j.unit)}" if j.ci else "–"
    floor = shown(j.floor, j.unit) if j.floor is not None else "–"
    value, limit = shown(j.value, j.unit), shown(j.limit, j.unit)
    return f"| {j.label} | {value} | {interval} | {floor} | {limit} | {j.verdict.value} |"


def _consequences(climb: Climb, goal: Mapping[str, Any]) -> str:
    rung = climb.rung
    good = []
    if plain := goal.get("guarantee"):
        good = [f"* Good: {Guarantee.from_dict(plain).sentence}"]
    elif climb.verdict is Verdict.PASS:
        good = [
            "* Good: the simplest model that was good enough is also the easiest to explain and the cheapest to run."
        ]
    short = [f"* Bad: {j.label.lower()}: {j.because}." for j in rung.shortfalls] if rung else []
    bare = ["* No attack found is not the same as anonymous: this record carries no formal privacy guarantee."]
    if plain:
        bare = ["* This record was measured on real rows and stays in the house; the guarantee is not of it."]
    return "### Consequences\n\n" + "\n".join([*good, *short, *bare])


def _afterwards(climb: Climb, goal: Mapping[str, Any]) -> str:
    plan = _upkeep(goal)
    return (
        "## Afterwards\n\n"
        "* Watch with `synthkit monitor NEW_REAL_ROWS --model FOLDER`: it holds new real rows against this plan.\n"
        f"* {plan.retrain(climb.kind)}\n"
        f"* {plan.retire(climb.kind)}\n"
        f"* Review {plan.review} months after the date above at the latest, whatever was measured."
    )


def _upkeep(goal: Mapping[str, Any]) -> Upkeep:
    return Upkeep.from_dict(goal.get("upkeep") or {})


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
