"""What a pilot measured, side by side: for the terminal, and as Markdown for the record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from synthkit.report.markdown import text

if TYPE_CHECKING:
    from rich.console import Group

__all__ = ["comparison", "markdown", "seconds", "terminal"]

_WIDE = 3
"""Candidates beyond which a terminal has no room for intervals; they stand in the Markdown and in `pilot.json`."""
_HEAD = ("Model", "Verdict", "Fit", "One draw", "A row", "Peak memory", "Saved", "Cost")
_SIGN = {"PASS": "✓", "FAIL": "✗", "INCONCLUSIVE": "?"}
_COLOUR = {"PASS": "green", "FAIL": "red", "INCONCLUSIVE": "yellow"}


def comparison(pilot: Mapping[str, Any]) -> str:
    """The table of costs, as Markdown for the record's considered options.

    Args:
        pilot: as `synthkit.operate.pilot.Pilot.to_dict` gives it.
    """
    rows = [_cells(c) for c in pilot["candidates"]]
    return f"### Measured in the pilot\n\n{text(_method(pilot))}\n\n{_table(_HEAD, rows, left=2)}"


def markdown(pilot: Mapping[str, Any]) -> str:
    """Everything a person compares: verdict, costs, criteria, the challenge."""
    parts = [f"# {text(_verdict(pilot))}", text(_because(pilot)), comparison(pilot).replace("###", "##", 1)]
    head, rows = _scores(pilot)
    if rows:
        parts += ["## Criteria", _table(head, rows, left=1)]
    parts += ["## What became of each", "\n".join(f"* {text(line)}" for line in _fates(pilot))]
    if pilot["challenge"]:
        parts += ["## Challenge", "\n".join(f"* {line}" for line in pilot["challenge"])]
    return "\n\n".join(parts) + "\n"


def terminal(pilot: Mapping[str, Any], files: Iterable[tuple[str, str]] = ()) -> Group:
    """A rich renderable: the verdict and the winner first, then the tables, then what became of each.

    Args:
        pilot: as `Pilot.to_dict` gives it.
        files: what was written, as (what it is, where it is).
    """
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    first = Text(f"{_verdict(pilot)}  ", style=f"bold {_COLOUR[pilot['verdict']]}")
    first.append(_because(pilot), style="not bold default")
    few = sum(bool(c["criteria"]) for c in pilot["candidates"]) <= _WIDE
    head, scores = _scores(pilot, intervals=few)
    blocks: list[Any] = [_grid(_HEAD, [_cells(c) for c in pilot["candidates"]])]
    if scores:
        blocks += [_grid(head, scores)]
    blocks += [Text(line) for line in _fates(pilot)]
    if pilot["challenge"]:
        lines = (line.replace("**", "") for line in pilot["challenge"])
        blocks += [Text("\nchallenge", style="dim"), *(Text(line) for line in lines)]
    blocks += [Text(f"\n{_method(pilot)}\n", style="dim")]
    blocks += [Text.assemble((what.ljust(11), "dim"), (where, "cyan")) for what, where in files]
    return Group(first, Padding(Group(*blocks), (0, 0, 0, 2)))


def seconds(value: float) -> str:
    """A duration as a person reads it.

    >>> seconds(93.2), seconds(0.0123), seconds(4.2e-6)
    ('93 s', '12 ms', '4.2 µs')
    """
    unit, size = next((u, s) for u, s in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)) if value >= s or u == "µs")
    return f"{value / size:.2g} {unit}" if value / size < 10 else f"{value / size:,.0f} {unit}"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]], *, left: int) -> str:
    names = list(head)
    rule = ["---"] * left + ["---:"] * (len(names) - left)
    lines = [[text(name) for name in names], rule, *([text(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _grid(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Any:  # noqa: ANN401 - a rich table
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1), header_style="dim")
    for at, name in enumerate(head):
        table.add_column(name, justify="left" if at == 0 or name == "Verdict" else "right", no_wrap=True)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    table.add_row()
    return table


def _verdict(pilot: Mapping[str, Any]) -> str:
    return f"{_SIGN[pilot['verdict']]} {pilot['verdict']}: {pilot['chosen']}"


def _because(pilot: Mapping[str, Any]) -> str:
    return f"{pilot['because']}."


def _cells(candidate: Mapping[str, Any]) -> list[str]:
    m, verdict = candidate["measured"], candidate["verdict"] or candidate["status"]
    name = f"{candidate['model']} (chosen)" if candidate["chosen"] else candidate["model"]
    if not m:
        return [name, verdict, *["–"] * 6]
    if candidate["status"] == "left":
        verdict = f"left at {candidate['train_rows']:,} rows"
    call, row = (seconds(m[key]) if m[key] is not None else "–" for key in ("call_seconds", "row_seconds"))
    size = f"{m['model_mb']:.2g} MB" if m["model_mb"] is not None else "–"
    money = f" ({m['money']:.2g})" if "money" in m else ""
    cost = f"{m['cpu_seconds']:.3g} CPU s{money}"
    return [name, verdict, seconds(candidate["fit_seconds"]), call, row, f"{m['peak_mb']:,.0f} MB", size, cost]


def _scores(pilot: Mapping[str, Any], *, intervals: bool = True) -> tuple[list[str], list[list[str]]]:
    """A line a criterion, a column a candidate that was judged: value, interval, and a sign for the verdict."""
    judged = [c for c in pilot["candidates"] if c["criteria"]]
    chosen = [c for c in judged if c["chosen"]]
    found = {j["metric"]: j for c in [*judged, *chosen] for j in c["criteria"]}  # the winner's floor and limit
    if not found:
        return [], []
    order = dict.fromkeys(j["metric"] for c in [*chosen, *judged] for j in c["criteria"])
    rows = []
    for metric in order:
        own = found[metric]
        cells = [next((j for j in c["criteria"] if j["metric"] == metric), None) for c in judged]
        floor = _shown(own["floor"], own["unit"]) if own["floor"] is not None else "–"
        scores = [_score(j, interval=intervals) if j else "–" for j in cells]
        rows.append([own["label"], *scores, floor, _shown(own["limit"], own["unit"])])
    names = [c["model"] + ("*" if c["criteria_of"] == "first round" else "") for c in judged]
    return ["Criterion", *names, "Floor", "Limit"], rows


def _score(j: Mapping[str, Any], *, interval: bool) -> str:
    beside = f" [{_shown(j['ci'][0], j['unit'])}, {_shown(j['ci'][1], j['unit'])}]" if interval and j["ci"] else ""
    return f"{_shown(j['value'], j['unit'])}{beside} {_SIGN[j['verdict']]}"


def _shown(value: float, unit: str) -> str:
    return f"{100 * value:.3g} %" if unit == "share" else f"{value:.3g}"


def _fates(pilot: Mapping[str, Any]) -> list[str]:
    return [f"{c['model']}: {c['because']}" for c in pilot["candidates"]]


def _method(pilot: Mapping[str, Any]) -> str:
    one, many = ("one path of each series", "ten paths") if pilot["kind"] == "series" else ("one row", "1,000 rows")
    parts = [
        f"Each model in a process of its own, {pilot['jobs']} at a time, {seconds(pilot['seconds'])} in all.",
        f"One draw is {one}, and a row is one of {many}: medians of five draws.",
        "Peak memory holds data and libraries too, until the rows were made; CPU seconds are those of fit and rows.",
    ]
    if pilot["backtest"]:
        parts.append("Of models that were only backtested: their memory and seconds over all origins they took.")
    if pilot["price"] is not None:
        parts.append(f"In brackets: money, at {pilot['price']:g} for an hour of one core.")
    if any(c["criteria_of"] == "first round" for c in pilot["candidates"]):
        parts.append(
            f"* Left after a first round on {pilot['first_rows']:,} rows: its figures there, with limits of their own."
        )
    return " ".join(parts)
