"""The view as about ten lines of a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Group
    from rich.text import Text

__all__ = ["plain", "terminal"]

_COLOUR = {"PASS": "green", "FAIL": "red", "INCONCLUSIVE": "yellow", "": "default"}
_FAMILIES = ("fidelity", "utility", "privacy", "temporal")


def terminal(view: Mapping[str, Any], files: Iterable[tuple[str, str]] = ()) -> Group:
    """A rich renderable: the verdict, what was chosen and why, what was asked, a line a family, and the files.

    Args:
        view: what `view` made.
        files: what was written, as (what it is, where it is).
    """
    from rich.console import Group
    from rich.padding import Padding
    from rich.table import Table

    verdict = view["verdict"]
    lines = Table.grid(padding=(0, 2), expand=False)
    lines.add_column(style="dim", no_wrap=True)
    lines.add_column(overflow="fold")
    for label, words in _facts(view):
        lines.add_row(label, words)
    for what, where in files:
        lines.add_row(what, _words(where, "cyan"))
    head = _words(f"{verdict['sign']} {verdict['word'].upper()}  ", f"bold {_COLOUR[verdict['code']]}")
    head.append(verdict["sentence"])
    return Group(head, Padding(lines, (0, 0, 0, 2)))


def plain(view: Mapping[str, Any], files: Iterable[tuple[str, str]] = (), *, width: int = 100) -> str:
    """The same as plain text, without colours."""
    import io

    from rich.console import Console

    out = io.StringIO()
    Console(file=out, width=width, color_system=None, legacy_windows=False).print(terminal(view, files))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _words(text: str, style: str = "") -> Text:
    """Text taken as it is: what looks like rich markup in a column name stays letters."""
    from rich.text import Text

    return Text(text, style=style)


def _facts(view: Mapping[str, Any]) -> list[tuple[str, Text]]:
    facts: list[tuple[str, Text]] = []
    ladder = view["ladder"]
    if ladder["chosen"] or ladder["because"]:
        chosen = _words(ladder["chosen"] or "none", "bold")
        facts.append(("chosen", chosen.append(f"  {ladder['because']}", style="not bold")))
    tried = [_tried(t) for t in ladder["rows"]]
    if tried:
        facts.append(("tried", _words(", ".join(tried))))
    asked = [
        f"{text} {label.lower()}" for label, text in view["asked"] if label in ("Rows", "Columns", "Synthetic rows")
    ]
    if asked:
        facts.append(("table", _words(f"{view['title']}: {', '.join(asked)}")))
    facts += [(label.lower(), _words(text)) for label, text in view["asked"] if label in ("Judged", "Sampled")]
    facts += [(family, line) for family in _FAMILIES if (line := _family(view, family))]
    return facts


def _tried(rung: Mapping[str, Any]) -> str:
    outcome = rung["verdict"]["word"] if rung["verdict"] else rung["status"]
    cost = f", {rung['total_text']}" if rung["total_text"] != "–" else ""
    return f"{rung['model']} ({outcome.lower()}{cost})"


def _family(view: Mapping[str, Any], family: str) -> Text | None:
    """`detection 0.541 (floor 0.500, limit 0.600) ✓ · ...`."""
    rows = [r for r in view["headline"] if r["family"] == family]
    if not rows:
        return None
    line = _words("")
    for i, r in enumerate(rows):
        beside = f" (floor {r['floor_text']})" if r["floor"] is not None else ""
        line.append(" · " if i else "", style="dim").append(f"{r['label'].lower()} ").append(
            r["value_text"], style="bold"
        )
        line.append(beside, style="dim")
        if r["verdict"]:
            line.append(f" {r['verdict']['sign']}", style=_COLOUR[r["verdict"]["code"]])
    return line
