"""The part of the view that goes column by column and pair by pair."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synthkit.report import figures as f

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from synthkit.metrics.base import Score

__all__ = ["chart_of", "columns", "pairs"]

CHARTS = 40
"""Up to so many columns all get a chart; beyond, the worst FEW do: a page has to stay readable, and under 1 MB."""
FEW = 30
LEVELS = 7
"""Bars in one chart; the rest is shown as one bar."""
MATRIX = 60
"""Columns in the pair matrix; beyond, those with the worst pairs are kept."""


def columns(
    profiles: Sequence[Mapping[str, Any]], shape: Iterable[Score], missing: Iterable[Score] = ()
) -> list[dict[str, Any]]:
    """One mapping a column, in the order of the table: what it is, how far off it is, and what to draw."""
    by_shape = {s.subject[0]: s for s in shape}
    by_missing = {s.subject[0]: s for s in missing}
    named = [p["column"] for p in profiles]
    rows = [_column(p, by_shape.get(p["column"]), by_missing.get(p["column"])) for p in profiles]
    rows += [_column({"column": name}, s, by_missing.get(name)) for name, s in by_shape.items() if name not in named]
    for rank, row in enumerate(sorted(rows, key=_worst_first)):
        row["rank"] = rank
    drawn = [r for r in sorted(rows, key=lambda r: r["rank"]) if r["chart"]]
    for row in drawn[FEW:] if len(drawn) > CHARTS else ():
        row["chart"] = None
    return rows


def _worst_first(row: Mapping[str, Any]) -> tuple[bool, float, float]:
    return (row["value"] is None, -(row["gap"] or 0.0), -(row["value"] or 0.0))


def _column(profile: Mapping[str, Any], shape: Score | None, missing: Score | None) -> dict[str, Any]:
    value = f.finite(shape.value) if shape else None
    floor = f.finite(shape.floor) if shape else None
    unit = shape.unit if shape else "share"
    gap = f.gap(value, floor)
    if gap is not None and shape and shape.better == "higher":
        gap = -gap
    blank = profile.get("missing") or {}
    return {
        "name": f.clean(profile["column"]),
        "kind": f.clean(profile.get("kind", "")),
        "reason": f.clean(profile.get("reason", "")),
        "value": value,
        "value_text": f.value(value, unit),
        "floor": floor,
        "floor_text": f.value(floor, unit),
        "gap": gap,
        "gap_text": f.difference(gap, unit),
        "missing": {
            "real": f.finite(blank.get("real")),
            "real_text": f.value(blank.get("real"), "share"),
            "synthetic": f.finite(blank.get("synthetic")),
            "synthetic_text": f.value(blank.get("synthetic"), "share"),
            "value_text": f.value(missing.value if missing else None, "share"),
        },
        "has_missing": bool(blank.get("real") or blank.get("synthetic")),
        "chart": chart_of(profile),
    }


def chart_of(profile: Mapping[str, Any]) -> dict[str, Any] | None:
    """What to draw of a column, from the shares of two sets of rows in the same bins; None if there is nothing."""
    real, synthetic = _shares(profile.get("real")), _shares(profile.get("synthetic"))
    if not real or len(real) != len(synthetic):
        return None
    if profile.get("edges"):
        return _histogram(list(profile["edges"]), real, synthetic, whole=profile.get("kind") == "integer")
    return _bars([f.clean(level) for level in profile.get("levels", ())], real, synthetic)


def _shares(values: Iterable[object] | None) -> list[float]:
    return [round(f.finite(v) or 0.0, 6) for v in values or ()]


def _histogram(
    edges: list[Any], real: list[float], synthetic: list[float], *, whole: bool = False
) -> dict[str, Any] | None:
    if len(edges) != len(real) + 1:
        return None
    labels = [f.number(e) for e in edges]
    ticks = (
        [[i, labels[i]] for i in (0, len(real) // 2, len(real))] if len(real) > 1 else [[0, labels[0]], [1, labels[1]]]
    )
    if whole and all(isinstance(e, float) and e % 1 == 0.5 for e in edges):
        labels, ticks = _whole(edges)
    widest = max(range(len(real)), key=lambda i: abs(real[i] - synthetic[i]))
    off = f.difference(synthetic[widest] - real[widest], "share")
    return {
        "type": "histogram",
        "edges": [e if isinstance(e, str) else f.finite(e) for e in edges],
        "ticks": ticks,
        "real": real,
        "synthetic": synthetic,
        "summary": f"{len(real)} bins from {labels[0]} to {labels[-1]}; the widest difference, synthetic minus real, "
        f"is {off} between {labels[widest]} and {labels[widest + 1]}.",
    }


def _whole(edges: list[float]) -> tuple[list[str], list[list[Any]]]:
    """Bins of whole numbers end at halves, so that a number lies amid its bin; a reader wants the numbers they hold."""
    last = len(edges) - 1
    labels = [*(f.number(e + 0.5) for e in edges[:-1]), f.number(edges[-1] - 0.5)]
    if last <= 12 and edges[-1] - edges[0] == last:
        return labels, [[i + 0.5, labels[i]] for i in range(last)]
    return labels, [[i, labels[i]] for i in (0, last // 2, last)]


def _bars(levels: list[str], real: list[float], synthetic: list[float]) -> dict[str, Any] | None:
    if len(levels) != len(real):
        return None
    order = range(len(levels))
    shown = order[:LEVELS] if len(levels) > LEVELS + 1 else order
    rest = order[len(shown) :]
    widest = max(order, key=lambda i: abs(real[i] - synthetic[i]))
    off = f.difference(synthetic[widest] - real[widest], "share")
    return {
        "type": "levels",
        "levels": [levels[i] for i in shown],
        "real": [real[i] for i in shown],
        "synthetic": [synthetic[i] for i in shown],
        "others": len(rest),
        "others_real": round(sum(real[i] for i in rest), 6),
        "others_synthetic": round(sum(synthetic[i] for i in rest), 6),
        "summary": f"{len(levels)} levels; the widest difference, synthetic minus real, is {off} at {levels[widest]}.",
    }


def pairs(details: Iterable[Score], order: Sequence[str]) -> dict[str, Any]:
    """The matrix of pair differences: synthetic in the lower triangle, the floor (real training rows) in the upper."""
    scores = [s for s in details if len(s.subject) == 2]
    if not scores:
        return {
            "columns": [],
            "cells": [],
            "worst": [],
            "left_out": 0,
            "top": 0.0,
            "top_text": f.NONE,
            "has_floor": False,
            "total": 0,
        }
    names = _matrix_names(scores, order)
    at = {name: i for i, name in enumerate(names)}
    cells = []
    for s in scores:
        if s.subject[0] in at and s.subject[1] in at:
            i, j = sorted(at[n] for n in s.subject)
            cells.append([j, i, _rounded(s.value), _rounded(s.floor)])
    every = {n for s in scores for n in s.subject}
    inks = sorted(x or 0.0 for c in cells for x in c[2:])
    # A few extreme pairs must not bleach all others: full ink is reached at the 95th percentile.
    top = max(inks[int(0.95 * (len(inks) - 1))], 0.01)
    return {
        "columns": [f.clean(n) for n in names],
        "cells": sorted(cells),
        "worst": [_pair(s) for s in sorted(scores, key=_excess, reverse=True)[:10]],
        "left_out": len(every) - len(names),
        "top": top,
        "top_text": f.value(top, "share") + (" or more" if inks[-1] > top else ""),
        "has_floor": any(c[3] is not None for c in cells),
        "total": len(scores),
    }


def _matrix_names(scores: Sequence[Score], order: Sequence[str]) -> list[str]:
    every = {n for s in scores for n in s.subject}
    place = {name: i for i, name in enumerate(order)}
    worst: dict[str, float] = dict.fromkeys(every, 0.0)
    for s in scores:
        for name in s.subject:
            worst[name] = max(worst[name], f.finite(s.value) or 0.0)
    kept = sorted(every, key=lambda n: (-worst[n], n))[:MATRIX]
    return sorted(kept, key=lambda n: (place.get(n, len(place)), n))


def _rounded(x: object) -> float | None:
    number = f.finite(x)
    return None if number is None else round(number, 5)


def _excess(s: Score) -> tuple[float, float, tuple[str, ...]]:
    value = f.finite(s.value) or 0.0
    return (value - (f.finite(s.floor) or 0.0), value, s.subject)


def _pair(s: Score) -> dict[str, Any]:
    return {
        "pair": [f.clean(n) for n in s.subject],
        "value": f.finite(s.value),
        "value_text": f.value(s.value, s.unit),
        "floor": f.finite(s.floor),
        "floor_text": f.value(s.floor, s.unit),
        "gap_text": f.difference(f.gap(s.value, s.floor), s.unit),
    }
