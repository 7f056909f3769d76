"""A scorecard and a decision become one plain mapping that holds everything a reader is told, in words and in numbers.

HTML, Markdown, JSON and the terminal are all drawn from it, so they cannot disagree, and a test can compare it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from synthkit.report import figures as f
from synthkit.report.columns import columns, pairs
from synthkit.report.privacy_words import NOT_TESTED, limits, opening, unit_of
from synthkit.report.series import backtest, beside, channels
from synthkit.report.words import (
    FIVE,
    GLOSSARY,
    GOAL,
    ORDER,
    READS,
    VERDICTS,
    detail_label,
    readable,
    wording,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from synthkit.metrics.base import Score
    from synthkit.scorecard import Scorecard

__all__ = ["view"]


def view(scorecard: Scorecard, decision: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Everything the report says, as plain values ready for strict JSON.

    Args:
        scorecard: the scores, profiles and provenance of one synthetic table.
        decision: verdict, goal, criteria and ladder as plain values; any part may be absent.
    """
    decision = decision or {}
    criteria = _by_metric(decision.get("criteria") or ())
    rows = [_headline(s, criteria.get(s.metric, ()), _paired(scorecard, s)) for s in _in_order(scorecard.headlines)]
    measured = {r["metric"] for r in rows}
    rows += [_criterion_row(c) for name, cs in criteria.items() if name not in measured for c in cs]
    goal = decision.get("goal") or {}
    of_series = decision.get("kind") == "series"
    shape, missing = scorecard.details("marginal" if of_series else "shape"), scorecard.details("missingness")
    by_column = columns(scorecard.profiles, _single(shape), _single(missing))
    return {
        "format": 1,
        "kind": "series" if of_series else "table",
        "title": f.clean(_file_name(goal.get("source")) or f"Synthetic {'series' if of_series else 'table'}"),
        "verdict": _verdict(decision, rows),
        "headline": rows,
        "beside": beside(decision.get("yardsticks"), rows),
        "five": _five(rows),
        "asked": _asked(goal),
        "command": f.clean(goal.get("command") or ""),
        "ladder": _ladder(decision, [r["metric"] for r in rows]),
        "backtest": backtest(decision.get("backtest")),
        "channels": channels(scorecard.profiles),
        "columns": by_column,
        "pairs": pairs(scorecard.details("trend"), [p["column"] for p in scorecard.profiles]),
        "utility": _family(scorecard, rows, "utility"),
        "internal": bool(goal.get("guarantee")),
        "privacy": _privacy(scorecard, rows, goal),
        "notes": _flat(_notes(decision)),
        "provenance": _provenance(scorecard.provenance, goal),
        "glossary": [list(entry) for entry in GLOSSARY],
    }


def _in_order(scores: Iterable[Score]) -> list[Score]:
    place = {name: i for i, name in enumerate(ORDER)}
    return sorted(scores, key=lambda s: place.get(s.metric, len(place)))


def _paired(scorecard: Scorecard, score: Score) -> Score | None:
    """The difference of value and floor as it was measured, on the same rows, if it was."""
    return next((s for s in scorecard.scores if s.metric == score.metric and s.subject == ("gap",)), None)


def _single(scores: Iterable[Score]) -> list[Score]:
    return [s for s in scores if len(s.subject) == 1]


