"""The section of the page that holds the advice against what came."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.cells import Plain
from benchmarks.words import ADVICE

USUAL = {"table": "trees", "series": "ets"}
"""What somebody would say who looks at nothing."""


def page(found: Plain) -> str:
    """Counts first, then set by set."""
    itself = found["summary"]["itself"]
    parts = [ADVICE.format(**found["limits"], again=itself["sets"], itself=itself["right"])]
    lines = [
        "| sets | how many | right | always the usual one | too low | too high | chosen one on the short list |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name, row in found["summary"]["kinds"].items():
        kind = name.partition(",")[0]
        lines.append(
            f"| {name} | {row['sets']} | {row['right']} | {row['usual']} ({USUAL[kind]}) "
            f"| {row['too_low']} | {row['too_high']} | {row['piloted']} |"
        )
    parts += ["\n".join(lines) + "\n", _each(found["rows"])]
    return "\n".join(parts)


def _each(rows: Sequence[Plain]) -> str:
    lines = ["| set | rows | said | chosen | verdict | CRPS, times the best |", "|---|---:|---|---|---|---:|"]
    for row in rows:
        times = row.get("times_best_crps")
        mark = " (unseen)" if row["unseen"] else ""
        cells = [f"{row['name']}{mark}", f"{row['rows']:,}", row["said"], row["chosen"], row["verdict"]]
        lines.append(f"| {' | '.join(cells)} | {f'{times:.2f}' if times else '-'} |")
    return "\n".join(lines) + "\n"
