"""The page of tables of millions of rows, from its JSON."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median

from benchmarks.cells import Plain

__all__ = ["page"]

_BILLION, _PRICE, _CREW = 1_000_000_000, 0.05, (2, 16, 64)

_HEAD = """\
Adult's 15 columns, drawn from `trees` fitted to its train split, in ten Parquet parts. Each command runs alone in a
process of its own, one thread each. Seconds are those of the whole command, start and imports too; CPU is that of all
its processes; memory is the most that all of them held at once. Load is what others were doing when it began. The
engines, and sdv's sampling (by a model of 50,000 of these rows), were run after the others, within the hour.
"""

_ENGINES = """\
The same {shards} shards, {rows:,} rows of `marginals`, by two workers of each engine; seconds are the medians of two
rounds in turn, what starting the engine takes being in them. All wrote {same} bytes.
"""

_AHEAD = """\
What a billion rows would take, from the processor seconds above of the most rows that two workers sampled, if
{workers} workers get a core each: hours, and what they cost at {price} for an hour of one core. No part waits for
another, so twice the workers take half the time, as long as the store that they write to keeps up. Starting an engine
takes seconds more; memory is what the table above says, for each worker.
"""

_JUDGED = """\
`synthkit evaluate` of three folders: shapes, trends and missing cells of every row, and 100,000 rows of each drawn for
detection, utility and privacy, which one process judges.
"""


def page(found: Plain) -> str:
    """Four tables: fitted, sampled, by engines, judged."""
    fitted = _table(("fit", "rows"), ("arm", "rows"), found["fitted"])
    sampled = _table(("sample", "rows", "workers"), ("arm", "rows", "workers"), found["sampled"], rate=True)
    judged = _table(("judge", "rows", "workers"), ("arm", "rows", "workers"), found["judged"], rate=True)
    ahead = _ahead(found["sampled"])
    return "\n".join([_HEAD, fitted, sampled, _by_engine(found["engines"]), ahead, _JUDGED, judged])


def _table(titles: tuple[str, ...], keys: tuple[str, ...], rows: Iterable[Plain], *, rate: bool = False) -> str:
    heads = [*titles, "seconds", "CPU s", *(["rows a second"] if rate else []), "peak MB", "load"]
    lines = ["| " + " | ".join(heads) + " |", "|---|" + "---:|" * (len(heads) - 1)]
    for row in rows:
        cells = [f"{row[key]:,}" if isinstance(row[key], int) else row[key] for key in keys]
        if "why" in row:
            cells += [row["why"], "–", *(["–"] if rate else [])]
        else:
            cells += [f"{row['seconds']:.1f}", f"{row['cpu_seconds']:.1f}"]
            cells += [f"{row['rows'] / row['seconds']:,.0f}"] if rate else []
        lines.append("| " + " | ".join([*cells, f"{row['peak_mb']:,}", f"{row['load']:.1f}"]) + " |")
    return "\n".join(lines) + "\n"


def _by_engine(rows: list[Plain]) -> str:
    done = [row for row in rows if "why" not in row]
    taken = {
        name: median(r["seconds"] for r in done if r["arm"] == name) for name in dict.fromkeys(r["arm"] for r in done)
    }
    lines = ["| engine | seconds | to local | peak MB |", "|---|---:|---:|---:|"]
    for name, seconds in taken.items():
        peak = max(r["peak_mb"] for r in done if r["arm"] == name)
        lines.append(f"| {name} | {seconds:.1f} | {seconds / taken['local']:.2f} | {peak:,} |")
    same = "the same" if len({row["sums"] for row in done}) == 1 else "DIFFERENT"
    return _ENGINES.format(shards=rows[0]["shards"], rows=rows[0]["rows"], same=same) + "\n" + "\n".join(lines) + "\n"


def _ahead(rows: list[Plain]) -> str:
    """A billion rows by each model, on more workers than there were."""
    done = {row["arm"].split()[-1]: row for row in rows if "why" not in row and row["arm"].startswith("synthkit")}
    heads = ["model", "rows a core second", "GB", *(f"{n} workers" for n in _CREW), "cost"]
    lines = ["| " + " | ".join(heads) + " |", "|---|" + "---:|" * (len(heads) - 1)]
    for model, row in done.items():
        rate = row["rows"] / row["cpu_seconds"]
        hours = _BILLION / rate / 3600
        cells = [model, f"{rate:,.0f}", f"{row['mb'] / row['rows'] * _BILLION / 1000:,.0f}"]
        cells += [f"{hours / n:.2f} h" for n in _CREW]
        lines.append("| " + " | ".join([*cells, f"{hours * _PRICE:.2f}"]) + " |")
    crew = ", ".join(map(str, _CREW[:-1])) + f" or {_CREW[-1]}"
    return _AHEAD.format(workers=crew, price=_PRICE) + "\n" + "\n".join(lines) + "\n"
