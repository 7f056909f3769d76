"""A plain folder of decisions, their evidence and their log: works in git, and needs no server.

::

    registry/
      log.jsonl           what was decided, each line chained to the one before
      lineage.jsonl       the same runs as OpenLineage events
      credit_data/1/      everything the first accepted run of that name left behind, its cards, and a manifest
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from synthkit.errors import GateClosed, ReadError, UnknownName
from synthkit.files import digests, sha256, staged, write_text
from synthkit.operate.dossier import DECISION, MANIFEST, Dossier, with_front
from synthkit.operate.gates import Stage, Waiver
from synthkit.operate.log import Entry, Log

__all__ = ["REFUSED", "Registry", "Version", "seal"]

REFUSED: Final = "refused"
"""The event of a gate that stayed closed: it changes no stage."""
_FORMAT: Final = 1
_STATUS: Final = {
    Stage.PILOT: "proposed",
    Stage.CANDIDATE: "proposed",
    Stage.APPROVED: "accepted",
    Stage.RELEASED: "accepted",
    Stage.SUPERSEDED: "superseded",
    Stage.RETIRED: "retired",
}


@dataclass(frozen=True, slots=True)
class Version:
    """One decision in the registry.

    Args:
        name: of what was decided about, usually of the source.
        number: counted from 1 for each name.
        folder: of its files.
        entries: its lines of the log.
    """

    name: str
    number: int
    folder: Path
    entries: tuple[Entry, ...]

    @property
    def ref(self) -> str:
        """As it is typed."""
        return f"{self.name}@{self.number}"

    @property
    def stage(self) -> Stage:
        """The last one that was reached."""
        reached = [Stage(e.event) for e in self.entries if e.event != REFUSED]
        return reached[-1] if reached else Stage.PILOT

    @property
    def status(self) -> str:
        """In the words of decision records: proposed, accepted, superseded or retired."""
        return _STATUS[self.stage]

    @property
    def decision(self) -> Path:
        """The file of its record."""
        return self.folder / DECISION

    @property
    def dossier(self) -> Dossier:
        """Its files."""
        return Dossier.open(self.folder)

    def entry(self, event: Stage) -> Entry | None:
        """The last line of the log in which it reached a stage."""
        return next((e for e in reversed(self.entries) if e.event == event), None)

    @property
    def approver(self) -> str:
        """Who approved it, or ""."""
        found = self.entry(Stage.APPROVED)
        return found.actor if found else ""

    @property
    def audience(self) -> str:
        """Whom it was approved for, or ""."""
        found = self.entry(Stage.APPROVED)
        return str(found.facts["audience"]) if found else ""

    @property
    def purpose(self) -> str:
        """What it was approved for, or ""."""
        found = self.entry(Stage.APPROVED)
        return str(found.facts["purpose"]) if found else ""

    @property
    def waivers(self) -> tuple[Waiver, ...]:
        """What was waived in its approval."""
        found = self.entry(Stage.APPROVED)
        return tuple(Waiver.from_dict(w) for w in found.facts["waivers"]) if found else ()

    @property
    def sealed(self) -> str:
        """The SHA-256 of its manifest that the log knows."""
        known = [e.facts["manifest"] for e in self.entries if "manifest" in e.facts]
        return str(known[-1]) if known else ""


class Registry:
    """The folder.

    Args:
        folder: need not be there yet.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.log = Log(self.folder / "log.jsonl")

    def versions(self) -> tuple[Version, ...]:
        """All of them, in the order in which they were entered.

        Raises:
            ArtifactError: the log was tampered with.
        """
        of: dict[tuple[str, int], list[Entry]] = {}
        for entry in self.log.entries():
            of.setdefault((entry.name, entry.version), []).append(entry)
        return tuple(
            Version(name, number, self.folder / name / str(number), tuple(entries))
            for (name, number), entries in of.items()
        )

    def find(self, ref: str) -> Version:
        """By `name` (the newest version) or `name@number`.

        Raises:
            UnknownName: there is no such decision.
        """
        name, _, number = ref.partition("@")
        found = [v for v in self.versions() if v.name == name and number in ("", str(v.number))]
        if not found:
            raise UnknownName("decision", ref, [v.ref for v in self.versions()])
        return found[-1]

    def enter(self, run: Dossier, name: str | None = None) -> Version:
        """Copy a run's files into a new version; it is part of the registry once the log says so.

        Raises:
            ReadError: the synthetic rows of the run are not where it left them.
            GateClosed: this run is in the registry, and more than a candidate.
        """
        name = named(name or Path(str(run.decision["goal"]["source"])).name.partition(".")[0])
        same = [v for v in self.versions() if v.name == name]
        again = next((v for v in same if _same_run(v, run)), None)
        if again and again.stage is not Stage.CANDIDATE:
            raise GateClosed(f"this run is {again.ref} already, and {again.stage}")
        number = again.number if again else max((v.number for v in same), default=0) + 1
        folder = self.folder / name / str(number)
        if folder.exists():  # refused before, or of an entry that was cut off before the log knew of it
            shutil.rmtree(folder)
        if not run.rows.is_file():
            raise ReadError(f"the synthetic rows {str(run.rows)!r} are gone", hint="make the run again")
        with staged(folder) as stage:
            for file in run.listed:
                (stage / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(run.folder / file, stage / file)
            rows = "synthetic" + "".join(run.rows.suffixes[-2:] if run.rows.suffix == ".gz" else run.rows.suffixes[-1:])
            shutil.copyfile(run.rows, stage / rows)
            beside = run.rows.with_name(run.rows.name + ".synthetic.json")
            shutil.copyfile(beside, stage / f"{rows}.synthetic.json")
            record = dict(run.record) | {"table": {**run.record["table"], "file": rows}}
            write_text(stage / "record.json", json.dumps(record, indent=1) + "\n")
            write_text(stage / DECISION, run.text)
        seal(folder)
        return Version(name, number, folder, again.entries if again else ())

    def note(self, version: Version, event: str, *, actor: str, time: str, facts: Mapping[str, Any]) -> Version:
        """Write a line into the log, and give the version as it is then."""
        entry = self.log.append(event, name=version.name, version=version.number, actor=actor, time=time, facts=facts)
        return Version(version.name, version.number, version.folder, (*version.entries, entry))


def _same_run(version: Version, run: Dossier) -> bool:
    """Whether a decision is about this very run."""
    if not (version.folder / MANIFEST).is_file():
        return False
    record = version.dossier.record
    return all(record[key] == run.record[key] for key in ("finished", "synthetic_digest"))


def seal(folder: Path, **changes: str) -> str:
    """Change lines at the top of `decision.md`, list all files with their digests, and give the manifest's own."""
    decision = folder / DECISION
    if changes:
        write_text(decision, with_front(decision.read_text(encoding="utf-8"), **changes))
    content = {"format": _FORMAT, "files": digests(folder, leave={MANIFEST})}
    write_text(folder / MANIFEST, json.dumps(content, indent=1) + "\n")
    return sha256(folder / MANIFEST)


def named(text: str) -> str:
    """A name that is a folder on any machine.

    >>> named("Kunden 2026/Q1")
    'Kunden-2026-Q1'
    """
    return re.sub(r"[^\w-]+", "-", text).strip("-") or "table"
