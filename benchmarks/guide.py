"""The page docs/models.md: which family of models to use when, from the measured figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import mean, median

from benchmarks.cells import Plain, later
from benchmarks.frontier import CONTROL, TITLES, excess
from benchmarks.words import GUIDE

__all__ = ["page"]

WHEN = {
    "marginals": "As the control: what no relation between columns is worth.",
    "copula": "Few columns, monotone relations, an answer in seconds.",
    "mixture": "Up to 1,000 rows; odd rows of small tables; conditions on any columns.",
    "trees": "The first to try on any table; the first to try for odd rows.",
    "energy": "The trees nearly do it, a classifier still tells their rows, and minutes are too long.",
    "autoregressive": "Hard to tell from real rows, good to train on, few traces of single ones; any conditions.",
    "tvae": "Latent points.",
    "flow": "Exact likelihoods; odd rows; a network in seconds.",
    "diffusion": "As a check on the networks above: a row takes twenty passes, however wide the table.",
    "ctgan": "As a check on the others.",
}
"""What each is for; the figures stand beside it, and a test holds the claims against them."""


def page(found: Plain) -> str:
    """One line a model, over all sets it was run on; then who is first on each set."""
    names = [f"synthkit {name}" for name in WHEN]
    sets = [one for one in found["sets"] if any(row["name"] in names for row in one["rows"])]
    lines = [
        "| model | use it when | detection AUC | utility lost | membership, excess | seconds | peak MB | tables |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name in names:
        here = [(one, row["runs"]) for one in sets for row in one["rows"] if row["name"] == name]
        if here:
            lines.append(_line(name.partition(" ")[2], here))
    return GUIDE.format(sets=len(sets)) + "\n" + "\n".join(lines) + "\n\n" + _firsts(sets, names) + "\n" + later(found)


def _line(name: str, here: Sequence[tuple[Plain, Sequence[Plain]]]) -> str:
    told = median(_over(runs, "detection") for _, runs in here)
    lost = mean(_floor(one) - _over(runs, "utility") for one, runs in here)
    more = [found[0] for one, runs in here if (found := excess(runs, _control(one), "membership"))]
    seconds = median(median(run["seconds"] for run in runs) for _, runs in here)
    memory = max(max(run["peak_mb"] for run in runs) for _, runs in here)
    kept = f"{mean(more):+.3f}" if more and name != "marginals" else "-"
    cells = [f"{told:.3f}", f"{lost:.3f}", kept, f"{seconds:.0f}", f"{memory:,.0f}", str(len(here))]
    return f"| `{name}` | {WHEN[name]} | {' | '.join(cells)} |"


def _over(runs: Sequence[Plain], metric: str) -> float:
    return mean(run[metric]["value"] for run in runs)


def _floor(one: Plain) -> float:
    return float(next(row for row in one["rows"] if row["name"].startswith("real"))["runs"][0]["utility"]["value"])


def _control(one: Plain) -> Sequence[Plain]:
    runs: Sequence[Plain] = next((row["runs"] for row in one["rows"] if row["name"] == CONTROL), [])
    return runs


def _firsts(sets: Sequence[Plain], names: Sequence[str]) -> str:
    lines = ["| table | hardest to tell from real | best to train on |", "|---|---|---|"]
    for one in sets:
        rows = {row["name"].partition(" ")[2]: row["runs"] for row in one["rows"] if row["name"] in names}
        best = [_first(rows, "detection", min, "{:.3f}"), _first(rows, "utility", max, "{:.4f}")]
        lines.append(f"| {TITLES[one['data']['name']]} | {best[0]} | {best[1]} |")
    return "\n".join(lines) + "\n"


def _first(rows: Mapping[str, Sequence[Plain]], metric: str, best: Callable[..., str], form: str) -> str:
    name = best(rows, key=lambda name: _over(rows[name], metric))
    return f"`{name}` {form.format(_over(rows[name], metric))}"
