"""The section of the page that tells how `synthkit monitor` fares."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.cells import Plain
from benchmarks.words import WATCHING

BASELINES = ("learned", "made")
NAMED = {"learned": "rows learned from", "made": "record and made rows"}
WHAT = {"shift": "a number shifted by {:g} sd", "share": "a category's share moved by {:g} points"}


def page(found: Plain) -> str:
    """All tables."""
    learned = ", ".join(f"{rows:,} ({name})" for name, rows in found["learned"].items())
    parts = [WATCHING.format(learned=learned, splits=len(found["splits"]))]
    parts += ["### No drift\n", _calm(found["calm"]), "### Drift of a known size\n", _injected(found["injected"])]
    parts += ["### Real drift\n", _real(found["real"]), "### A series\n", _series(found["series"])]
    return "\n".join(parts)


def _calm(rows: Sequence[Plain]) -> str:
    head = ["set", "new rows", "baseline", "draws", "RETRAIN or RETIRE", "UNSETTLED", "drift seen"]
    lines = _lines(head, "|---|---:|---|" + "---:|" * 4)
    groups: dict[tuple[str, int, str], list[Plain]] = {}
    for row in rows:
        for name in (row["set"], "all"):
            groups.setdefault((name, row["rows"], row["baseline"]), []).append(row)
    for (name, new, baseline), mine in sorted(groups.items(), key=lambda pair: (pair[0][0] == "all", pair[0])):
        cells = [_of(mine, "RETRAIN", "RETIRE"), _of(mine, "UNSETTLED"), f"{sum(r['seen'] for r in mine)}"]
        lines.append(_line([name, f"{new:,}", NAMED[baseline], str(len(mine)), *cells]))
    return "\n".join(lines) + "\n"


def _of(rows: Iterable[Plain], *verdicts: str) -> str:
    return str(sum(row["verdict"] in verdicts for row in rows))


def _injected(rows: Sequence[Plain]) -> str:
    sizes = list(dict.fromkeys((row["set"], row["rows"]) for row in rows))
    head = ["drift", *(f"{name}, {new:,} rows, {NAMED[b]}" for name, new in sizes for b in BASELINES)]
    lines = _lines(head, "|---|" + "---:|" * (len(head) - 1))
    for what, size in dict.fromkeys((row["what"], row["size"]) for row in rows):
        cells = []
        for name, new in sizes:
            for baseline in BASELINES:
                key = (name, new, baseline, what, size)
                mine = [r for r in rows if (r["set"], r["rows"], r["baseline"], r["what"], r["size"]) == key]
                cells.append(f"{sum(r['seen'] for r in mine)} / {_of(mine, 'RETRAIN', 'RETIRE')} of {len(mine)}")
        told = WHAT.get(what, f"one column shuffled ({what.partition(', ')[2]} relations)").format(size)
        lines.append(_line([told, *cells]))
    return "Drift seen / RETRAIN or RETIRE, of the draws.\n\n" + "\n".join(lines) + "\n"


def _real(rows: Sequence[Plain]) -> str:
    head = ["set", "learned from", "new rows", "baseline", "verdict", "AUC", "columns moved", "the furthest"]
    lines = _lines(head, "|---|---|---|---|---|---:|---:|---|")
    for row in rows:
        named = f"{row['part']} ({row['rows']:,})"
        cells = [row["verdict"], f"{row['auc']:.3f}", str(row["moved"]), ", ".join(row["first"]) or "-"]
        lines.append(_line([row["set"], row["learned"], named, NAMED[row["baseline"]], *cells]))
    return "\n".join(lines) + "\n"


def _series(rows: Sequence[Plain]) -> str:
    head = ["learned to", "new rows", "what", "verdict", "missed (interval)", "worth", "CRPS (naive)", "level", "steps"]
    lines = _lines(head, "|---|---|---|---|" + "---:|" * 5)
    for row in rows:
        low, high = row["ci"]
        missed = f"{row['missed']:.0%} ({low:.0%} to {high:.0%})"
        crps = f"{row['crps']:.2f} ({row['naive']:.2f})" if row["crps"] is not None else "-"
        cells = [missed, f"{row['effective']:.0f} of {row['values']:,}", crps, f"{row['level']:+.1f}"]
        lines.append(_line([row["end"], row["length"], row["what"], row["verdict"], *cells, f"{row['scale']:+.1f}"]))
    return "\n".join(lines) + "\n"


def _lines(head: Sequence[str], rule: str) -> list[str]:
    return [_line(head), rule]


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"
