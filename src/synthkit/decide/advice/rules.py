"""Which family fits: a sum of weights, each with its reason, so that anybody can add it up again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from synthkit.decide.advice.facts import Facts
from synthkit.decide.advice.knowledge import Family, Wisdom, holds
from synthkit.models import registry

__all__ = ["Ranked", "Reason", "Warned", "rank_families", "said", "warned"]

_SPEED: Final = ("milliseconds", "seconds", "minutes")
_MACHINE: Final = ("laptop", "workstation", "gpu")


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that applied.

    Args:
        rule: its name in `[rules]`, or "sign" for one of the family's own.
        weight: what it adds.
        text: why, with the facts in it.
    """

    rule: str
    weight: float
    text: str


@dataclass(frozen=True, slots=True)
class Ranked:
    """A family and its score.

    Args:
        family: its name in `families.toml`.
        title: in words.
        score: the sum of the weights.
        reasons: the rules that applied.
        model: the model of ours that belongs to it and suits the data, if any.
        outside: what to use instead where there is none.
        use, avoid: when it is the right family, and when not.
        sources: papers.
    """

    family: str
    title: str
    score: float
    reasons: tuple[Reason, ...]
    model: str | None
    outside: str
    use: str
    avoid: str
    sources: tuple[str, ...]

    @property
    def pros(self) -> tuple[Reason, ...]:
        """What speaks for it, heaviest first."""
        return tuple(sorted((r for r in self.reasons if r.weight > 0), key=lambda r: -r.weight))

    @property
    def cons(self) -> tuple[Reason, ...]:
        """What speaks against it, heaviest first."""
        return tuple(sorted((r for r in self.reasons if r.weight < 0), key=lambda r: r.weight))

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Warned:
    """An anti-pattern that the facts show."""

    name: str
    seen: str
    instead: str


def said(facts: Facts, known: Wisdom) -> dict[str, Any]:
    """The facts as conditions see them: with those about the wish."""
    family = known.family_of(facts.wish) if facts.wish else None
    return facts.to_dict() | {
        "wish_family": family.name if family else "",
        "wish_step": family.step if family else 0,
        "wish_from": family.rows[0] if family else 0,
        "wish_short": bool(family and facts.rows < family.rows[0]),
        "wish_task": bool(family and facts.goal in family.tasks),
        "wish_data": bool(family and facts.data in family.data),
    }


def rank_families(facts: Facts, known: Wisdom, refused: Mapping[str, str] | None = None) -> tuple[Ranked, ...]:
    """The families that serve this task on this kind of data, best first.

    Args:
        facts, known: what is known.
        refused: models that cannot take these series -> their own words why.
    """
    seen = said(facts, known)
    suited = [f for f in known.families.values() if facts.goal in f.tasks and facts.data in f.data]
    found = [_ranked(family, facts, seen, known, refused or {}) for family in suited]
    return tuple(sorted(found, key=lambda r: (-r.score, known.families[r.family].step, r.family)))


def warned(facts: Facts, known: Wisdom) -> tuple[Warned, ...]:
    """The anti-patterns that the facts show: of each the first case that holds."""
    seen = said(facts, known)
    found = []
    for pattern in known.patterns:
        case = next((case for case in pattern.cases if holds(case.when, seen)), None)
        if case is not None:
            found.append(Warned(pattern.name, case.say.format(**seen), pattern.instead.format(**seen)))
    return tuple(found)


def _ranked(family: Family, facts: Facts, seen: Mapping[str, Any], known: Wisdom, refused: Mapping[str, str]) -> Ranked:
    others = registry.series_names() if facts.data == "tabular" else registry.names()
    model = family.model(seen, {*refused, *others}) if facts.data in known.ours else None
    weights = known.rules
    reasons = [Reason(rule, weights[rule], text) for rule, text in _applied(family, facts, model)]
    if model is not None and model in refused:
        reasons.append(Reason("refused", weights["refused"], f"{model} cannot take these series: {refused[model]}"))
    if family.step > 1:
        step = family.step - 1
        reasons.append(Reason("simpler", weights["simpler"] * step, f"step {family.step} of the ladder: simpler first"))
    reasons += [Reason("sign", sign.weight, sign.say.format(**seen)) for sign in family.signs if holds(sign.when, seen)]
    score = round(sum(r.weight for r in reasons), 2)
    return Ranked(
        family.name, family.title, score, tuple(reasons), model, family.instead(facts.data), family.use, family.avoid,
        family.sources,
    )  # fmt: skip


def _applied(family: Family, facts: Facts, model: str | None) -> Iterator[tuple[str, str]]:
    """The general rules that apply, with their reasons."""
    yield _rows(family, facts)
    if model is not None:
        yield "ours", "it can be piloted and judged here"
    else:
        yield "outside", "it is outside this toolkit"
    if family.stability == "low":
        yield "unstable", "its training is unstable: seeds differ"
    if family.fidelity == "high":
        yield "fidelity_high", "high fidelity on such data"
    elif family.fidelity == "low":
        yield "fidelity_low", "low fidelity on such data"
    yield from _terms(family, facts)


def _rows(family: Family, facts: Facts) -> tuple[str, str]:
    (least, most), have = family.rows, facts.rows
    if most and have > most:
        return "rows_many", f"{have:,} rows make it slow: it pays up to about {most:,}"
    if have >= least:
        return "rows_enough", f"{have:,} rows are enough (from {least:,})"
    rule = "rows_far_short" if have * 5 < least else "rows_short"
    return rule, f"{have:,} rows are too few: worth trying from {least:,}"


def _terms(family: Family, facts: Facts) -> Iterator[tuple[str, str]]:
    """What was asked of the model beside its rows."""
    if facts.explainability == "full":
        yield f"explain_full_{family.explain}", f"must be explained in full, and how it works is {_open(family)}"
    elif facts.explainability == "some" and family.explain == "low":
        yield "explain_some_low", "has to be explained somewhat, and it is a black box"
    if _SPEED.index(family.latency) > _SPEED.index("minutes" if facts.latency == "any" else facts.latency):
        yield "latency_missed", f"1,000 rows take {family.latency}, and {facts.latency} are asked for"
    if _MACHINE.index(family.cost) > _MACHINE.index(facts.cost):
        yield "cost_missed", f"it needs a {_machine(family.cost)}, and there is a {_machine(facts.cost)}"
    if facts.regulated:
        if family.private == "formal":
            yield "regulated_formal", "a formal guarantee, for rows under a privacy rule"
        elif family.private == "dial":
            yield "regulated_dial", "a privacy dial: rows that stand behind each value"
        if family.explain == "low":
            yield "regulated_black_box", "an auditor cannot see what it kept of whom"


def _open(family: Family) -> str:
    return {"high": "plain to see", "middle": "open to who looks closely", "low": "hidden"}[family.explain]


def _machine(cost: str) -> str:
    return "GPU" if cost == "gpu" else cost
