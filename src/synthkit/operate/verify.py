"""Is it still what was decided? Digests and gates are computed again, and the log is followed line by line."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from synthkit.decide.criteria import Verdict
from synthkit.errors import ReadError
from synthkit.files import digests, sha256
from synthkit.operate import gates
from synthkit.operate.cards import GUARANTEE
from synthkit.operate.dossier import MANIFEST, Dossier
from synthkit.operate.gates import Audience, Check, Stage
from synthkit.operate.registry import Registry, Version

if TYPE_CHECKING:
    from synthkit.data.table import Table

__all__ = ["RECEIPT", "Verification", "verify"]

RECEIPT: Final = "release.json"
"""What a released folder holds beside its files."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What was looked at, and what came of it.

    Args:
        what: "run", "release" or "registry".
        checks: one for each thing that was looked at.
    """

    what: str
    checks: tuple[Check, ...]

    @property
    def verdict(self) -> Verdict:
        """PASS: yes. FAIL: no. INCONCLUSIVE: nothing is wrong, but a review is overdue or evidence is missing."""
        return gates.verdict(self.checks)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "what": self.what,
            "verdict": self.verdict.value,
            "checks": [check.to_dict() for check in self.checks],
        }


def verify(
    folder: str | Path,
    *,
    registry: Registry | None = None,
    source: Table | None = None,
    today: dt.date | None = None,
) -> Verification:
    """Check a run, a released folder, or a whole registry.

    Args:
        folder: what to check.
        registry: where a release was made; its log is then followed too.
        source: the real rows, to hold against the digest in the record.
        today: for waivers and reviews.

    Raises:
        ReadError: the folder is none of these.
    """
    folder, today = Path(folder), today or dt.datetime.now(dt.UTC).date()
    if (folder / RECEIPT).is_file():
        found = [*_release(folder, today), *_logged(folder, registry)]
        what = "release"
    elif (folder / "log.jsonl").is_file():
        return Verification("registry", tuple(_registry(Registry(folder), today)))
    else:
        found, what = list(gates.evidence(Dossier.open(folder))), "run"
    if source is not None:
        found.append(_source(Dossier.open(folder), source))
    return Verification(what, tuple(found))


def _source(dossier: Dossier, source: Table) -> Check:
    same = source.digest() == dossier.decision["goal"]["source_digest"]
    told = f"the real rows are {'those' if same else 'not those'} that the record names"
    return Check("source", Verdict.PASS if same else Verdict.FAIL, told)


def _release(folder: Path, today: dt.date) -> Iterator[Check]:
    """The files and the gates of a released folder."""
    receipt = _receipt(folder)
    there = digests(folder, leave={RECEIPT})
    listed = receipt["files"]
    wrong = [f"{name} is missing" for name in listed if name not in there]
    wrong += [f"{name} was altered" for name in listed if name in there and there[name] != listed[name]]
    wrong += [f"{name} was added" for name in there if name not in listed]
    told = "; ".join(wrong) or f"{len(listed)} files are as they were released"
    yield Check("files", Verdict.FAIL if wrong else Verdict.PASS, told)
    if wrong:
        return
    if GUARANTEE in listed:  # its figures were measured on real rows, and stayed in the house
        yield Check("guarantee", Verdict.PASS, "the rows carry a statement of differential privacy, and no figures")
    else:
        yield from gates.figures(Dossier.open(folder))
    due = dt.date.fromisoformat(receipt["review"])
    late = today > due
    yield Check("review", Verdict.INCONCLUSIVE if late else Verdict.PASS, f"review due on {due.isoformat()}")


def _receipt(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / RECEIPT).read_text(encoding="utf-8"))
        if {"files", "log", "released", "manifest", "review"} <= set(found):
            return dict(found)
    except (OSError, ValueError, TypeError):
        pass
    raise ReadError(f"the receipt in {str(folder)!r} cannot be read", hint="take the release back from its source")


def _logged(folder: Path, registry: Registry | None) -> Iterator[Check]:
    """Whether the log of the registry knows of a release, and what became of it since."""
    if registry is None or not registry.log.path.is_file():
        told = "no registry was given, so nobody can tell whether the release stands in its log"
        yield Check("log", Verdict.INCONCLUSIVE, told)
        return
    receipt = _receipt(folder)
    entries, faults = registry.log.read()
    if faults:
        yield Check("log", Verdict.FAIL, faults[0])
        return
    named = [e for e in entries if e.sha256 == receipt["log"]["sha256"] and e.event == Stage.RELEASED]
    if not named or named[0].facts["manifest"] != receipt["manifest"]:
        yield Check("log", Verdict.FAIL, f"the log does not know of this release of {receipt['released']}")
        return
    yield Check("log", Verdict.PASS, f"this is line {named[0].number} of the log, and all {len(entries)} hold")
    stage = registry.find(receipt["released"]).stage
    over = stage is not Stage.RELEASED
    yield Check("stage", Verdict.FAIL if over else Verdict.PASS, f"{receipt['released']} is {stage}")


def _registry(registry: Registry, today: dt.date) -> Iterator[Check]:
    entries, faults = registry.log.read()
    if faults:
        yield Check("log", Verdict.FAIL, faults[0])
        return
    yield Check("log", Verdict.PASS, f"all {len(entries)} lines hold")
    for version in registry.versions():
        yield from _version(version, today)


def _version(version: Version, today: dt.date) -> Iterator[Check]:
    """The files and the gates of one decision."""
    label = f"{version.ref} ({version.stage})"
    manifest = version.folder / MANIFEST
    if not manifest.is_file() or sha256(manifest) != version.sealed:
        yield Check(label, Verdict.FAIL, "its list of files is not the one that the log knows")
        return
    dossier = version.dossier
    checks = list(gates.evidence(dossier))
    if version.stage in (Stage.APPROVED, Stage.RELEASED):
        checks += gates.approval(dossier, Audience.of(version.audience), version.waivers, today=today)
    wrong = [check for check in checks if check.verdict is not Verdict.PASS]
    told = "; ".join(f"{c.what}: {c.because}" for c in wrong) or f"{len(checks)} checks hold"
    yield Check(label, gates.verdict(checks), told)
