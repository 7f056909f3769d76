"""What is known before anything is fitted: the task, the answers, and what the rows themselves show."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from synthkit.errors import ConfigError, UnknownName

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ASKED", "CHOICES", "DEFAULTS", "Facts", "answered"]

CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "goal": ("share", "augment", "test-data", "forecast", "anomaly"),
    "data": ("tabular", "time-series", "panel", "relational", "text", "image", "audio", "video", "graph"),
    "latency": ("any", "seconds", "milliseconds"),
    "cost": ("laptop", "workstation", "gpu"),
    "explainability": ("none", "some", "full"),
}
"""What each question may be answered with."""

ASKED: Final[Mapping[str, str]] = {
    "goal": "What is it for",
    "data": "Kind of data",
    "rows": "How many rows (or documents, images, recordings)",
    "latency": "How fast must 1,000 new rows be there",
    "cost": "On what machine",
    "explainability": "How much must the model be explained",
    "regulated": "Are the rows about people, or under a privacy rule",
}
"""The questions, in order."""

DEFAULTS: Final[Mapping[str, Any]] = {
    "goal": "share", "data": "tabular", "rows": 5_000, "latency": "any", "cost": "laptop", "explainability": "some",
    "regulated": False,
}  # fmt: skip
"""What is assumed where nobody answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The task, the answers, and the data in figures. What does not apply to the kind of data stays at its default.

    Args:
        goal, data, rows, latency, cost, explainability, regulated: the answers; see `CHOICES`.
        holdout: whether real rows can be kept apart.
        wish: a model or family that somebody already has in mind.
        assumed: which answers nobody gave.
        measured: whether the figures below come from the rows.
        columns, numbers, categories, dates, keys: how many, and how many of each kind (keys: ids and free text).
        levels: of the category with most.
        missing: share of cells.
        target: the column to predict, its classes and the share of the rarest (0 and 0 for a number).
        smooth: number columns of which more than half of the values are different.
        related: how strongly a column hangs on the one it hangs on most, averaged; 0 to 1 (Cramér's V of quarters).
        determined: columns that follow exactly, or nearly, from others.
        personal: whether rows seem to be about people: keys, free text, or an entity.
        series, entities, length, channels, marks, exog: how many; length is the median one.
        frequency, seasons: in words, and rows in a season.
        rounds: how often the longest season is seen.
        irregular: whether stamps follow no calendar.
        season_strength: share of the detrended variance that the longest season explains.
        memory: of the steps between rows, seasons taken out: their first autocorrelation.
        wandering: first autocorrelation of the level, seasons taken out; near 1 it wanders.
    """

    goal: str = "share"
    data: str = "tabular"
    rows: int = 5_000
    latency: str = "any"
    cost: str = "laptop"
    explainability: str = "some"
    regulated: bool = False
    holdout: bool = True
    wish: str = ""
    assumed: tuple[str, ...] = ()
    measured: bool = False
    columns: int = 0
    numbers: int = 0
    categories: int = 0
    dates: int = 0
    keys: int = 0
    levels: int = 0
    missing: float = 0.0
    target: str = ""
    classes: int = 0
    rarest: float = 0.0
    smooth: int = 0
    related: float = 0.0
    determined: int = 0
    personal: bool = False
    series: int = 1
    entities: int = 0
    length: int = 0
    channels: int = 1
    marks: int = 0
    exog: int = 0
    frequency: str = ""
    seasons: tuple[int, ...] = field(default=())
    season: int = 0
    rounds: float = 0.0
    irregular: bool = False
    season_strength: float = 0.0
    memory: float = 0.0
    wandering: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def answered(**answers: Any) -> Facts:  # noqa: ANN401 - as typed
    """Facts from answers alone; what is missing or None is assumed, and named in `assumed`.

    >>> answered(goal="share", rows=300).assumed
    ('data', 'latency', 'cost', 'explainability', 'regulated')

    Raises:
        ConfigError: an answer that is not one of `CHOICES`, or a number of rows below 1.
    """
    given = {name: value for name, value in answers.items() if value is not None}
    if unknown := sorted(set(given) - set(Facts.__dataclass_fields__)):
        raise UnknownName("answer", unknown[0], Facts.__dataclass_fields__)
    for name, known in CHOICES.items():
        if name in given and given[name] not in known:
            raise UnknownName(f"answer to {name}", str(given[name]), known)
    if given.get("rows", 1) < 1:
        raise ConfigError(f"{given['rows']} rows teach nothing", hint="say how many there are, at least one")
    assumed = tuple(name for name in DEFAULTS if name not in given)
    found = {name: DEFAULTS[name] for name in assumed}
    if "data" in assumed and given.get("goal") == "forecast":
        found["data"] = "time-series"  # nothing else can be continued
    return _settled(Facts(**{**found, **given, "assumed": assumed}))


def _settled(facts: Facts) -> Facts:
    """Series without figures: as many series as the rows would make, none counted."""
    if facts.data in ("time-series", "panel") and not facts.measured:
        series = facts.series if facts.series > 1 or facts.data == "time-series" else max(facts.rows // 50, 2)
        return replace(facts, series=series, entities=series if facts.data == "panel" else 0)
    return facts
