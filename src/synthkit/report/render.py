"""One call from a scorecard and a decision to a report in any form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from synthkit.errors import ConfigError
from synthkit.files import write_text
from synthkit.report.view import view

if TYPE_CHECKING:
    from synthkit.scorecard import Scorecard

__all__ = ["Form", "from_view", "render", "write"]

Form = Literal["html", "markdown", "json", "terminal"]

_SUFFIXES: dict[str, Form] = {
    ".html": "html",
    ".htm": "html",
    ".md": "markdown",
    ".markdown": "markdown",
    ".json": "json",
    ".txt": "terminal",
}


def render(scorecard: Scorecard, decision: Mapping[str, Any] | None = None, *, form: Form = "html") -> str:
    """The report as text; the same input gives the same bytes.

    Args:
        scorecard: what `evaluate` made, or `Scorecard.from_json` read.
        decision: verdict, goal, criteria and ladder as plain values; any part may be absent.
        form: html (one file that loads nothing), markdown, json (the view itself), or terminal (plain text).

    Raises:
        ConfigError: no such form.
    """
    return from_view(view(scorecard, decision), form=form)


def from_view(shown: Mapping[str, Any], *, form: Form = "html") -> str:
    """The same from a view, for instance one read back from its JSON.

    Raises:
        ConfigError: no such form.
    """
    if form == "html":
        from synthkit.report.html import html

        return html(shown)
    if form == "markdown":
        from synthkit.report.markdown import markdown

        return markdown(shown)
    if form == "json":
        return json.dumps(shown, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    if form == "terminal":
        from synthkit.report.terminal import plain

        return plain(shown)
    raise ConfigError(f"there is no report form {form!r}", hint="use html, markdown, json or terminal")


def write(path: str | Path, scorecard: Scorecard, decision: Mapping[str, Any] | None = None) -> Path:
    """Write the report whole or not at all; the suffix says in which form.

    Raises:
        ConfigError: no form has this suffix.
        OutputError: the file cannot be written.
    """
    path = Path(path)
    form = _SUFFIXES.get(path.suffix.lower())
    if form is None:
        raise ConfigError(f"no report form has the suffix {path.suffix!r}", hint=f"use one of {', '.join(_SUFFIXES)}")
    write_text(path, render(scorecard, decision, form=form))
    return path
