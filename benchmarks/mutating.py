"""The mutants of one module, tried one by one against its tests: `python -m benchmarks.mutating ASKED.json FOUND.json`.

Cosmic Ray makes them, and writes each into the file and the file back. Its own runner starts a new Python for each,
which spends most of the time on imports; here a process that has imported all other packages forks instead. It works
in the folder it is started in, a copy of the checkout: see `benchmarks.mutants`.
"""

from __future__ import annotations

import ast
import contextlib
import gc
import importlib
import json
import math
import os
import random
import resource
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cosmic_ray.plugins
import hypothesis
import pytest
from cosmic_ray.commands.init import _all_work_items
from cosmic_ray.mutating import mutate_code, use_mutation

if TYPE_CHECKING:
    from cosmic_ray.work_item import MutationSpec

MEMORY = 8 * 2**30
"""Bytes a mutant may take: one that grows a list for ever dies of it, and not the machine."""
QUIET = ("-x", "-q", "--tb=short", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning")
SAID = "mutant.log"
"""What the last run of the tests printed."""
OURS = ("synthkit", "tests", "benchmarks", "conftest", "test_")
"""Modules that are not imported before the fork: they are what is tested."""


def main(asked: Path, found: Path) -> None:
    """Try the mutants that one file asks for, and write to another what became of them."""
    todo = json.loads(asked.read_text(encoding="utf-8"))
    module, tests = Path(todo["module"]), [todo["module"], *todo["tests"]]
    mutants = list(_mutants(module, todo["operators"], todo.get("functions")))
    drawn = sorted(random.Random(todo["seed"]).sample(range(len(mutants)), min(todo["most"], len(mutants))))
    hypothesis.settings.register_profile("mutants", max_examples=25, deadline=None, derandomize=True,
                                         phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate))  # fmt: skip
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ["HYPOTHESIS_PROFILE"] = "mutants"  # as in a test run, without the search for a smaller example
    start = time.perf_counter()
    _warm(tests)  # also leaves the bytecode of everything else
    usual = _clean(tests)
    rows = [_tried(mutants[at], tests, limit=math.ceil(3 * usual + 5)) for at in drawn]
    text = {"made": len(mutants), "seconds": round(time.perf_counter() - start), "rows": rows}
    found.write_text(json.dumps(text), encoding="utf-8")


def _mutants(module: Path, operators: Sequence[str], functions: Sequence[str] | None) -> Iterator[MutationSpec]:
    """Those that change what the code does: none in an annotation, a decorator or a list of parameters' `*`."""
    source = module.read_text(encoding="utf-8")
    spans, lines, seen = list(_left_alone(ast.parse(source))), source.splitlines(), {source}
    for item in _all_work_items([module], {}):
        (mutation,) = item.mutations
        if mutation.operator_name.removeprefix("core/") not in operators:
            continue
        row, column = mutation.start_pos
        star = lines[row - 1][column:].startswith("*,")
        if star or any(first <= (row, column) < last for first, last in spans):
            continue
        if functions and mutation.definition_name not in functions:
            continue
        code = mutate_code(source, _operator(mutation), mutation.occurrence)
        with contextlib.suppress(SyntaxError):
            compile(code, str(module), "exec")
            if code not in seen:  # two operators may make the same
                seen.add(code)
                yield mutation


def _left_alone(tree: ast.Module) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """From where to where nothing is mutated."""
    for node in ast.walk(tree):
        parts: list[ast.expr | None] = []
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            parts += node.decorator_list
        if isinstance(node, ast.FunctionDef):
            parts.append(node.returns)
        if isinstance(node, ast.arg | ast.AnnAssign):
            parts.append(node.annotation)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            parts.append(node.test)
        yield from (
            ((part.lineno, part.col_offset), (part.end_lineno or 0, part.end_col_offset or 0)) for part in parts if part
        )


def _operator(mutation: MutationSpec) -> Any:
    return cosmic_ray.plugins.get_operator(mutation.operator_name)(**mutation.operator_args)


def _warm(tests: Sequence[str]) -> None:
    """Run the tests once as they are, and import whatever they imported of other packages."""
    reader, writer = os.pipe()

    def told() -> None:
        names = [name for name in sys.modules if not name.startswith(OURS)]
        os.write(writer, "\n".join(names).encode()[:60_000])

    if _forked(tests, limit=600, then=told):
        raise SystemExit(f"the tests fail without a mutant:\n{Path(SAID).read_text(encoding='utf-8')}")
    os.close(writer)
    for name in os.read(reader, 60_000).decode().split("\n"):
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    gc.freeze()  # what is here now need not be searched through by every child again
    sys.dont_write_bytecode = True  # a file that changes twice a second would be taken for what it was
    for stale in Path(tests[0]).parent.joinpath("__pycache__").glob(f"{Path(tests[0]).stem}.*.pyc"):
        stale.unlink()


def _clean(tests: Sequence[str]) -> float:
    """Seconds the tests take as they are."""
    start = time.perf_counter()
    if _forked(tests, limit=600):
        raise SystemExit("the tests pass only the first time")
    return time.perf_counter() - start


def _tried(mutation: MutationSpec, tests: Sequence[str], limit: int) -> dict[str, Any]:
    with use_mutation(mutation.module_path, _operator(mutation), mutation.occurrence) as (before, after):
        status = _forked(tests, limit=limit)
    old, new = before.splitlines(), after.splitlines()
    at = next((n for n, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), len(old) - 1)
    ended = "survived" if status == 0 else "timeout" if status == -signal.SIGALRM else "killed"
    row = {"line": at + 1, "code": old[at].strip(), "mutant": new[at].strip(), "ended": ended}
    print(f"{ended:8} {mutation.module_path}:{at + 1}: {row['code']}  ->  {row['mutant']}", flush=True)
    return row


def _forked(tests: Sequence[str], *, limit: int, then: Any = None) -> int:
    """Run the tests in a process of their own: 0 if all passed, below 0 the signal that ended it."""
    child = os.fork()
    if not child:
        os.setsid()
        signal.alarm(limit)  # ends the process where nothing else can: in a loop of C, too
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        told = os.open(SAID, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(told, 1)
        os.dup2(told, 2)
        status = 1
        try:
            status = int(pytest.main([*QUIET, "-m", "not slow", *tests]))
            if then is not None:
                then()
        finally:
            sys.stdout.flush()
            os._exit(status)
    _, status = os.waitpid(child, 0)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # whatever the tests started
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
