"""`families.toml` as values: families, goals, ladders, anti-patterns, and the conditions that tie them to facts."""

from __future__ import annotations

import operator
import tomllib
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from synthkit.errors import ConfigError

__all__ = ["Case", "Family", "Goal", "Measured", "Pattern", "Step", "Wisdom", "holds", "wisdom"]

Conditions = tuple[Mapping[str, Any], ...]

_TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "is": operator.eq,
    "not": operator.ne,
    "in": lambda value, wanted: value in wanted,
    "from": operator.ge,
    "below": operator.lt,
}
"""How a condition holds a fact against a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What counts when all conditions hold; `say` may hold facts in braces."""

    when: Conditions
    say: str
    weight: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One family of models, as in `families.toml`, whose head says what each entry means."""

    name: str
    title: str
    models: tuple[str, ...]
    step: int
    tasks: tuple[str, ...]
    data: tuple[str, ...]
    rows: tuple[int, int]
    stability: str
    latency: str
    control: str
    fidelity: str
    cost: str
    explain: str
    private: str
    use: str
    avoid: str
    sources: tuple[str, ...]
    outside: Mapping[str, str] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    choose: tuple[tuple[str, Conditions], ...] = ()
    signs: tuple[Case, ...] = ()

    def model(self, facts: Mapping[str, Any], barred: Container[str] = ()) -> str | None:
        """The model of ours that these facts call for; another of the family if that one is barred and there is one."""
        called = next((name for name, when in self.choose if holds(when, facts)), next(iter(self.models), ""))
        if called not in barred:
            return called or None
        return next((name for name in self.models if name not in barred), called)

    def instead(self, data: str) -> str:
        """What to use for this kind of data where the family is not ours."""
        return self.outside.get(data, self.outside.get("any", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A task: its definition, what counts as success, and what the pipeline is told beside."""

    name: str
    title: str
    define: str
    success: str
    next: str
    criteria: Mapping[str, Any] = field(default_factory=dict)
    series: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """An anti-pattern: the cases it is recognised by, and what to do instead."""

    name: str
    cases: tuple[Case, ...]
    instead: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of a ladder, and when to go on from it."""

    family: str
    go_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Seconds and memory of one model on one table, as a benchmark found them.

    Args:
        model: its name; "judging" for the scales.
        rows, columns: of the table.
        seconds: of fit and sample together.
        mb: peak memory; 0 where it was not measured.
        source: the benchmark, and its row.
    """

    model: str
    rows: int
    columns: int
    seconds: float
    source: str
    mb: int = 0


@dataclass(frozen=True, slots=True)
class Wisdom:
    """All of `families.toml`."""

    rules: Mapping[str, float]
    goals: Mapping[str, Goal]
    families: Mapping[str, Family]
    ladders: Mapping[str, tuple[Step, ...]]
    ours: frozenset[str]
    patterns: tuple[Pattern, ...]
    measured: tuple[Measured, ...]
    regulated: Mapping[str, Any]
    elsewhere: Mapping[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """Whatever `family_of` knows."""
        return tuple(name for f in self.families.values() for name in (f.name, *f.models, *f.also))

    def family_of(self, name: str) -> Family | None:
        """The family that a model, an alias or a family's own name means."""
        sought = " ".join(name.lower().replace("_", "-").split())
        for family in self.families.values():
            if sought in (family.name, family.title.lower(), *family.models, *family.also):
                return family
        return None


def holds(when: Iterable[Mapping[str, Any]], facts: Mapping[str, Any]) -> bool:
    """Whether all conditions do.

    >>> holds([{"fact": "rows", "from": 10, "below": 20}], {"rows": 9})
    False
    """
    return all(_one(condition, facts) for condition in when)


def _one(condition: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
    value = facts[condition["fact"]]
    return all(_TESTS[test](value, wanted) for test, wanted in condition.items() if test != "fact")


@cache
def wisdom() -> Wisdom:
    """The file, read once.

    Raises:
        ConfigError: the file was edited into something that cannot be read.
    """
    text = (files("synthkit.decide") / "families.toml").read_text(encoding="utf-8")
    try:
        return _wisdom(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise ConfigError(f"families.toml cannot be read: {error}") from None


def _wisdom(raw: Mapping[str, Any]) -> Wisdom:
    return Wisdom(
        rules=MappingProxyType(raw["rules"]),
        goals={name: Goal(name=name, **values) for name, values in raw["goals"].items()},
        families={name: _family(name, values) for name, values in raw["families"].items()},
        ladders={one["data"]: tuple(Step(**step) for step in one["steps"]) for one in raw["ladders"]},
        ours=frozenset(one["data"] for one in raw["ladders"] if one["ours"]),
        patterns=tuple(
            Pattern(name=one["name"], cases=_cases(one["cases"]), instead=one["instead"]) for one in raw["patterns"]
        ),
        measured=tuple(Measured(**one) for one in raw["measured"]),
        regulated=raw["regulated"],
        elsewhere=raw["elsewhere"],
    )


def _family(name: str, values: Mapping[str, Any]) -> Family:
    plain: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    plain["choose"] = tuple((one["model"], tuple(one.get("when", ()))) for one in values.get("choose", ()))
    plain["signs"] = _cases(values.get("signs", ()))
    return Family(name=name, **plain)


def _cases(raw: Iterable[Mapping[str, Any]]) -> tuple[Case, ...]:
    return tuple(Case(when=tuple(one["when"]), say=one["say"], weight=one.get("weight", 0.0)) for one in raw)
