"""Help that is quick, and whose examples are true."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys

import pytest
from typer.main import get_command

from synthkit.cli.main import app
from synthkit.cli.options import listed
from synthkit.data import catalog
from synthkit.models import registry

COMMANDS = get_command(app).commands
EXAMPLE = re.compile(r"\$ \[cyan\](.+?)\[/cyan\]")
SHOWN = [(name, line) for name, command in COMMANDS.items() for line in EXAMPLE.findall(command.epilog)]
SHOWN += [("synthkit", line) for line in EXAMPLE.findall(get_command(app).epilog)]


@pytest.mark.parametrize(("page", "line"), SHOWN, ids=[line for _, line in SHOWN])
def test_examples_parse(page, line, root):
    program, name, *words = shlex.split(line)
    assert program == "synthkit"
    given = COMMANDS[name].make_context(name, words).params
    for model in [given.get("model"), *listed(given.get("models"))]:
        known = (*registry.names(), *registry.series_names(), *registry.private_names())
        assert model is None or name in ("sample", "score", "monitor") or model in known
    source = given.get("source")
    assert source is None or "." in source or catalog.card(source)
    if name == "run":
        assert (root / given["pipeline"]).is_file()


def test_every_command_has_examples_and_says_what_it_does():
    assert set(COMMANDS) == {
        "generate", "run", "fit", "sample", "evaluate", "report", "schema", "models", "datasets",
        "augment", "score", "accept", "monitor", "release", "verify", "retire", "decisions", "pilot", "advise",
        "attack", "domain", "ledger", "impute",
    }  # fmt: skip
    for name, command in COMMANDS.items():
        assert sum(page == name for page, _ in SHOWN) in (2, 3, 4, 5)
        assert all(getattr(option, "help", None) for option in command.params), name


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("synthkit gen", ["generate"]),
        ("synthkit datasets credit", ["credit_data"]),
        ("synthkit fit iris --model tr", ["trees"]),
        ("synthkit generate iris --constant k", ["keep"]),
    ],
)
def test_the_shell_completes(words, offered):
    asked = {"_SYNTHKIT_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
    script = "import sys; sys.argv = ['synthkit']; from synthkit.cli.main import run; run()"
    done = subprocess.run([sys.executable, "-c", script], env=asked, capture_output=True, text=True, check=False)
    assert done.stdout.split() == offered
