"""`synthkit report`: the report again, from what was saved, without the data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from synthkit.cli import options as o

if TYPE_CHECKING:
    from synthkit import Scorecard

__all__ = ["EXAMPLES", "check_form", "report"]

EXAMPLES = o.examples(
    ("synthkit report runs/credit_data", "about ten lines on the screen"),
    ("synthkit report runs/credit_data -o review.md", "as Markdown; .html, .json and .txt too"),
    ("synthkit report runs/credit_data/scorecard.json --open", "make report.html again and show it"),
)


def report(
    run: Annotated[
        Path,
        typer.Argument(metavar="RUN", help="The folder of a run, or its scorecard.json.", show_default=False),
    ],
    *,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", show_default=False,
                     help="Write it here; the suffix says in which form: .html, .md, .json or .txt."),
    ] = None,
    show: Annotated[bool, typer.Option("--open", help="Show it in the browser (makes report.html again).")] = False,
) -> None:  # fmt: skip
    """Render a report again from the saved scorecard; the data are not needed."""
    from synthkit.cli.deliver import check_writable
    from synthkit.cli.deliver import show as say_summary
    from synthkit.cli.screen import tell
    from synthkit.report.render import write

    if out is not None:
        check_form(out)
        check_writable(out.parent)
    path = run / "scorecard.json" if run.is_dir() else run
    scorecard, decision = _saved(path)
    if show and out is None:
        out = path.with_name("report.html")
    if out is None:
        return say_summary(scorecard, decision, {})
    write(out, scorecard, decision)
    tell(f"report written to {out}")
    if show:
        typer.launch(out.resolve().as_uri())
    return None


def check_form(out: Path) -> None:
    """Refuse a report file whose suffix says no form, before any work is done.

    Raises:
        ConfigError: no such form.
    """
    from synthkit.errors import ConfigError

    forms = (".html", ".htm", ".md", ".markdown", ".json", ".txt")
    if out.suffix.lower() not in forms:
        raise ConfigError(f"no report form has the suffix {out.suffix!r}", hint=f"use one of {', '.join(forms)}")


def _saved(path: Path) -> tuple[Scorecard, dict[str, Any]]:
    import json

    from synthkit import Scorecard
    from synthkit.errors import ReadError

    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
        return Scorecard.from_dict(saved["scorecard"]), dict(saved.get("decision") or {})
    except OSError as error:
        raise ReadError(
            f"cannot read the scorecard {str(path)!r}: {error.strerror}", hint="give a folder that `generate` wrote"
        ) from None
    except (ValueError, KeyError, TypeError):
        raise ReadError(
            f"{str(path)!r} is not a scorecard of synthkit", hint="give a folder that `generate` wrote"
        ) from None
