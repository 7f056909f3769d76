"""`synthkit schema`: what each column is taken for, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthkit.cli import options as o

if TYPE_CHECKING:
    from rich.table import Table as Grid

    from synthkit.data.schema import Schema

__all__ = ["EXAMPLES", "schema"]

EXAMPLES = o.examples(
    ("synthkit schema patients.csv --table", "look at the guesses and their reasons"),
    ("synthkit schema patients.csv --target outcome -o schema.toml", "write them, edit a kind, and then:"),
    ("synthkit generate patients.csv --schema schema.toml", "use what you wrote"),
)


def schema(
    source: o.SourceName,
    *,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", show_default=False,
                     help="Write the TOML here; otherwise it is printed."),
    ] = None,
    table: Annotated[bool, typer.Option("--table", help="Show the columns as a table to read.")] = False,
    target: o.Target = None,
    time: o.Time = None,
    entity: o.Entity = None,
    drop: o.Drop = None,
    encoding: o.Encoding = "utf-8",
    reservoir: o.Reservoir = None,
) -> None:  # fmt: skip
    """Say what each column is, and why, as a file you can edit.

    Kinds are numeric, integer, categorical, boolean, datetime, id and text. Change one, and pass the file back with
    [cyan]--schema[/]; data that contradict it are refused by name.
    """
    import sys

    from synthkit.cli.deliver import check_writable
    from synthkit.cli.screen import say, tell
    from synthkit.cli.source import find
    from synthkit.data import io
    from synthkit.data.infer import infer_schema
    from synthkit.data.stream import guess, in_parts
    from synthkit.files import write_text

    if out is not None:
        check_writable(out.parent)
    found = find(source)
    roles = {"target": target or found.target, "time": time or found.lone_time, "entity": entity or found.entity}
    # what is wrong with a column is written down as its reason, for a person to settle
    if reservoir or in_parts(found.path):
        guessed = guess(found.path, roles, encoding=encoding, most=reservoir)
    else:
        guessed = infer_schema(io.read_frame(found.path, encoding=encoding), **roles, strict=False)
    guessed = guessed.without(set(drop or ()))
    if out is not None:
        write_text(out, guessed.to_toml())
    if table:
        say(_grid(guessed))
    elif out is None:
        sys.stdout.write(guessed.to_toml())
    if out is not None:
        tell(f"{len(guessed)} columns written to {out}")


def _grid(schema: Schema) -> Grid:
    from rich import box
    from rich.table import Table as Grid
    from rich.text import Text

    roles = {schema.target: "target", schema.time: "time", schema.entity: "entity"}
    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for head in ("column", "kind", "missing", "reason"):
        grid.add_column(head, overflow="fold", no_wrap=head == "kind")
    for column in schema:
        name = Text(column.name, style="bold")
        if role := roles.get(column.name):
            name.append(f"  {role}", style="cyan")
        missing = "yes" if column.nullable else ""
        grid.add_row(
            name,
            Text(column.kind, style="cyan"),
            missing,
            Text(column.reason, style="yellow" if "check this" in column.reason else "dim"),
        )
    return grid