def _by_metric(criteria: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for criterion in criteria:
        found.setdefault(str(criterion["metric"]), []).append(criterion)
    return found


def _verdict(decision: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    code = str(decision.get("verdict") or "")
    word, sign, meaning = VERDICTS.get(code, VERDICTS[""])
    judged = [r["verdict"]["code"] for r in rows if r["verdict"]]
    return {
        "code": code if code in VERDICTS else "",
        "word": word,
        "sign": sign,
        "meaning": meaning,
        "sentence": f.clean(decision.get("sentence") or "The scores below were measured; no criteria were given."),
        "met": judged.count("PASS"),
        "judged": len(judged),
    }


def _mark(code: object) -> dict[str, str] | None:
    if not code or str(code) not in VERDICTS:
        return None
    word, sign, _ = VERDICTS[str(code)]
    return {"code": str(code), "word": word, "sign": sign}


def _headline(score: Score, criteria: Sequence[Mapping[str, Any]], paired: Score | None = None) -> dict[str, Any]:
    """One row of the table of scores; with several criteria on one metric, the strictest verdict counts."""
    rank = {"FAIL": 0, "INCONCLUSIVE": 1}
    criterion = min(criteria, key=lambda c: rank.get(str(c.get("verdict")), 2)) if criteria else {}
    words = wording(score.metric, str(criterion.get("label") or ""))
    unit = score.unit
    limit = f.finite(criterion.get("limit"))
    if criterion.get("ci"):  # the interval that was judged; a paired one is narrower than the score's own
        score = replace(score, ci=(float(criterion["ci"][0]), float(criterion["ci"][1])))
    ci = [f.finite(x) for x in score.ci] if score.ci else None
    gain = f.gap(score.value, score.train)
    copying = -gain if gain is not None and score.better == "higher" else gain
    return {
        "metric": f.clean(score.metric),
        "label": f.clean(words.label),
        "family": score.family,
        "asks": words.asks,
        "unit": unit,
        "better": score.better,
        "value": f.finite(score.value),
        "value_text": f.value(score.value, unit),
        "floor": f.finite(score.floor),
        "floor_text": f.value(score.floor, unit),
        "ci": ci,
        "interval_text": f.interval(ci, unit),
        "train": f.finite(score.train),
        "train_text": f.value(score.train, unit),
        "copying": copying,
        "copying_text": f.difference(copying, unit),
        "limit": limit,
        "limit_text": f.value(limit, unit),
        "rule": f.clean(criterion.get("rule") or ""),
        "verdict": _mark(criterion.get("verdict")),
        "because": f.sentence(criterion.get("because")),
        "why": f.clean(criterion.get("why") or ""),
        "reading": _reading(score, paired),
        "gap_text": f.difference(paired.value if paired else None, unit),
        "gap_interval_text": f.interval(paired.ci if paired else None, unit),
        "n": score.n,
        "n_text": f.count(score.n),
        "note": f.clean(score.note),
        "strip": _strip(score, limit, words.ideal),
    }


def _criterion_row(criterion: Mapping[str, Any]) -> dict[str, Any]:
    """A row for a criterion whose score is not a headline: what the decision says of it, and nothing else."""
    from synthkit.metrics.base import Score

    value = f.finite(criterion.get("value"))
    score = Score(
        metric=str(criterion["metric"]),
        family="fidelity",
        value=math.nan if value is None else value,
        better=criterion.get("better", "lower"),
        ci=tuple(criterion["ci"]) if criterion.get("ci") else None,
        unit=str(criterion.get("unit") or "share"),
    )
    return _headline(score, [criterion]) | {"family": ""}


def _reading(score: Score, paired: Score | None) -> str:
    """The value beside its floor, in words; by the interval of their difference where that was measured."""
    gap = f.gap(score.value, score.floor)
    if gap is None or score.floor is None:
        return ""
    at, beyond = wording(score.metric).reads or READS.get(score.family, READS["fidelity"])
    worse = gap if score.better == "lower" else -gap
    low, high, zero = (*(score.ci or (score.value, score.value)), score.floor)
    if paired and paired.ci:
        low, high, zero = (*paired.ci, 0.0)
    if worse <= 0 or low <= zero <= high:
        return at
    return f"{f.difference(worse, score.unit).lstrip('+')} {beyond}"


def _strip(score: Score, limit: float | None, ideal: float | None) -> dict[str, float] | None:
    """Where value and interval lie on a common scale, with the floor at 0 and the limit at 1; None without a scale."""
    value = f.finite(score.value)
    start = f.finite(score.floor)
    start = ideal if start is None else start
    if value is None or limit is None or start is None:
        return None
    span = limit - start
    if (span <= 0) if score.better == "lower" else (span >= 0):
        return None
    low, high = score.ci or (value, value)
    ends = sorted((x - start) / span for x in (low, high) if math.isfinite(x)) or [(value - start) / span]
    return {"value": round((value - start) / span, 4), "low": round(ends[0], 4), "high": round(ends[-1], 4)}


def _five(rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Positions of the rows shown in the banner."""
    at = {r["metric"]: i for i, r in enumerate(rows)}
    first = [at[name] for name in FIVE if name in at]
    return (first + [i for i in range(len(rows)) if i not in first])[:5]


def _asked(goal: Mapping[str, Any]) -> list[list[str]]:
    shown = [(key, GOAL[key]) for key in GOAL if goal.get(key) is not None]
    told = [[label, _plain(key, goal[key])] for key, label in shown]
    told += [[f.clean(label), f.clean(words)] for label, words in (goal.get("sampled") or {}).get("told", ())]
    if private := goal.get("guarantee"):
        budget = f"epsilon {private['epsilon']:g}, delta {private['delta']:g}, for each {unit_of(private)}"
        told.append(["Differential privacy", f.clean(budget)])
    return told


def _file_name(source: object) -> str:
    """The last part of a path: folders say who made a report, which is nobody's business who reads it."""
    steps = re.split(r"[/\\]", str(source or "").rstrip("/"))
    return "/".join(steps[-2:] if "*" in steps[-1] else steps[-1:])


def _plain(key: str, value: object) -> str:
    if key == "source":
        return f.clean(_file_name(value))
    if key.endswith("seconds"):
        return f.seconds(value)
    if isinstance(value, list | tuple):
        return ", ".join(f.clean(v) for v in value) or f.NONE
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f.clean(value)
    return str(value) if key == "seed" else f.count(value) if isinstance(value, int) else f.number(value)


def _ladder(decision: Mapping[str, Any], metrics: Sequence[str]) -> dict[str, Any]:
    tried = decision.get("tried") or ()
    named = {name for t in tried for name in (t.get("scores") or {})}
    order = [m for m in FIVE if m in named] + [m for m in metrics if m in named and m not in FIVE]
    kept = [*order, *sorted(named - set(order))][:5]
    units = {str(c["metric"]): str(c.get("unit") or "share") for c in decision.get("criteria") or ()}
    chosen = decision.get("chosen")
    return {
        "metrics": [{"metric": f.clean(m), "label": f.clean(wording(m).label)} for m in kept],
        "rows": [_rung(t, kept, units, chosen) for t in tried],
        "chosen": f.clean(chosen) if chosen else None,
        "because": f.sentence(decision.get("because"), capital=False),  # it may start with a model's name
    }


def _rung(tried: Mapping[str, Any], metrics: Sequence[str], units: Mapping[str, str], chosen: object) -> dict[str, Any]:
    scores = tried.get("scores") or {}
    costs = {part: f.finite(tried.get(f"{part}_seconds")) for part in ("fit", "sample", "judge")}
    spent = [c for c in costs.values() if c is not None]
    return {
        "model": f.clean(tried.get("model", "")),
        "family": f.clean(tried.get("family", "")),
        "rung": tried.get("rung"),
        "status": f.clean(tried.get("status", "")),
        "verdict": _mark(tried.get("verdict")),
        "chosen": chosen is not None and tried.get("model") == chosen,
        "costs": {part: {"seconds": s, "text": f.seconds(s)} for part, s in costs.items()},
        "total_text": f.seconds(sum(spent) if spent else None),
        "scores": [_rung_score(scores.get(m), units.get(m) or _unit(m)) for m in metrics],
        "because": f.sentence(tried.get("because")),
    }


def _unit(metric: str) -> str:
    return "auc" if wording(metric).ideal == 0.5 and metric != "dcr" else "share"


def _rung_score(score: Mapping[str, Any] | None, unit: str) -> dict[str, Any]:
    score = score or {}
    return {
        "value": f.finite(score.get("value")),
        "value_text": f.value(score.get("value"), unit),
        "floor_text": f.value(score.get("floor"), unit),
        "interval_text": f.interval(score.get("ci"), unit),
    }


def _family(scorecard: Scorecard, rows: Sequence[Mapping[str, Any]], family: str) -> dict[str, Any]:
    """The rows of one family with their details."""
    found = [i for i, r in enumerate(rows) if r["family"] == family]
    details = {}
    for i in found:
        parts = [s for s in scorecard.scores if s.metric == rows[i]["metric"] and s.subject not in ((), ("gap",))]
        details[rows[i]["metric"]] = [_detail(s) for s in parts]
    return {"rows": found, "details": {name: parts for name, parts in details.items() if parts}}


def _detail(score: Score) -> dict[str, Any]:
    return {
        "label": f.clean(detail_label(score.subject)),
        "value": f.finite(score.value),
        "value_text": f.value(score.value, score.unit),
        "floor_text": f.value(score.floor, score.unit),
        "interval_text": f.interval(score.ci, score.unit),
        "gap_text": f.difference(f.gap(score.value, score.floor), score.unit),
        "n_text": f.count(score.n),
        "note": f.clean(score.note),
    }


def _privacy(scorecard: Scorecard, rows: Sequence[Mapping[str, Any]], goal: Mapping[str, Any]) -> dict[str, Any]:
    found = _family(scorecard, rows, "privacy")
    said = {
        "opening": opening(goal, [rows[i] for i in found["rows"]]),
        "limits": limits(goal),
        "sight": _sight(scorecard),
        "not_tested": list(NOT_TESTED),
    }
    return found | said


def _sight(scorecard: Scorecard) -> list[str]:
    """What each privacy test could have seen at all: the rows it rests on and the smallest effect beyond chance."""
    said = []
    for score in _in_order(scorecard.headlines):
        if score.family != "privacy" or score.n is None:
            continue
        text = f"{wording(score.metric).label} rests on {f.count(score.n)} rows"
        half = _half_width(score)
        if half:
            effect = f.difference(half, score.unit).lstrip("+")
            text += f" and cannot see an effect smaller than about {effect}"
        said.append(text + ".")
    return said


def _half_width(score: Score) -> float | None:
    if score.ci and all(math.isfinite(x) for x in score.ci):
        return (score.ci[1] - score.ci[0]) / 2
    if score.unit == "auc" and score.n:
        # Hanley and McNeil (1982) at AUC 0.5 with equally many of both sides: variance (2n + 1) / (12 n^2).
        return 1.96 * math.sqrt((2 * score.n + 1) / 12) / score.n
    return None


def _provenance(provenance: Mapping[str, Any], goal: Mapping[str, Any]) -> list[list[str]]:
    told = {k: v for k, v in goal.items() if k not in GOAL and k not in ("command", "guarantee", "sampled")}
    known = {v for v in told.values() if isinstance(v, str)}  # the holdout's digest stands in both
    rest = {k: v for k, v in provenance.items() if k not in told and not (isinstance(v, str) and v in known)}
    return _flat(told) + _flat(rest)


def _notes(decision: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the fit of the chosen model found."""
    chosen: Mapping[str, Any] = next(
        (t for t in decision.get("tried") or () if t.get("model") == decision.get("chosen")), {}
    )
    return chosen.get("notes") or {}


def _flat(values: Mapping[str, Any]) -> list[list[str]]:
    """A line a fact; a fact with parts has them on one line."""
    return [[f.clean(readable(str(key))), _fact(str(key), value)] for key, value in values.items() if value is not None]


def _fact(key: str, value: object) -> str:
    if isinstance(value, Mapping):
        return " · ".join(f"{f.clean(part)} {_fact(key, inner)}" for part, inner in value.items() if inner is not None)
    return _plain(key, value)
