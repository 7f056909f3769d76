"""The steps of a decision: accepted by a person, released to an audience, superseded, retired. Each passes its gate, or
the log says that it was refused.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from synthkit.data.schema import Schema
from synthkit.decide.criteria import Verdict
from synthkit.errors import ConfigError, GateClosed
from synthkit.files import digests, sha256, staged, write_text
from synthkit.operate import cards, gates
from synthkit.operate.dossier import Dossier
from synthkit.operate.gates import Audience, Check, Stage, Waiver
from synthkit.operate.lineage import trace
from synthkit.operate.registry import REFUSED, Registry, Version, seal
from synthkit.operate.verify import RECEIPT

__all__ = ["Act", "accept", "release", "retire", "supersede"]


@dataclass(frozen=True, slots=True)
class Act:
    """Somebody does something at some time.

    Args:
        by: who answers for it.
        now: when, UTC.
    """

    by: str
    now: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))

    def __post_init__(self) -> None:
        if not self.by.strip():
            raise ConfigError("nobody signs", hint="say who answers for it")

    @property
    def time(self) -> str:
        """For the log."""
        return self.now.astimezone(dt.UTC).isoformat(timespec="seconds")

    @property
    def today(self) -> dt.date:
        """For waivers and reviews."""
        return self.now.astimezone(dt.UTC).date()


def accept(
    registry: Registry,
    run: str | Path,
    act: Act,
    *,
    audience: str = "internal",
    purpose: str = "",
    waivers: Sequence[Waiver] = (),
    name: str | None = None,
) -> tuple[Version, tuple[Check, ...]]:
    """Enter a run into the registry, and approve it: pilot, candidate, approved.

    Args:
        registry: where it goes.
        run: the folder that `generate` left.
        act: who answers for the decision, and when.
        audience: whom the rows are for: internal, partner or public.
        purpose: what they are for.
        waivers: criteria that are not kept, and that somebody answers for.
        name: of the decision; that of the source by default.

    Raises:
        GateClosed: files were altered, or a criterion is neither kept nor waived; the log says so too.
        ReadError: not the folder of a run.
        UnknownName: no such audience.
    """
    who, dossier = Audience.of(audience), Dossier.open(run)
    if idle := [w.metric for w in waivers if w.metric not in {j.metric for j in gates.judged(dossier, who)}]:
        raise ConfigError(f"'{idle[0]}' is no criterion of this run, so nothing is to be waived")
    found = gates.evidence(dossier)
    if gates.verdict(found) is not Verdict.PASS:
        raise _closed(found, f"{str(run)!r} is no candidate")
    version = registry.enter(dossier, name)
    version = _reach(registry, version, Stage.CANDIDATE, act, {"checks": _plain(found)})
    found = gates.approval(version.dossier, who, waivers, today=act.today)
    facts = {
        "audience": who.name,
        "purpose": purpose,
        "waivers": [w.to_dict() for w in waivers],
        "checks": _plain(found),
    }
    if gates.verdict(found) is not Verdict.PASS:
        registry.note(version, REFUSED, actor=act.by, time=act.time, facts=facts | {"gate": "approval"})
        raise _closed(found, f"{version.ref} is not approved for the audience '{who.name}'")
    _write_cards(version)
    lines = {"status": "accepted", "decision_makers": act.by, "accepted": act.today.isoformat(), "audience": who.name}
    version = _reach(registry, version, Stage.APPROVED, act, facts, **lines)
    trace(registry, version, job="approve", time=act.time)
    return version, found


def release(
    registry: Registry,
    ref: str,
    act: Act,
    *,
    to: str | Path | None = None,
    with_model: bool = False,
) -> tuple[Version, tuple[Check, ...], Path]:
    """Give an accepted decision's rows out: the rows and their mark, cards, decision, report, and a receipt.

    Args:
        registry: where the decision is.
        ref: its name, or name@version.
        act: who releases, and when.
        to: the folder to write; `released/<name>-<version>` by default.
        with_model: whether the fitted model goes out too.

    Raises:
        GateClosed: it was not approved, something was altered since, a waiver ran out, or a second person is missing.
    """
    version = registry.find(ref)
    if version.stage not in (Stage.APPROVED, Stage.RELEASED):
        raise GateClosed(f"{version.ref} is {version.stage}", hint="only what was accepted can be released")
    who, dossier = Audience.of(version.audience), version.dossier
    found = (
        *gates.evidence(dossier),
        *gates.approval(dossier, who, version.waivers, today=act.today),
        gates.people(who, version.approver, act.by),
    )
    if gates.verdict(found) is not Verdict.PASS:
        facts = {"gate": "release", "checks": _plain(found)}
        registry.note(version, REFUSED, actor=act.by, time=act.time, facts=facts)
        raise _closed(found, f"{version.ref} is not released to the audience '{who.name}'")
    folder = Path(to) if to is not None else Path("released") / f"{version.name}-{version.number}"
    facts = {"checks": _plain(found)}
    version = _reach(registry, version, Stage.RELEASED, act, facts, released=act.today.isoformat())
    _write_out(version, folder, with_model=with_model)
    trace(registry, version, job="release", time=act.time)
    return version, found, folder


def retire(registry: Registry, ref: str, act: Act, *, why: str) -> Version:
    """End a decision: its rows are not to be used any more.

    Raises:
        GateClosed: it is retired already.
        ConfigError: no reason was given.
    """
    return _end(registry, ref, Stage.RETIRED, act, why=why)


def supersede(registry: Registry, ref: str, act: Act, *, new: str, why: str = "") -> Version:
    """Put a newer accepted decision in the place of an older one.

    Raises:
        GateClosed: the newer one is not accepted, or the older one has ended already.
    """
    newer = registry.find(new)
    if newer.stage not in (Stage.APPROVED, Stage.RELEASED):
        raise GateClosed(f"{newer.ref} is {newer.stage}", hint="only an accepted decision supersedes another")
    if newer.ref == registry.find(ref).ref:
        raise ConfigError(f"{newer.ref} cannot supersede itself")
    return _end(registry, ref, Stage.SUPERSEDED, act, why=why or f"{newer.ref} takes its place", newer=newer.ref)


def _end(registry: Registry, ref: str, stage: Stage, act: Act, *, why: str, newer: str = "") -> Version:
    version = registry.find(ref)
    if not why.strip():
        raise ConfigError("a decision does not end without a reason", hint="say why")
    if version.stage in (Stage.RETIRED, Stage.SUPERSEDED):
        raise GateClosed(f"{version.ref} is {version.stage} already")
    lines = {stage.value: act.today.isoformat(), "status": f"{stage.value} by {newer}" if newer else stage.value}
    facts = {"why": why} | ({"superseded_by": newer} if newer else {})
    version = _reach(registry, version, stage, act, facts, **lines)
    trace(registry, version, job="retire" if stage is Stage.RETIRED else "supersede", time=act.time)
    return version


def _reach(
    registry: Registry, version: Version, stage: Stage, act: Act, facts: dict[str, Any], **lines: str
) -> Version:
    """Seal the files, then write the line of the log that makes it true."""
    sealed = seal(version.folder, **lines)
    return registry.note(version, stage.value, actor=act.by, time=act.time, facts=facts | {"manifest": sealed})


def _write_cards(version: Version) -> None:
    dossier = version.dossier
    write_text(version.folder / cards.MODEL_CARD, cards.model_card(dossier))
    schema = Schema.read(version.folder / "schema.toml")
    write_text(version.folder / cards.DATA_CARD, cards.data_card(dossier, schema))


def _write_out(version: Version, folder: Path, *, with_model: bool) -> None:
    """What leaves the house."""
    files = digests(version.folder)
    rows = version.dossier.rows.name
    private = bool(version.dossier.decision["goal"].get("guarantee"))
    documents = (cards.GUARANTEE,) if private else cards.DOCUMENTS
    wanted = {rows, f"{rows}.synthetic.json", "schema.toml", *documents}
    last = version.entries[-1]
    with staged(folder) as stage:
        for name in files:
            if name in wanted or (with_model and name.startswith("model/")):
                (stage / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(version.folder / name, stage / name)
        receipt = {
            "format": 1,
            "released": version.ref,
            "audience": version.audience,
            "purpose": version.purpose,
            "approved_by": version.approver,
            "released_by": last.actor,
            "time": last.time,
            "review": version.dossier.review.isoformat(),
            "log": {"line": last.number, "sha256": last.sha256},
            "manifest": sha256(version.folder / "manifest.json"),
            "files": digests(stage),
        }
        write_text(stage / RECEIPT, json.dumps(receipt, indent=1) + "\n")


def _closed(checks: Sequence[Check], what: str) -> GateClosed:
    open_ = [c for c in checks if c.verdict is not Verdict.PASS]
    reasons = "; ".join(f"{c.what}: {c.because}" for c in open_)
    can = "waive a criterion with a reason and a day (--waive), choose another audience, or make a better run"
    return GateClosed(f"{what}: {reasons}", hint=can)


def _plain(checks: Sequence[Check]) -> list[dict[str, str]]:
    return [check.to_dict() for check in checks]
