"""Makes this folder again: every document that synthkit writes, once (`make reports` calls it).

python reports/make.py "generate credit_data ..." "generate co2 ..."
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd

from synthkit.data import catalog

HERE = Path(__file__).parent
WORK = Path("runs/reports")
DOCUMENTS = ("report.html", "decision.md", "scorecard.json", "MODEL_CARD.md", "DATA_CARD.md")
SHORT_LIST = "marginals,copula,trees,energy,tvae"
WEEKS = 2_000
"""Of co2 that are learned from where its monitoring is shown; the other 284 are what came."""
RAISED = 1.25
"""Income of the new rows, times what it is, where the monitoring of a table is shown."""


def run(*words: str, codes: tuple[int, ...] = (0,)) -> str:
    """A command of synthkit, as on a screen of 100 columns."""
    shown = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1"}
    tool = Path(sys.executable).with_name("synthkit")
    done = subprocess.run([tool, *words], env=shown, capture_output=True, text=True, check=False)  # noqa: S603 - words of this file
    if done.returncode not in codes:
        raise SystemExit(f"synthkit {shlex.join(words)}\n{done.stderr}")
    sys.stderr.write(f"synthkit {shlex.join(words)}\n")
    return done.stdout


def accepted(asked: dict[str, str]) -> None:
    """The runs that the README shows, accepted into one registry."""
    registry = WORK / "registry"
    for name, words in asked.items():
        run(*shlex.split(words), "-o", str(WORK / name))
        run("accept", str(WORK / name), "--by", "Ada Lovelace", "--purpose", "an example", "--registry", str(registry))
        for file in DOCUMENTS:
            shutil.copy(registry / name / "1" / file, HERE / name / file)
    shutil.copy(registry / "log.jsonl", HERE / "log.jsonl")


def advised() -> None:
    """What the six steps come to, before anything is fitted."""
    (HERE / "credit_data" / "advice.txt").write_text(run("advise", "credit_data"), encoding="utf-8")
    (HERE / "co2" / "advice.txt").write_text(run("advise", "co2", "--goal", "forecast"), encoding="utf-8")


def piloted() -> None:
    """A short list side by side, and what stands above the winner."""
    out = WORK / "pilot"
    words = ("pilot", "credit_data", "--target", "Status", "--seed", "1", "--models", SHORT_LIST, "--challenge")
    shown = run(*words, "-o", str(out), "--markdown")
    (HERE / "credit_data" / "pilot.md").write_text(shown, encoding="utf-8")


def watched() -> None:
    """New rows against a released table, and against a forecast."""
    weeks = pd.read_csv(catalog.path("co2"))
    weeks.iloc[:WEEKS].to_csv(WORK / "co2-1996.csv", index=False)
    weeks.iloc[WEEKS:].to_csv(WORK / "co2-later.csv", index=False)
    ahead = ("--mode", "continue", "--horizon", str(len(weeks) - WEEKS))
    run("generate", str(WORK / "co2-1996.csv"), "--time", "date", "--seed", "1", *ahead, "-o", str(WORK / "ahead"))
    run("monitor", str(WORK / "co2-later.csv"), "--model", str(WORK / "ahead"), "-o", str(HERE / "co2/monitor.html"),
        codes=(5,))  # fmt: skip

    rows = pd.read_csv(catalog.path("credit_data")).sample(frac=1.0, random_state=1)
    half = len(rows) // 2
    rows.iloc[:half].to_csv(WORK / "credit-old.csv", index=False)
    rows.iloc[half:].assign(Income=lambda new: (new["Income"] * RAISED).round()).to_csv(
        WORK / "credit-new.csv", index=False
    )
    old = str(WORK / "credit-old.csv")
    run("generate", old, "--target", "Status", "--models", "trees", "--seed", "1", "-o", str(WORK / "old"))
    run("monitor", str(WORK / "credit-new.csv"), "--model", str(WORK / "old"), "--learned", old,
        "-o", str(HERE / "credit_data/monitor.html"), codes=(5,))  # fmt: skip


if __name__ == "__main__":
    shutil.rmtree(WORK, ignore_errors=True)
    for folder in (WORK, HERE / "credit_data", HERE / "co2"):
        folder.mkdir(parents=True, exist_ok=True)
    accepted(dict(zip(("credit_data", "co2"), sys.argv[1:], strict=True)))
    advised()
    piloted()
    watched()
