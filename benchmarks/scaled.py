"""The page of tables of millions of rows, from its JSON."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median

from benchmarks.cells import Plain

__all__ = ["page"]

_HEAD = """\
Adult's 15 columns, drawn from `trees` fitted to its train split, in ten Parquet parts. Each command runs alone in a
process of its own, one thread each. Seconds are those of the whole command, start and imports too; CPU is that of all
its processes; memory is the most that all of them held at once. Load is what others were doing when it began.
"""

_ENGINES = """\
The same {shards} shards, {rows:,} rows of `marginals`, by two workers of each engine; seconds are the medians of two
rounds in turn, what starting the engine takes being in them. All wrote {same} bytes.
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
    return "\n".join([_HEAD, fitted, sampled, _by_engine(found["engines"]), _JUDGED, judged])


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
