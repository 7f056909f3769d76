"""`synthkit score`: how odd each row of a table is to a saved model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synthkit.cli import options as o

__all__ = ["EXAMPLES", "score"]

EXAMPLES = o.examples(
    ("synthkit fit normal.csv --model flow -o normal", "learn what is normal"),
    ("synthkit score new.csv --model normal -o scores.csv", "the oddest rows have the highest scores"),
)


def score(
    source: o.SourceName,
    *,
    model: Annotated[
        Path,
        typer.Option("--model", "-m", metavar="FOLDER", help="A saved model that tells odd rows, as flow or trees do."),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="Where the scores go.")],
    encoding: o.Encoding = "utf-8",
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Score each row by how unlikely it is to the model: an anomaly score, and the column that adds most to it.

    The file has a line a row, in order: [cyan]row[/], counted from 1, [cyan]score[/], in nats, higher is odder, and
    [cyan]oddest[/], the name of a column. No cell of the data is written.
    """
    import pandas as pd

    from synthkit import pipeline
    from synthkit.cli.deliver import check_table, check_writable
    from synthkit.cli.screen import say_json, tell
    from synthkit.cli.source import find
    from synthkit.data import io
    from synthkit.errors import ConfigError
    from synthkit.models import artifact, registry
    from synthkit.models.base import Detector

    check_table(out)
    check_writable(out.parent)
    folder = model / "model" if (model / "model" / "manifest.json").is_file() else model
    name = artifact.name_of(folder)
    fitted = registry.opened(folder)
    if not isinstance(fitted, Detector):
        able = [one for one in registry.names() if hasattr(registry.get(one), "surprise")]
        raise ConfigError(f"the model '{name}' cannot score rows", hint=f"fit one that can: {', '.join(able)}")
    table = pipeline.read(find(source).path, schema=fitted.schema, constant="keep", encoding=encoding)
    surprise, names = fitted.surprise(table)
    rows = pd.DataFrame({
        "row": range(1, len(table) + 1),
        "score": surprise.sum(axis=1).round(4),
        "oddest": [names[at] for at in surprise.argmax(axis=1)],
    })  # fmt: skip
    io.write_table(io.to_table(rows, constant="keep"), out)
    if as_json:
        say_json({"model": name, "rows": len(rows), "file": str(out)})
    elif not quiet:
        tell(f"{len(rows):,} rows scored by {name}; scores written to {out}")
