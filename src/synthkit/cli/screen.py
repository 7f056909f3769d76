"""What the person at the terminal sees: consoles, errors, and the bar with the time left."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from synthkit.progress import Progress, silent

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID

    from synthkit.errors import SynthkitError

__all__ = ["bar", "say", "say_json", "tell", "tell_error", "tell_stopped", "tell_unexpected", "width"]

_UNBOUND = 160
"""Columns where nobody says how wide the screen is (a pipe, a log): enough that grep finds a name in one piece."""


def _console(*, errors: bool = False) -> Console:
    from rich.console import Console

    stream = sys.stderr if errors else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else _UNBOUND
    return Console(stderr=errors, highlight=False, width=width, legacy_windows=False)


def width() -> int:
    """Columns of the screen."""
    return _console().width


def say(*shown: Any) -> None:  # noqa: ANN401 - anything rich can draw
    """Print to stdout what was asked for; rich markup in strings is drawn as style."""
    console = _console()
    with console.capture() as drawn:
        for one in shown:
            console.print(one)
    text = drawn.get()
    if not console.is_terminal:  # a grid is filled up with blanks, which nobody wants in a file
        text = "".join(f"{line.rstrip()}\n" for line in text.splitlines())
    sys.stdout.write(text)


def say_json(values: Mapping[str, Any]) -> None:
    """One JSON object on stdout, strict: a number that JSON cannot say becomes null."""
    strict = json.loads(json.dumps(values, default=str), parse_constant=lambda _: None)
    sys.stdout.write(json.dumps(strict, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def tell(text: str) -> None:
    """A line on stderr: news about the work, not its result."""
    from rich.text import Text

    _console(errors=True).print(Text(text, style="dim"), soft_wrap=not sys.stderr.isatty())


def tell_licence(model: str) -> None:
    """Once, at the end of a command: the terms of a model that runs code which is not free for every use."""
    from synthkit.models import registry

    licence = registry.card(model).licence
    if licence.startswith("BUSL"):
        tell(f"licence of {model}: {licence}")


def tell_error(error: SynthkitError, *, as_json: bool = False) -> None:
    """The message in red and the hint below it, on stderr; or one JSON object on stdout."""
    if as_json:
        return say_json({"error": error.message, "hint": error.hint, "type": type(error).__name__})
    return _tell_red(error.message, error.hint)


def tell_unexpected(error: Exception, *, as_json: bool = False) -> None:
    """What synthkit did not foresee: its kind, and how to see where it happened.

    The words of such an error may quote a cell of the data, so they are kept for the traceback.
    """
    message = f"something unforeseen went wrong ({type(error).__name__}); this is a fault of synthkit"
    hint = "set SYNTHKIT_DEBUG=1 and run it again to see where; look through the text for data before you share it"
    if as_json:
        return say_json({"error": message, "hint": hint, "type": type(error).__name__})
    return _tell_red(message, hint)


def tell_stopped() -> None:
    """After Ctrl-C: what is on disk is whole."""
    _console(errors=True).print("[yellow]stopped[/yellow]; nothing was left half-written")


def _tell_red(message: str, hint: str) -> None:
    from rich.text import Text

    console = _console(errors=True)
    loose = not console.is_terminal  # a log must not break a path in two
    console.print(Text.assemble(("error: ", "bold red"), (message, "red")), soft_wrap=loose)
    if hint:
        console.print(Text.assemble(("hint:  ", "bold"), (hint, "dim")), soft_wrap=loose)


@contextmanager
def bar(*, quiet: bool = False) -> Iterator[Progress]:
    """A bar a stage with the time left, on stderr, gone when the work is done; silent where nobody watches."""
    console = _console(errors=True)
    if quiet or not console.is_terminal:
        yield silent
        return
    from rich.progress import BarColumn, SpinnerColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        SpinnerColumn(finished_text="[green]✓[/green]"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TaskProgressColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
        TextColumn("[dim]{task.fields[left]}[/dim]"),
    )
    with Bars(*columns, console=console, transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def show(stage: str, done: float, note: str = "") -> None:
            if stage not in tasks:
                for earlier in tasks.values():  # a stage that broke off never says 1.0
                    bars.update(earlier, completed=1.0, left="")
                tasks[stage] = bars.add_task(stage, total=1.0, left="left")
            left = f"left {note}" if done < 1 else ""
            bars.update(tasks[stage], completed=done, left=left)

        yield show
