"""`synthkit domain`: a draft of what anybody may know about a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synthkit.cli import options as o

__all__ = ["EXAMPLES", "domain"]

EXAMPLES = o.examples(
    ("synthkit domain patients.csv --target outcome -o domain.toml", "a draft; make it public knowledge, then:"),
    ("synthkit generate patients.csv --dp-epsilon 1 --domain domain.toml", "rows with differential privacy"),
)


def domain(
    source: o.SourceName,
    *,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", show_default=False, help="Write it here; otherwise it is printed."),
    ] = None,
    target: o.Target = None,
    unit: Annotated[
        str | None,
        typer.Option("--unit", metavar="COLUMN", rich_help_panel="The data", show_default=False,
                     help="Whose row it is: the person is then protected, and not only the row."),
    ] = None,
    encoding: o.Encoding = "utf-8",
) -> None:  # fmt: skip
    """Draft a domain file for differential privacy: columns, kinds, ends and categories.

    The draft is read off the data, so it is refused until a person has replaced what only the data know and has signed
    it with public = true. Columns that are not in it are never read.
    """
    import sys

    from synthkit.cli.deliver import check_writable
    from synthkit.cli.screen import tell
    from synthkit.cli.source import find
    from synthkit.data import io
    from synthkit.files import write_text
    from synthkit.private.draft import drafted

    if out is not None:
        check_writable(out.parent)
    found = find(source)
    text = drafted(io.read_frame(found.path, encoding=encoding), target=target or found.target, unit=unit)
    if out is None:
        sys.stdout.write(text)
        return
    write_text(out, text)
    tell(f"draft written to {out}: replace what comes from the data, then write public = true")
