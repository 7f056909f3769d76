"""The door itself: the commands, and what happens when one of them cannot be carried out."""

from __future__ import annotations

import inspect
import os
import shlex
import sys
import warnings
from collections.abc import Callable
from io import TextIOWrapper
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from synthkit.cli import (
    accept,
    advise,
    attack,
    augment,
    datasets,
    decisions,
    domain,
    evaluate,
    fit,
    generate,
    impute,
    ledger,
    models,
    monitor,
    options,
    pilot,
    release,
    report,
    retire,
    sample,
    schema,
    score,
    verify,
)
from synthkit.cli import run as run_
from synthkit.data.parts import public
from synthkit.errors import SynthkitError

__all__ = ["app", "run"]

STOPPED = 130
"""What a shell expects after Ctrl-C: 128 and the number of SIGINT."""


class Doorbell(TyperGroup):
    """The group of commands: nobody who rings sees a traceback, unless they ask for one with SYNTHKIT_DEBUG=1."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - click's context, under two names
        """Keep the words of the call: they go into the record, and say whether errors are wanted as JSON."""
        ctx.meta["synthkit.command"] = shlex.join(["synthkit", *map(public, args)])
        ctx.meta["synthkit.json"] = "--json" in args
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - as above
        """Run the command; its errors become a message and an exit code."""
        from synthkit.cli.screen import tell_error, tell_stopped, tell_unexpected

        as_json = bool(ctx.meta["synthkit.json"])
        try:
            return super().invoke(ctx)
        except SynthkitError as error:
            if _debugging():
                raise
            tell_error(error, as_json=as_json)
            code = 1
        except KeyboardInterrupt:
            tell_stopped()
            code = STOPPED
        except Exception as error:
            # typer's own (usage, exit) come from its vendored click, or from click in older versions
            if _debugging() or type(error).__module__.partition(".")[0] in ("typer", "click"):
                raise
            if isinstance(error, BrokenPipeError):  # `synthkit datasets | head`
                raise
            tell_unexpected(error, as_json=as_json)
            code = 1
        raise typer.Exit(code)


_MAKE, _JUDGE, _DECIDE, _LOOK = "Make", "Judge", "Decide", "Look around"

app = typer.Typer(
    name="synthkit",
    cls=Doorbell,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,  # its tracebacks can show local variables, and those hold data
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=options.examples(
        ("synthkit generate credit_data --target Status", "try it on a bundled table"),
        ("synthkit generate your.csv --target label -o out", "and on your own"),
    ),
)


def _add(panel: str, command: Callable[..., None], examples: str) -> None:
    """A command whose help is its docstring, each paragraph on one line for the terminal to fold."""
    paragraphs = inspect.cleandoc(command.__doc__ or "").split("\n\n")
    unfolded = "\n\n".join(" ".join(paragraph.split("\n")) for paragraph in paragraphs)
    app.command(help=unfolded, epilog=examples, rich_help_panel=panel)(command)


_add(_MAKE, generate.generate, generate.EXAMPLES)
_add(_MAKE, run_.run, run_.EXAMPLES)
_add(_MAKE, fit.fit, fit.EXAMPLES)
_add(_MAKE, sample.sample, sample.EXAMPLES)
_add(_MAKE, augment.augment, augment.EXAMPLES)
_add(_MAKE, impute.impute, impute.EXAMPLES)
_add(_JUDGE, evaluate.evaluate, evaluate.EXAMPLES)
_add(_JUDGE, attack.attack, attack.EXAMPLES)
_add(_JUDGE, score.score, score.EXAMPLES)
_add(_JUDGE, report.report, report.EXAMPLES)
_add(_DECIDE, advise.advise, advise.EXAMPLES)
_add(_DECIDE, pilot.pilot, pilot.EXAMPLES)
_add(_DECIDE, accept.accept, accept.EXAMPLES)
_add(_DECIDE, release.release, release.EXAMPLES)
_add(_DECIDE, verify.verify, verify.EXAMPLES)
_add(_DECIDE, monitor.monitor, monitor.EXAMPLES)
_add(_DECIDE, retire.retire, retire.EXAMPLES)
_add(_DECIDE, decisions.decisions, decisions.EXAMPLES)
_add(_LOOK, schema.schema, schema.EXAMPLES)
_add(_LOOK, domain.domain, domain.EXAMPLES)
_add(_LOOK, ledger.ledger, ledger.EXAMPLES)
_add(_LOOK, models.models, models.EXAMPLES)
_add(_LOOK, datasets.datasets, datasets.EXAMPLES)


def _version(asked: bool) -> None:
    if asked:
        from synthkit import __version__

        typer.echo(f"synthkit {__version__}")
        raise typer.Exit


@app.callback()
def _synthkit(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version and exit.")
    ] = False,
) -> None:
    """Synthetic tables: classical models first, judged against rows no model saw.

    Exit codes: 0 fine, 1 it could not be done, 2 wrong usage, 3 verdict FAIL, 4 verdict INCONCLUSIVE (with --strict).
    """


def _debugging() -> bool:
    return bool(os.environ.get("SYNTHKIT_DEBUG"))


def run() -> None:
    """The `synthkit` command."""
    # Read once, when LightGBM or torch is loaded: their idle OpenMP threads otherwise spin, and on a shared machine
    # they starve one another and everybody else.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without ✓ shows ? instead of an error
    if not (sys.warnoptions or _debugging()):
        warnings.simplefilter("ignore")  # words of libraries to their own users; synthkit's tests make them errors
    app()
