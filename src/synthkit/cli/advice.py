"""The six steps on the screen: the verdict first, then what stands behind it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.text import Text

    from synthkit.decide.advice.facts import Facts
    from synthkit.decide.advice.rules import Ranked, Reason
    from synthkit.decide.advise import Advice

__all__ = ["shown"]

COMMON = ("rows_enough", "ours", "simpler")
"""Rules that nearly every family meets: they are in the score, and in the JSON."""
FAMILIES = 6
"""Families that are shown; all are in the JSON."""


def shown(found: Advice, out: Path | None) -> Iterator[Any]:
    """What rich is to print, in order.

    Args:
        found: the advice.
        out: where the pipeline was written, if it was.
    """
    from rich.padding import Padding
    from rich.text import Text

    yield from _verdict(found)
    for warning in found.warnings:
        text = Text.assemble(("! ", "bold yellow"), (f"{warning.name}: ", "bold"), f"{warning.seen}. ")
        yield text.append(f"Instead: {warning.instead}", style="dim")
    yield ""
    yield _six(found)
    if out is not None:
        yield Text.assemble("\nwrote ", (str(out), "bold"), f"; run it: synthkit run {out}")
    elif found.pipeline:
        yield Text("\npipeline.toml", style="bold")
        yield Padding(Text(found.pipeline.rstrip(), style="dim"), (0, 0, 0, 2))


def _verdict(found: Advice) -> Iterator[Any]:
    """Three or four lines that are the answer."""
    from rich.text import Text

    best = found.ranked[0] if found.ranked else None
    if best is None:
        yield Text(f"Nothing known serves the task '{found.facts.goal}' on {found.facts.data} data.", style="bold red")
        return
    where = f"outside this toolkit: {best.outside}" if best.outside else f"but not here: {best.cons[0].text}"
    if found.expected is None:
        yield Text.assemble("Use ", (best.title, "bold green"), f", {where}.")
    elif best.model == found.expected:
        yield Text.assemble(
            "Expect ", (best.title, "bold green"), f" ({found.expected}) to be enough; the pilot decides: "
            f"{' > '.join(found.pilot.models)}, about {_minutes(found.pilot.minutes)}.",
        )  # fmt: skip
    else:
        here = next(r for r in found.ranked if r.model == found.expected)
        yield Text.assemble(
            "Best fit is ", (best.title, "bold green"), f", {where}. Here: ",
            (here.title, "bold green"), f" ({found.expected}).",
        )  # fmt: skip
    yield _lines(("for", best.pros), ("against", best.cons))


def _lines(*sides: tuple[str, tuple[Reason, ...]]) -> Any:  # noqa: ANN401 - a grid
    """The heaviest reasons of each side."""
    from rich.table import Table as Grid

    grid = Grid.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column()
    for label, reasons in sides:
        grid.add_row(f"  {label}", "; ".join(r.text for r in reasons[:3]) or "nothing that weighs")
    return grid


def _six(found: Advice) -> Any:  # noqa: ANN401 - a grid
    from rich.table import Table as Grid

    grid = Grid.grid(padding=(0, 2, 1, 0))
    grid.add_column(style="bold cyan", no_wrap=True)
    grid.add_column()
    grid.add_row("1 task", _task(found))
    grid.add_row("2 data", _data(found.facts))
    grid.add_row("3 success", _success(found))
    grid.add_row("4 families", _families(found))
    grid.add_row("5 pilot", _pilot(found))
    grid.add_row("6 afterwards", _afterwards(found))
    return grid


def _task(found: Advice) -> Text:
    from rich.text import Text

    text = Text(f"{found.goal.title}. {found.goal.define}")
    if found.facts.assumed:
        taken = ", ".join(f"{name} {_answer(getattr(found.facts, name))}" for name in found.facts.assumed)
        text.append(f"\nAssumed, for nobody said: {taken}.", style="yellow")
    return text


def _answer(value: Any) -> str:  # noqa: ANN401 - an answer
    return ("yes" if value else "no") if isinstance(value, bool) else f"{value:,}" if isinstance(value, int) else value


def _data(facts: Facts) -> Text:
    from rich.text import Text

    if not facts.measured:
        return Text(f"{facts.data}, {facts.rows:,} {_unit(facts.data)}; nobody looked at them yet.")
    return Text(_table(facts) if facts.data == "tabular" else _series(facts))


def _unit(data: str) -> str:
    return {
        "text": "documents",
        "image": "images",
        "audio": "recordings",
        "video": "clips",
        "graph": "graphs or nodes",
    }.get(data, "rows")


def _table(facts: Facts) -> str:
    kinds = [
        f"{facts.numbers} of numbers ({facts.smooth} smooth)" if facts.numbers else "",
        f"{facts.categories} of categories" + (f" (up to {facts.levels} levels)" if facts.levels else ""),
        f"{facts.dates} of dates" if facts.dates else "",
        f"{facts.keys} of keys or free text" if facts.keys else "",
    ]
    parts = [
        f"{facts.rows:,} rows x {facts.columns} columns: {', '.join(filter(None, kinds))}",
        f"{facts.missing:.1%} of the cells are missing" if facts.missing else "no cell is missing",
        f"strongest relation of a column {facts.related:.2f} on average (0 to 1)",
    ]
    if facts.determined:
        parts.append(f"{facts.determined} number columns follow almost exactly from others")
    if facts.target:
        balance = f", {facts.classes} classes, the rarest {facts.rarest:.1%}" if facts.classes else ", a number"
        parts.append(f"target {facts.target}{balance}")
    return "; ".join(parts) + "."


def _series(facts: Facts) -> str:
    who = f"{facts.series:,} series" if facts.series > 1 else "one series"
    seasons = f"seasons of {', '.join(map(str, facts.seasons))} rows" if facts.seasons else "no season"
    strength = (
        f" (the longest seen {facts.rounds:.0f} times, strength {facts.season_strength:.2f})" if facts.season else ""
    )
    apart = facts.frequency if facts.irregular or facts.frequency == "rows in order" else f"{facts.frequency} apart"
    parts = [
        f"{who} of {facts.length:,} rows, {apart}; {seasons}{strength}",
        f"{facts.channels} channels" if facts.channels != 1 else "one channel",
        f"{facts.marks} columns of categories" if facts.marks else "",
        f"{facts.exog} known in advance" if facts.exog else "",
        f"{facts.missing:.1%} missing" if facts.missing else "none missing",
        f"memory of the level {facts.wandering:.2f}, of its steps {facts.memory:.2f}",
    ]
    return "; ".join(filter(None, parts)) + "."


def _success(found: Advice) -> Text:
    from rich.text import Text

    text = Text(found.goal.success)
    if found.criteria:
        limits = "; ".join(f"{limit.label.lower()} {limit.rule}" for limit in found.criteria)
        text.append(f"\n{limits}. The floor is what real rows kept apart score.", style="dim")
    return text


def _families(found: Advice) -> Any:  # noqa: ANN401 - a grid
    from rich.table import Table as Grid
    from rich.text import Text

    grid = Grid.grid(padding=(0, 2, 0, 0))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(max_width=30)
    grid.add_column()
    for one in found.ranked[:FAMILIES]:
        where = f" ({one.model})" if one.model else " (outside)"
        grid.add_row(f"{one.score:+.1f}", Text.assemble(one.title, (where, "dim")), _because(one))
    if (rest := len(found.ranked) - FAMILIES) > 0:
        grid.add_row("", Text(f"and {rest} more in --json", style="dim"), "")
    return grid


def _because(one: Ranked) -> Text:
    from rich.text import Text

    text = Text()
    telling = [r for r in one.reasons if r.rule not in COMMON]
    for reason in sorted(telling, key=lambda r: -abs(r.weight))[:3]:
        text.append(f"{reason.weight:+g} ", style="green" if reason.weight > 0 else "red")
        text.append(f"{reason.text}  ")
    return text


def _pilot(found: Advice) -> Text:
    from rich.text import Text

    pilot = found.pilot
    if not pilot.steps:
        steps = [f"{at}. {step['title']}: {step['go_on'].rstrip('.')}." for at, step in enumerate(found.ladder, 1)]
        return Text("Outside this toolkit; in this order:\n" + "\n".join(steps))
    text = Text(f"{' > '.join(pilot.models)}: about {_minutes(pilot.minutes)} and {pilot.memory_mb:,} MB for all")
    text.append(", less if one is good enough on the way.\n")
    if found.facts.data == "tabular":
        for step in pilot.steps:
            end = f", on {step.go_on}" if step.go_on.startswith("if ") else ""
            text.append(f"  {step.model:<11}about {step.seconds:,.0f} s{end}\n", style="dim")
    else:
        text.append(
            "They forecast stretches held back; the best of them, and it alone, makes series that are judged.\n"
        )
    return text.append(f"$ {pilot.command}", style="cyan")


def _minutes(minutes: float) -> str:
    return f"{minutes:.0f} minutes" if minutes >= 2 else f"{60 * minutes:.0f} seconds"


def _afterwards(found: Advice) -> Text:
    from rich.text import Text

    last = (found.goal.next,) if found.pilot.steps else ()
    return Text("\n".join((*found.upkeep.values(), *last)))
