"""Promises of the repository as a whole: light imports, pinned versions, nothing private, nothing unsafe."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import subprocess
import sys
import tomllib
from email.parser import Parser
from pathlib import Path

import pytest

import synthkit

ROOT = Path(__file__).parents[1]
HEAVY = (
    "pandas",
    "torch",
    "zuko",
    "sdv",
    "ctgan",
    "sklearn",
    "lightgbm",
    "statsmodels",
    "matplotlib",
    "pyarrow",
    "scipy.stats",
)
PYTHON_FILES = sorted((ROOT / "src").rglob("*.py"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def normal(name: str) -> str:
    """The one spelling of a package name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def heavy_after(code: str) -> set[str]:
    """Which heavy packages a fresh process holds after running `code`."""
    code += f"\nimport sys; print('HEAVY', *[m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split()[1:])


def test_import_is_light():
    assert heavy_after("import synthkit") == set()


@pytest.mark.parametrize(
    "command", [(), ("generate",), ("models",), ("datasets",)], ids=lambda c: " ".join(c) or "synthkit"
)
def test_help_is_light(command):
    arguments = ["synthkit", *command, "--help"]
    code = (
        f"import sys\nsys.argv = {arguments!r}\nfrom synthkit.cli.main import run\n"
        "try:\n    run()\nexcept SystemExit as end:\n    assert not end.code"
    )
    assert heavy_after(code) == set()


def test_version_is_one():
    assert synthkit.__version__ == PROJECT["project"]["version"]


@pytest.mark.parametrize("file", PYTHON_FILES, ids=lambda f: f.relative_to(ROOT / "src").as_posix())
def test_source_is_safe_and_names_no_machine(file):
    text = file.read_text(encoding="utf-8")
    nodes = list(ast.walk(ast.parse(text)))
    imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    if file.parts[-2:] == ("scale", "local.py"):
        imported = {name for name in imported if not name.startswith("joblib")}  # its processes, not its files
    assert not {name.split(".")[0] for name in imported} & {
        "pickle",
        "cloudpickle",
        "dill",
        "joblib",
        "shelve",
        "marshal",
    }
    words = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    assert not [word for word in words if re.match(r"(/|[A-Z]:\\)\w+[/\\]\w", word)], "an absolute path"
    assert len(text.splitlines()) <= 400, "does it do two jobs?"


def test_no_global_randomness():
    """Chance comes in as an argument; only `numpy.random.Generator`, `default_rng` and `SeedSequence` may be named."""
    allowed = {"Generator", "default_rng", "SeedSequence", "BitGenerator", "PCG64"}
    for file in PYTHON_FILES:
        used = set(re.findall(r"\bnp\.random\.(\w+)", file.read_text(encoding="utf-8")))
        assert used <= allowed, f"{file.name}: {used - allowed}"


def test_everything_needed_is_pinned():
    """Each requirement, and each requirement of it, stands in constraints.txt with the version that is installed."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    pinned = {normal(name): version for name, version in pinned.items()}
    assert pinned["torch"] == "2.13.0"
    assert all(re.fullmatch(r"[\w.]+", version) for version in pinned.values()), "no local versions such as +cpu"
    needed, seen = {"synthkit"}, set()
    extras = {"synthkit": {"dev"}}
    while needed - seen:
        name = (needed - seen).pop()
        seen.add(name)
        needed |= installed_needs(name, extras.get(name, set()))
    wrong = {}
    for name in seen - {"synthkit"}:
        version = importlib.metadata.version(name).partition("+")[0]
        if pinned.get(name) != version:
            wrong[name] = (version, pinned.get(name))
    assert not wrong, "name: (installed, pinned)"


def installed_needs(package: str, extras: set[str]) -> set[str]:
    """The installed packages that `package` asks for here."""
    from packaging.requirements import Requirement

    found = set()
    for line in importlib.metadata.requires(package) or []:
        need = Requirement(line)
        if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            found.add(normal(need.name))
    return found


def test_every_direct_dependency_has_a_lower_bound():
    project = PROJECT["project"]
    extras = project["optional-dependencies"]
    for line in [*project["dependencies"], *extras["dev"], *extras["mutants"]]:
        assert re.fullmatch(r"[a-z0-9-]+>=[\d.]+(,<[\d.]+)?", line), line


def test_make_help_lists_every_target():
    done = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    listed = {line.split()[1] for line in done.stdout.splitlines()}
    assert listed == {
        "help",
        "setup",
        "demo",
        "test",
        "test-all",
        "lint",
        "types",
        "bench",
        "mutants",
        "reports",
        "clean",
    }


def test_the_wheel_holds_cards_templates_and_the_bundled_table(tmp_path):
    """Installed elsewhere without the checkout, the catalog still finds them."""
    code = "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", code, tmp_path], cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    site = tmp_path / "site"
    import zipfile

    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    metadata = Parser().parsestr(
        (site / f"synthkit-{PROJECT['project']['version']}.dist-info" / "METADATA").read_text()
    )
    assert metadata["License-Expression"] == "MIT"
    package = site / "synthkit"
    source = ROOT / "src" / "synthkit"
    others = {p.relative_to(source) for p in source.rglob("*") if p.is_file() and p.suffix not in (".py", ".pyc")}
    assert {p for p in others if not (package / p).is_file()} == set()
    code = (
        "from synthkit.data import catalog;"
        "print(catalog.__file__); print(len(catalog.cards())); print(catalog.path('credit_data').is_file())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=True,
    )
    where, count, there = done.stdout.split()
    assert Path(where).is_relative_to(site)
    assert int(count) >= 49
    assert there == "True"
