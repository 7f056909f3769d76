"""The part of the page on privacy: known cases, released tables, and differential privacy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any, Final

__all__ = ["ANCHOR", "page"]

Plain = Mapping[str, Any]

ANCHOR: Final = (0.0543, 270)
"""Mean total variation and seconds of the script `mst.py` of the package mbi 2.0 on the same data, at the same budget;
measured once, on a busy machine of the same kind."""

_KNOWN = """\
Half of the rows of each file is learned from; the other half judges, and attacks. The best of four membership attacks
is chosen on half of the targets and reported on the rest (AUC, 0.5 is guessing); "at 10 %" is the share of members
found while 10 % of the others are called members too. Singling out, linking and inferring are how many more in a
hundred are guessed right among the people who were in. Rare and extremes are categories, and smallest or largest
values, of fewer than five people that are given out. Detection and utility are what it costs.

`trees leaf=1 blur=0` copies cell by cell from single rows: it is what trees are without their protections.
"""

_RELEASED = """\
The peers' tables of the page above, attacked with their train file against the rows of Adult that are in neither of
their files. Read it with care: it is not certain that the train file is theirs, and on this pair even a table that
cannot copy is not at 0.5 (the last column).
"""

_PRIVATE = """\
`generate --dp-epsilon`: all pairs of columns of at most 10,000 cells, on Adult in 14 columns of up to 100 bins (48,842
rows), at epsilon 1 and delta 1e-9. MST of the package mbi 2.0 measured {variation:.4f} there in {seconds} seconds (by
its own script, once, on another day).
"""

_BESIDE = """\
Beside the private table released with TabularARGN (epsilon 2.4), by the protocol of the peers' table: learned from
their train file, judged against the rows that are in neither file. Delta is {delta:g} for ours. Both
rows of `dpvae` on this page were measured again later the same day, after its gradients were mended.
"""


def page(found: Plain) -> str:
    """All tables."""
    parts = [_KNOWN]
    for one in found["known"]:
        data = one["data"]
        parts.append(f"### {data['name']}: {data['train']:,} rows learned from, {data['columns']} columns\n")
        parts.append(_table([_known(row) for row in one["rows"]], _HEAD))
    parts += ["### Released tables\n", _RELEASED]
    head = ("table", "best attack", "AUC", "95 %", "at 10 %", "singling out", "linking", "inferring", "cannot copy")
    parts.append(_table([_released(row) for row in found["released"]], head))
    variation, seconds = ANCHOR
    parts += ["### Differential privacy\n", _PRIVATE.format(variation=variation, seconds=seconds)]
    parts.append(_table([_pairs(name, runs) for name, runs in found["pairs"]["runs"].items()], _PAIRS))
    parts += [_BESIDE.format(delta=found["delta"])]
    parts.append(_table([_beside(row) for row in found["beside"]], ("table", "Detection", "Utility", "Seconds")))
    return "\n".join(parts)


_HEAD = (
    "table", "verdict", "best attack", "AUC", "95 %", "at 10 %", "outliers", "singling out", "linking", "inferring",
    "rare", "extremes", "Detection", "Utility",
)  # fmt: skip
_PAIRS = ("model", "mean total variation", "runs", "seconds")


def _known(row: Plain) -> list[str]:
    told = row["attack"]
    judged = [_score(row, "detection"), _score(row, "utility")]
    few = [f"{one['found']} of {one['of']}" for one in told["repeated"][:2]]
    return [row["name"], told["verdict"], *_best(told), f"{told['outliers']['auc']:.3f}", *_risks(told), *few, *judged]


def _released(row: Plain) -> list[str]:
    told = row["attack"]
    blind = next(c for c in told["controls"] if c["name"] == "independent columns")
    return [row["name"], *_best(told), *_risks(told), f"{blind['auc']:.3f}"]


def _best(told: Plain) -> list[str]:
    best = told["best"]
    low, high = best["ci"]
    return [
        best["attack"],
        f"**{best['auc']:.3f}**",
        f"{low:.3f} to {high:.3f}",
        f"{100 * best['caught']['0.1']:.1f} %",
    ]


def _risks(told: Plain) -> list[str]:
    return [f"{100 * risk['excess']:+.1f}" for risk in told["risks"]]


def _pairs(name: str, runs: Sequence[Plain]) -> list[str]:
    each = [run["variation"] for run in runs]
    seconds = f"{median(run['seconds'] for run in runs):.0f}"
    return [name, f"**{median(each):.4f}**", ", ".join(f"{value:.4f}" for value in each), seconds]


def _beside(row: Plain) -> list[str]:
    seconds = f"{row['seconds']:.0f}" if "seconds" in row else "–"
    return [row["name"], _score(row, "detection"), _score(row, "utility"), seconds]


def _score(row: Plain, metric: str) -> str:
    return f"{row[metric]['value']:.3f}" if metric in row else "–"


def _table(rows: Sequence[Sequence[str]], head: Sequence[str]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
