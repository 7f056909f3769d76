"""Cells and tables of the benchmark page, from plain results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from statistics import median
from typing import Any

__all__ = ["Plain", "against", "detection", "flat", "interval", "middle", "rows_table", "seconds"]

Plain = Mapping[str, Any]


def rows_table(first: str, columns: Mapping[str, Callable[[Plain], str]], rows: Iterable[Plain]) -> str:
    """A markdown table, one line a row."""
    lines = ["| " + " | ".join([first, *columns]) + " |", "|---|" + "---|" * len(columns)]
    lines += ["| " + " | ".join([row["name"], *(cell(row) for cell in columns.values())]) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def middle(metric: str, form: str) -> Callable[[Plain], str]:
    """The median of a metric over the runs."""

    def cell(row: Plain) -> str:
        values = [run[metric]["value"] for run in row["runs"] if metric in run]
        return form.format(median(values)) if values else "-"

    return cell


def against(metric: str) -> Callable[[Plain], str]:
    """The median of Shape or Trend against train, in percent."""

    def cell(row: Plain) -> str:
        return f"{100 * median(run['against_train'][metric] for run in row['runs'] if 'against_train' in run):.2f}"

    return cell


def seconds(stage: str) -> Callable[[Plain], str]:
    """The median seconds of fit or sample."""

    def cell(row: Plain) -> str:
        values = [run["seconds"][stage] for run in row["runs"] if "seconds" in run]
        return f"{median(values):.2f}" if values else "-"

    return cell


def detection(row: Plain) -> str:
    """The run with the median detection AUC, with its interval."""
    runs = sorted((run["detection"] for run in row["runs"] if "detection" in run), key=lambda found: found["value"])
    return interval(runs[len(runs) // 2])


def interval(found: Plain) -> str:
    """A value with its interval."""
    ci = found.get("ci")
    return f"{found['value']:.3f}" + (f" ({ci[0]:.3f} to {ci[1]:.3f})" if ci else "")


def flat(name: str, form: str) -> Callable[[Plain], str]:
    """What the first run says under that name."""

    def cell(row: Plain) -> str:
        return form.format(row["runs"][0][name]) if name in row["runs"][0] else "-"

    return cell


def later(found: Plain) -> str:
    """Which rows were run after the others."""
    added = found.get("later", {})
    return f"Run later ({added['date']}, load {added['load']}): {added['what']}.\n" if "what" in added else ""
