"""Whether the tests would notice: mutants of the code that says who is safe and what is good enough.

`make mutants`, or `python -m benchmarks.mutants [MODULE ...]` for some modules alone; those that were not asked for
keep what was found before. Everything happens in a copy of the checkout, in one process at a time.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.cells import Plain
from synthkit.files import write_text

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "mutants.json"
PAGE = ROOT / "docs" / "reliability.md"
START, END = "<!-- mutants -->\n", "<!-- end of mutants -->\n"
COPIED = ("src", "tests", "datasets", "benchmarks", "docs", "pyproject.toml", "README.md", "constraints.txt")


def main(arguments: list[str] | None = None) -> None:
    """Try the mutants of all modules, or of some, and write the table."""
    config = tomllib.loads((ROOT / "benchmarks" / "mutants.toml").read_text(encoding="utf-8"))
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutants", description=__doc__.partition("\n")[0])
    parser.add_argument("modules", nargs="*", help="files below src/; all of benchmarks/mutants.toml by default")
    parser.add_argument("--render", action="store_true", help="only write the table again")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.modules) - {each["path"] for each in config["module"]}:
        parser.error(f"{min(unknown)} is not in benchmarks/mutants.toml")
    if not asked.render:
        _run([each for each in config["module"] if not asked.modules or each["path"] in asked.modules], config)
    page = PAGE.read_text(encoding="utf-8")
    before, after = page.partition(START)[0], page.partition(END)[2]
    write_text(PAGE, before + START + table(json.loads(RESULTS.read_text(encoding="utf-8"))) + END + after)


def table(found: Plain) -> str:
    """The table of the page, from the results and nothing else."""
    lines = [
        "| module | mutants | tried | killed | survived | the same | score |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    total = dict.fromkeys(("made", "tried", "killed", "survived", "same"), 0)
    for module in found["modules"]:
        total = {key: total[key] + module[key] for key in total}
        lines.append(_line(f"`{module['path'].removeprefix('src/synthkit/')}`", module))
    lines.append(_line("all", total))
    facts = found["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in facts["versions"].items())
    minutes = sum(module["seconds"] for module in found["modules"]) / 60
    return "\n".join(lines) + (
        f"\n\nTried {facts['date']} in {minutes:.0f} minutes, one process on {facts['cores']} cores ({facts['cpu']}):"
        f" Python {facts['python']}, {versions}; synthkit's source {facts['source']}.\n"
    )


def score(row: Plain) -> float:
    """Killed of those that were tried and are not the same as the code."""
    return float(row["killed"] / (row["tried"] - row["same"]))


def _line(name: str, row: Plain) -> str:
    counts = [f"{row[key]:,}" for key in ("made", "tried", "killed", "survived", "same")]
    return f"| {name} | {' | '.join(counts)} | {score(row):.1%} |"


def _run(modules: list[Plain], config: Plain) -> None:
    """Try the mutants of each module in a copy of the checkout; what was found is kept module by module."""
    load = machine.load()
    if importlib.util.find_spec("cosmic_ray") is None:
        raise SystemExit("Cosmic Ray is not there: pip install -c constraints.txt -e '.[mutants]'")
    known = {each["path"]: each for each in _before()}
    order = [each["path"] for each in config["module"]]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "checkout"
        copy.mkdir()
        for name in COPIED:
            part = ROOT / name
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(part, copy / name, ignore=ignore) if part.is_dir() else shutil.copy(part, copy)
        for module in modules:
            start = time.perf_counter()
            rows, made = _module(module, config, copy)
            same = _same(rows, module["path"], config.get("equivalent", []))
            survived = [row for row in rows if row["ended"] == "survived" and row not in same]
            known[module["path"]] = {
                "path": module["path"], "made": made, "tried": len(rows), "survived": len(survived), "same": len(same),
                "killed": len(rows) - len(survived) - len(same), "seconds": round(time.perf_counter() - start),
                "date": machine.today(), "survivors": [_told(row) for row in survived],
            }  # fmt: skip
            packages = {name: version(name) for name in ("cosmic-ray", "pytest", "hypothesis", "numpy", "scipy")}
            facts = machine.facts() | {"versions": packages, "load_before": load}
            found = {"machine": facts, "modules": [known[path] for path in order if path in known]}
            write_text(RESULTS, json.dumps(found, indent=1) + "\n")
            print(f"{score(known[module['path']]):.1%} {module['path']}", file=sys.stderr, flush=True)


def _module(module: Plain, config: Plain, copy: Path) -> tuple[list[dict[str, Any]], int]:
    """Every mutant that was tried, and how many there are."""
    todo = {key: config[key] for key in ("seed", "most", "operators")} | module | {"module": module["path"]}
    asked, answer = copy / "asked.json", copy / "found.json"
    asked.write_text(json.dumps(todo), encoding="utf-8")
    paths = os.pathsep.join([str(copy / "src"), str(copy)])
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "benchmarks.mutating", str(asked), str(answer)]
    subprocess.run(command, cwd=copy, env=os.environ | threads | {"PYTHONPATH": paths}, check=True)
    found = json.loads(answer.read_text(encoding="utf-8"))
    return found["rows"], found["made"]


def _same(rows: list[dict[str, Any]], path: str, listed: list[Plain]) -> list[dict[str, Any]]:
    """The mutants that no test can tell from the code, each with its reason in the list."""
    told = {(each["code"], each["mutant"]) for each in listed if each["path"] == path}
    found = [row for row in rows if (row["code"], row["mutant"]) in told]
    if wrong := [row for row in found if row["ended"] != "survived"]:
        raise SystemExit(f"{path}: listed as the same as the code, but killed: {_told(wrong[0])}")
    return found


def _told(row: Plain) -> str:
    return f"{row['line']}: {row['code']} -> {row['mutant']}"


def _before() -> list[Plain]:
    found: list[Plain] = json.loads(RESULTS.read_text(encoding="utf-8"))["modules"] if RESULTS.is_file() else []
    return found


if __name__ == "__main__":
    main()
