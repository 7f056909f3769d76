"""Rows that are synthetic say so: a small JSON file beside them, whatever their own format can hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from synthkit.files import sha256, write_text

__all__ = ["SUFFIX", "mark"]

SUFFIX = ".synthetic.json"
_NOTE = "Drawn from a model of real rows: no row is an observation."


def mark(rows: str | Path, facts: Mapping[str, Any]) -> Path:
    """Write `<rows>.synthetic.json` beside a file of synthetic rows.

    Parquet and Feather files hold the mark in their metadata too; a comment in a CSV would break its readers.

    Args:
        rows: the file, already written.
        facts: what made them, as plain values.
    """
    rows = Path(rows)
    content = {
        "synthetic": True,
        "file": rows.name,
        "sha256": sha256(rows),
        "made_by": f"synthkit {version('synthkit')}",
        **facts,
        "note": _NOTE,
    }
    beside = rows.with_name(rows.name + SUFFIX)
    write_text(beside, json.dumps(content, indent=1) + "\n")
    return beside
