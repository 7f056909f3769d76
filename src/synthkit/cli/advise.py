"""`synthkit advise`: which family of models fits, why, and a pipeline to begin with; nothing is fitted."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from synthkit.cli import options as o

if TYPE_CHECKING:
    from synthkit.cli.source import Source
    from synthkit.data.panel import Panel
    from synthkit.data.table import Table
    from synthkit.decide.advice.pipeline import Origin
    from synthkit.decide.advise import Advice

__all__ = ["EXAMPLES", "advise"]

EXAMPLES = o.examples(
    ("synthkit advise credit_data --goal share -o pipeline.toml", "the way for a bundled table, ready to run"),
    ("synthkit advise co2.csv --time date --goal forecast", "and for a time series"),
    ("synthkit advise", "without a file: it asks"),
    ("synthkit advise --data text --rows 20000 --goal share --json", "or is told; every kind of data is answered"),
)

_ANSWERS = "Answers (asked for in a terminal when there is no SOURCE)"


def advise(
    source: Annotated[
        str | None,
        typer.Argument(metavar="[SOURCE]", show_default=False,
                       help="A file of rows, or a known data set; without one, answers are enough."),
    ] = None,
    *,
    target: o.Target = None,
    time_: o.Time = None,
    entity: o.Entity = None,
    drop: o.Drop = None,
    constant: o.Constant = None,
    encoding: o.Encoding = "utf-8",
    goal: Annotated[
        Literal["share", "augment", "test-data", "forecast", "anomaly"] | None,
        typer.Option("--goal", "--task", rich_help_panel=_ANSWERS, show_default=False, help="What it is for."),
    ] = None,
    data: Annotated[
        Literal["tabular", "time-series", "panel", "relational", "text", "image", "audio", "video", "graph"] | None,
        typer.Option("--data", rich_help_panel=_ANSWERS, show_default=False, help="What kind of data, without a file."),
    ] = None,
    rows: Annotated[
        int | None,
        typer.Option("--rows", min=1, metavar="N", rich_help_panel=_ANSWERS, show_default=False,
                     help="How many rows (documents, images), without a file."),
    ] = None,
    latency: Annotated[
        Literal["any", "seconds", "milliseconds"] | None,
        typer.Option("--latency", rich_help_panel=_ANSWERS, show_default=False,
                     help="How fast 1,000 new rows must be there."),
    ] = None,
    cost: Annotated[
        Literal["laptop", "workstation", "gpu"] | None,
        typer.Option("--cost", rich_help_panel=_ANSWERS, show_default=False, help="The machine there is."),
    ] = None,
    explainability: Annotated[
        Literal["none", "some", "full"] | None,
        typer.Option("--explainability", rich_help_panel=_ANSWERS, show_default=False,
                     help="How much the model must be explained."),
    ] = None,
    regulated: Annotated[
        bool | None,
        typer.Option("--regulated/--not-regulated", rich_help_panel=_ANSWERS, show_default=False,
                     help="Whether rows are about people, or under a privacy rule."),
    ] = None,
    holdout: Annotated[
        bool, typer.Option("--holdout/--no-holdout", help="Whether real rows can be kept apart to judge by.")
    ] = True,
    wish: Annotated[
        str, typer.Option("--wish", metavar="NAME", show_default=False,
                          help="A model or family you have in mind: it is held against the facts.")
    ] = "",
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE.toml", show_default=False,
                     help="Write the pipeline there; it is printed otherwise."),
    ] = None,
    as_json: o.Json = False,
) -> None:  # fmt: skip
    """Which family of models fits the task and the data, why, and what to do next. Nothing is fitted.

    Six steps: the task, the data, what is success, the families with reasons for and against, the pilot, and the plan
    for afterwards. Out comes a pipeline file for [cyan]synthkit run[/] and [cyan]synthkit pilot[/]. Kinds of data that
    are outside this toolkit are answered too: with what to use instead.
    """
    from synthkit.cli.advice import shown
    from synthkit.cli.screen import say, say_json
    from synthkit.decide.advise import advise as advice

    answers = o.given(goal=goal, data=data, rows=rows, latency=latency, cost=cost, explainability=explainability)
    answers |= {} if regulated is None else {"regulated": regulated}
    if source is None and _asking() and not as_json:
        answers |= _asked(answers)
    origin, table = None, None
    if source is not None:
        _no_answers_about_rows(answers)
        origin, table = _rows_of(
            source, out, target=target, times=o.columns(time_), entity=entity, drop=drop, constant=constant,
            encoding=encoding,
        )  # fmt: skip
    found = advice(table, wish=wish, holdout=holdout, origin=origin, **answers)
    if out is not None:
        _write(found, out)
    if as_json:
        say_json(found.to_dict() | {"file": str(out) if out else None})
    else:
        say(*shown(found, out))


def _asking() -> bool:
    """Whether somebody sits there to be asked."""
    return sys.stdin.isatty()


def _asked(given: dict[str, Any]) -> dict[str, Any]:
    """The answers that are missing, one by one; Enter takes the usual one."""
    from synthkit.decide.advice.facts import ASKED, CHOICES, DEFAULTS

    found: dict[str, Any] = {}
    for name, question in ASKED.items():
        if name in given:
            continue
        if name == "regulated":
            found[name] = typer.confirm(question, default=bool(DEFAULTS[name]))
        elif name == "rows":
            found[name] = typer.prompt(question, default=DEFAULTS[name], type=int, value_proc=_whole)
        else:
            goal = found.get("goal", given.get("goal"))
            usual = "time-series" if name == "data" and goal == "forecast" else DEFAULTS[name]
            found[name] = _chosen(question, CHOICES[name], usual)
    return found


def _chosen(question: str, choices: tuple[str, ...], usual: str) -> str:
    def known(text: str) -> str:
        near = [choice for choice in choices if choice.startswith(text.strip().lower())]
        if len(near) != 1:
            raise typer.BadParameter(f"one of {', '.join(choices)}")
        return near[0]

    answer: str = typer.prompt(f"{question} ({', '.join(choices)})", default=usual, value_proc=known)
    return answer


def _whole(text: str) -> int:
    digits = str(text).replace(",", "").replace("_", "").strip()
    if not digits.isdigit() or int(digits) < 1:
        raise typer.BadParameter("a whole number, at least 1")
    return int(digits)


def _no_answers_about_rows(answers: dict[str, Any]) -> None:
    from synthkit.errors import ConfigError

    if told := [name for name in ("rows", "data") if name in answers]:
        raise ConfigError(
            f"--{told[0]} is read from SOURCE",
            hint=f"leave --{told[0]} out, or SOURCE; --time makes rows a time series",
        )


def _rows_of(
    source: str, out: Path | None, *, target: str | None, times: tuple[str, ...] | None, entity: str | None,
    drop: list[str] | None, constant: Literal["refuse", "keep", "drop"] | None, encoding: str,
) -> tuple[Origin, Table | Panel]:  # fmt: skip
    """The rows, as a table or as series, and where they are."""
    from synthkit.cli.source import find
    from synthkit.decide.advice.pipeline import Origin
    from synthkit.pipeline import read
    from synthkit.series import read_panel

    found = find(source)
    times = times or found.time
    roles = {"target": target or found.target, "entity": entity or found.entity}
    lone = times[0] if times and len(times) == 1 else None
    table = read(
        found.path, target=roles["target"], time=lone, entity=roles["entity"], drop=drop or (), constant=constant,
        encoding=encoding,
    )  # fmt: skip
    origin = Origin(
        **_place(found, out), target=roles["target"], time=times, entity=roles["entity"], drop=tuple(drop or ()),
        constant=constant, series=dict(found.series), stem=found.stem,
    )  # fmt: skip
    if times is None:
        return origin, table
    return origin, read_panel(table, {**found.series}, time=times)  # type: ignore[typeddict-item]


def _place(found: Source, out: Path | None) -> dict[str, str]:
    """A known data set by its name, a file by its path from where the pipeline will lie."""
    from synthkit.data import catalog

    if catalog.known(found.name) and str(found.path) != found.name:
        return {"dataset": found.name}
    home = out.parent if out is not None else Path()
    return {"source": Path(os.path.relpath(found.path, home)).as_posix()}


def _write(found: Advice, out: Path) -> None:
    from synthkit.errors import ConfigError
    from synthkit.files import write_text

    if not found.pipeline:
        what = f"{found.facts.data} data" if found.ranked and found.expected is None else "this"
        raise ConfigError(
            f"there is no pipeline to write: {what} cannot be made here for the task '{found.facts.goal}'",
            hint="leave --out away to read what to use instead",
        )
    write_text(out, found.pipeline)
