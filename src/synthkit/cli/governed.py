"""How steps of a decision and checks look on the screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from synthkit.cli.screen import say, say_json

if TYPE_CHECKING:
    from synthkit.operate.gates import Check
    from synthkit.operate.registry import Version

__all__ = ["SIGNS", "grid", "shown", "told"]

SIGNS = {"PASS": ("✓", "green"), "FAIL": ("✗", "red"), "INCONCLUSIVE": ("?", "yellow")}


def shown(
    version: Version, checks: Sequence[Check], what: str, more: Mapping[str, Any], *, as_json: bool, quiet: bool
) -> None:
    """One step that was taken: of what, on which checks, and what it left.

    Args:
        version: of the registry.
        checks: of its gate.
        what: happened, in a clause.
        more: a few lines by label.
        as_json: as one JSON object.
        quiet: say nothing.
    """
    if as_json:
        last = version.entries[-1]
        facts = {"decision": version.ref, "stage": version.stage.value, "status": version.status}
        log = {"line": last.number, "sha256": last.sha256}
        say_json({**facts, "checks": [c.to_dict() for c in checks], "log": log, **{k: str(v) for k, v in more.items()}})
    elif not quiet:
        say(f"[bold green]✓[/] [bold]{version.ref}[/] {what}", grid(checks, more))


def told(checks: Sequence[Check], head: str, verdict: str) -> None:
    """A verdict, and the checks it rests on."""
    sign, colour = SIGNS[verdict]
    say(f"[bold {colour}]{sign} {head}[/]", grid(checks, {}))


def grid(checks: Sequence[Check], more: Mapping[str, Any]) -> Any:  # noqa: ANN401 - rich's table
    """Checks line by line, then what else there is to say."""
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    lines = Table.grid(padding=(0, 2))
    lines.add_column(style="dim", no_wrap=False, max_width=44)
    lines.add_column()
    for check in checks:
        sign, colour = SIGNS[check.verdict.value]
        lines.add_row(check.what, Text.assemble((f"{sign} ", colour), check.because))
    for label, value in more.items():
        lines.add_row(label, Text(str(value)))
    return Padding(lines, (0, 0, 0, 2))
