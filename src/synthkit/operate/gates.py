"""What has to hold before a decision goes one stage on. Every check says what it saw; unsure is never yes."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, Self

from synthkit.decide.criteria import Criteria, Judgement, Verdict
from synthkit.errors import ConfigError, UnknownName
from synthkit.metrics import base
from synthkit.operate.dossier import Dossier

__all__ = ["Audience", "Check", "Stage", "Waiver", "approval", "evidence", "figures", "judged", "people", "verdict"]


class Stage(StrEnum):
    """How far a decision has come. A run that nobody entered into the registry is a pilot."""

    PILOT = "pilot"
    CANDIDATE = "candidate"
    APPROVED = "approved"
    RELEASED = "released"
    SUPERSEDED = "superseded"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Args:
        what: in a few words.
        verdict: PASS, FAIL or INCONCLUSIVE.
        because: what was seen.
    """

    what: str
    verdict: Verdict
    because: str

    def to_dict(self) -> dict[str, str]:
        """Plain values."""
        return {"what": self.what, "verdict": self.verdict.value, "because": self.because}


def verdict(checks: Iterable[Check]) -> Verdict:
    """Over all of them."""
    return Verdict.all_of(check.verdict for check in checks)


@dataclass(frozen=True, slots=True)
class Waiver:
    """A criterion that is not kept, and that somebody answers for until a day.

    Args:
        metric: of the criterion.
        reason: why it does no harm here.
        until: the last day it holds.
        by: who answers.
    """

    metric: str
    reason: str
    until: dt.date
    by: str

    def __post_init__(self) -> None:
        base.label_of(self.metric)
        if not self.reason.strip():
            raise ConfigError(f"the waiver of '{self.metric}' has no reason", hint="say why it does no harm here")

    def to_dict(self) -> dict[str, str]:
        """Plain values."""
        return asdict(self) | {"until": self.until.isoformat()}

    @classmethod
    def from_dict(cls, values: Mapping[str, str]) -> Self:
        """Read what `to_dict` gave."""
        return cls(values["metric"], values["reason"], dt.date.fromisoformat(values["until"]), values["by"])


@dataclass(frozen=True, slots=True)
class Audience:
    """Who the rows are for, and what that asks of them.

    Args:
        name: internal, partner or public.
        why: who that is.
        people: who has to agree: with 2, whoever releases is not the one who approved.
        privacy: rows behind whatever is given out, at least.
        fixed: families of criteria that nobody may waive.
        criteria: limits on top of those of the run, as changes to the defaults.
    """

    name: str
    why: str
    people: int
    privacy: int
    fixed: tuple[str, ...]
    criteria: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str) -> Self:
        """By name.

        Raises:
            UnknownName: there is no such audience.
        """
        known = {key: values for key, values in _policy().items() if isinstance(values, dict)}
        if name not in known:
            raise UnknownName("audience", name, known)
        values = known[name]
        return cls(name, values["why"], values["people"], values["privacy"], tuple(values["fixed"]), values["criteria"])


@cache
def _policy() -> dict[str, Any]:
    return tomllib.loads((files("synthkit.operate") / "gates.toml").read_text(encoding="utf-8"))


def evidence(dossier: Dossier) -> tuple[Check, ...]:
    """What a candidate needs: all files as they were left, and figures that belong to these rows."""
    altered = [Check("files", Verdict.FAIL, f"{name} {what}") for name, what in dossier.altered().items()]
    whole = Check("files", Verdict.PASS, f"{len(dossier.listed)} files are as they were left")
    return (*(altered or [whole]), *figures(dossier))


def figures(dossier: Dossier) -> tuple[Check, ...]:
    """Whether the figures belong to the rows held back, and the verdicts to the figures."""
    same = dossier.scorecard.provenance.get("holdout_sha256") == dossier.decision["goal"]["holdout_digest"]
    told = f"the figures belong to {'the rows held back' if same else 'other rows than those held back'}"
    holdout = Check("holdout", Verdict.PASS if same else Verdict.FAIL, told)
    again = {j.metric: j.verdict.value for j in judged(dossier)}
    same = again == {c["metric"]: c["verdict"] for c in dossier.decision["criteria"]}
    told = f"the verdicts {'follow' if same else 'do not follow'} from the figures"
    return holdout, Check("verdicts", Verdict.PASS if same else Verdict.FAIL, told)


def judged(dossier: Dossier, audience: Audience | None = None) -> tuple[Judgement, ...]:
    """The saved figures, held against the criteria of the run again, and against those of an audience."""
    card = dossier.scorecard
    own = dossier.criteria.judge(card)
    if audience is None:
        return own
    asked = {metric: limit for metric, limit in audience.criteria.items() if card.headline(metric)}
    further = Criteria.from_mapping(asked, series=dossier.kind == "series").judge(card)
    return own + tuple(j for j in further if j.metric in asked)


def approval(dossier: Dossier, audience: Audience, waivers: Sequence[Waiver], *, today: dt.date) -> tuple[Check, ...]:
    """What an approval needs: every criterion kept, of the run and of the audience, or waived by somebody."""
    of = {waiver.metric: waiver for waiver in waivers}
    found = [_criterion(j, of.get(j.metric), audience, today) for j in judged(dossier, audience)]
    dial = dossier.decision["goal"].get("privacy") or 0
    if audience.privacy and dossier.kind == "table":
        kept = dial >= audience.privacy
        told = f"{dial} rows stand behind whatever is given out; {audience.name} asks for {audience.privacy}"
        found.append(Check("privacy dial", Verdict.PASS if kept else Verdict.FAIL, told))
    due = dossier.review
    told = f"review due on {due.isoformat()}"
    found.append(Check("review", Verdict.PASS if today <= due else Verdict.INCONCLUSIVE, told))
    return tuple(found)


def _criterion(j: Judgement, waiver: Waiver | None, audience: Audience, today: dt.date) -> Check:
    what = f"{j.label.lower()}, {j.rule}"
    if j.verdict is Verdict.PASS or waiver is None:
        return Check(what, j.verdict, j.because)
    if base.family_of(j.metric) in audience.fixed:
        return Check(what, j.verdict, f"{j.because}; for the audience '{audience.name}' nobody may waive it")
    told = f"{j.because}; waived by {waiver.by} until {waiver.until.isoformat()}"
    if today > waiver.until:
        return Check(what, j.verdict, f"{told}, which is past")
    return Check(what, Verdict.PASS, f"{told}: {waiver.reason}")


def people(audience: Audience, approver: str, releaser: str) -> Check:
    """Whether enough people agree; a name in other letters or with other blanks is the same name."""
    one, other = (" ".join(name.split()).casefold() for name in (approver, releaser))
    if audience.people < 2 or one != other:
        return Check("people", Verdict.PASS, f"approved by {approver}, released by {releaser}")
    told = f"{releaser} approved it too, and the audience '{audience.name}' asks for two people"
    return Check("people", Verdict.FAIL, told)
