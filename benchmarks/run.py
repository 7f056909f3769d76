"""Run the benchmarks and write what they found: `python -m benchmarks.run`, or `make bench`.

Each part writes its own JSON file with the machine, the versions and the seeds, and the page is rendered from all of
them. A part whose data are not on this machine is left as it was, and said so.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import (
    advise,
    anomaly,
    augment,
    budgets,
    dial,
    drift,
    escalation,
    gan_vae,
    imputation,
    innovations,
    machine,
    panels,
    peers,
    privacy,
    rare,
    render,
    scale,
    seeds,
    series,
    sets,
    size,
    small,
    speed,
    tables,
    tabular,
    warm,
    wide,
)
from synthkit.errors import MissingExtra, ReadError
from synthkit.files import write_text
from synthkit.scorecard import finite

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
PAGE = ROOT / "docs" / "benchmarks.md"
PARTS: dict[str, Callable[[Callable[[str], None]], dict[str, Any]]] = {
    "adult": tables.run,
    "peers": peers.run,
    "tabular": tabular.run,
    "budgets": budgets.run,
    "dial": dial.run,
    "privacy": privacy.run,
    "sets": sets.run,
    "seeds": seeds.run,
    "windows": series.run,
    "innovations": innovations.run,
    "augment": augment.run,
    "panels": panels.run,
    "rare": rare.run,
    "gan_vae": gan_vae.run,
    "wide": wide.run,
    "escalation": escalation.run,
    "warm": warm.run,
    "imputation": imputation.run,
    "anomaly": anomaly.run,
    "drift": drift.run,
    "size": size.run,
    "scale": scale.run,
    "small": small.run,
    "advise": advise.run,
    "speed": speed.run,
}


def main(arguments: list[str] | None = None) -> None:
    """Run what is asked for, say what could not be run, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__.partition("\n")[0])
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; all by default")
    parser.add_argument("--render", action="store_true", help="only write the page again")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"there is no part {min(unknown)!r}: known are {', '.join(PARTS)}")
    left_out = [] if asked.render else [name for name in asked.parts or PARTS if not _run(name)]
    write_text(PAGE, render.page(RESULTS))
    for name, picture in render.beside(RESULTS).items():
        write_text(PAGE.parent / name, picture)
    _say(f"wrote {PAGE.relative_to(ROOT)}")
    if left_out:
        _say(f"NOT RUN: {', '.join(left_out)} (see above); the page shows what was committed before, with its date")


def _run(name: str) -> bool:
    facts, start = machine.facts(), time.perf_counter()
    try:
        found = PARTS[name](_say)
    except (ReadError, MissingExtra) as error:
        _say(f"{name}: not run: {error}")
        return False
    facts["minutes"] = round((time.perf_counter() - start) / 60, 1)
    text = json.dumps(finite({"machine": facts} | found), indent=1, allow_nan=False) + "\n"
    write_text(RESULTS / f"{name}.json", text)
    return True


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
