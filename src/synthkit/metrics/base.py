"""What a metric is: real rows in two parts, synthetic rows, and scores that never travel without their yardstick."""

from __future__ import annotations

import pkgutil
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, Protocol, TypeVar, runtime_checkable

from synthkit import metrics
from synthkit.errors import UnknownName
from synthkit.metrics import temporal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import ModuleType

    import numpy as np

    from synthkit.data.panel import Panel
    from synthkit.data.schema import Schema
    from synthkit.data.table import Table

__all__ = [
    "Family",
    "Metric",
    "PanelReference",
    "Reference",
    "Score",
    "SeriesMetric",
    "family_of",
    "get",
    "get_series",
    "label_of",
    "names",
    "series_names",
]

Family = Literal["fidelity", "utility", "privacy", "temporal"]
Better = Literal["lower", "higher"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Score:
    """One measured number beside what it should be read against.

    Args:
        metric: name of the metric ("shape", "trend", "detection", ...).
        family: the question it belongs to.
        value: synthetic rows judged against the holdout, real rows that no model saw.
        better: which direction is good.
        subject: () for the headline figure, (column,) or (column, column) for a detail.
        floor: the same figure for the real training rows judged against the holdout: as good as fresh real data.
        train: the synthetic rows judged against as many training rows as the holdout has; far better than `value`
            means the model copied.
        ci: 95 % interval of `value`.
        n: rows the value rests on (the smaller side).
        unit: "share" (0..1, shown as %), "auc", "r2", "ratio" or "count".
        note: one sentence a reader needs to understand this number, if any.
    """

    metric: str
    family: Family
    value: float
    better: Better
    subject: tuple[str, ...] = ()
    floor: float | None = None
    train: float | None = None
    ci: tuple[float, float] | None = None
    n: int | None = None
    unit: str = "share"
    note: str = ""

    @property
    def copying(self) -> float | None:
        """How much better the score is against train than against the holdout: what copying bought, if measured."""
        if self.train is None:
            return None
        gain = self.value - self.train
        return gain if self.better == "lower" else -gain

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Score:
        """Read what `to_dict` (or its JSON) wrote."""
        values = dict(values)
        values["subject"] = tuple(values.get("subject", ()))
        if values.get("ci") is not None:
            low, high = values["ci"]
            values["ci"] = (low, high)
        return cls(**values)


@dataclass(frozen=True)
class Reference:
    """The real rows: those the model was fitted on, and those it never saw.

    Every rung of the ladder is judged against the same reference, so what depends on real rows alone (floors,
    encodings, models trained on real data) is computed once and kept.

    Args:
        train: rows the model was fitted on.
        holdout: rows held back before anything was learned.
        seed: seeds whatever is computed from real rows alone.
    """

    train: Table
    holdout: Table
    seed: int = 0
    _kept: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def schema(self) -> Schema:
        """Of both parts."""
        return self.train.schema

    def once(self, key: str, make: Callable[[], T]) -> T:
        """`make()`, computed at the first call with this key and kept."""
        if key not in self._kept:
            self._kept[key] = make()
        kept: T = self._kept[key]
        return kept


@dataclass(frozen=True)
class PanelReference:
    """The real series: those the model was fitted on, and those it never saw (see `SeriesMetric`).

    Args:
        train: series the model was fitted on.
        holdout: the rows after each of them, or entities of their own.
        seed: seeds whatever is computed from real series alone.
    """

    train: Panel
    holdout: Panel
    seed: int = 0
    _kept: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def schema(self) -> Schema:
        """Of both parts."""
        return self.train.schema

    @property
    def by_entity(self) -> bool:
        """Whether the holdout is made of entities of their own, and not of the last rows of each series."""
        return not set(self.holdout.entities) & set(self.train.entities)

    def once(self, key: str, make: Callable[[], T]) -> T:
        """`make()`, computed at the first call with this key and kept."""
        if key not in self._kept:
            self._kept[key] = make()
        kept: T = self._kept[key]
        return kept


@runtime_checkable
class Metric(Protocol):
    """A question about synthetic rows, answered in scores.

    The first score returned is the headline (its subject is empty); details follow. A metric that does not apply
    (no target, no column of its kind) returns nothing.
    """

    name: ClassVar[str]
    family: ClassVar[Family]
    label: ClassVar[str]
    """Two or three words for a table's first column."""
    question: ClassVar[str]
    """The question in plain language, with how to read the answer."""

    def __call__(self, real: Reference, synthetic: Table, *, rng: np.random.Generator) -> Iterable[Score]: ...


@runtime_checkable
class SeriesMetric(Protocol):
    """A question about synthetic series, answered as a `Metric` answers.

    The holdout is either the last rows of each series (then it starts where a train series stops) or entities of their
    own. A synthetic series that starts at or after the stop of the train series of its entity is a continuation, to
    be held against the holdout row by row; all others are twins or new entities, to be held against it as a sample.
    """

    name: ClassVar[str]
    family: ClassVar[Family]
    label: ClassVar[str]
    question: ClassVar[str]

    def __call__(self, real: PanelReference, synthetic: Panel, *, rng: np.random.Generator) -> Iterable[Score]: ...


def _metrics(package: ModuleType, group: str, skip: str = "") -> dict[str, Any]:
    """Every module below a package that has a METRIC, and those of an entry point group."""
    found: dict[str, Any] = {}
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        last = module.name.rpartition(".")[2]
        if module.ispkg or last.startswith("_") or last == "base" or (skip and module.name.startswith(skip)):
            continue
        metric = import_module(module.name).METRIC
        found[metric.name] = metric
    for point in entry_points(group=group):
        found.setdefault(point.name, point.load())
    return found


@cache
def _found() -> Mapping[str, Metric]:
    return _metrics(metrics, "synthkit.metrics", skip=temporal.__name__ + ".")


@cache
def _found_series() -> Mapping[str, SeriesMetric]:
    return _metrics(temporal, "synthkit.series_metrics")


ATTACKS: Final[Mapping[str, str]] = {
    "attacks": "Best attack",
    "singling_out": "Singling out",
    "linkability": "Linkability",
    "inference": "Inference",
}
"""Scores of `synthkit.attacks` and their labels: they take many runs beside controls, and so are no metrics."""


def names() -> tuple[str, ...]:
    """The names of all metrics of tables, sorted."""
    return tuple(sorted(_found()))


def series_names() -> tuple[str, ...]:
    """The names of all metrics of series, sorted."""
    return tuple(sorted(_found_series()))


def get(name: str) -> Metric:
    """The metric of tables of that name.

    Raises:
        UnknownName: no such metric.
    """
    if name not in _found():
        raise UnknownName("metric", name, names())
    return _found()[name]


def get_series(name: str) -> SeriesMetric:
    """The metric of series of that name.

    Raises:
        UnknownName: no such metric.
    """
    if name not in _found_series():
        raise UnknownName("metric", name, series_names())
    return _found_series()[name]


def label_of(name: str) -> str:
    """The two or three words a metric of either kind is called in a table.

    Raises:
        UnknownName: no such metric.
    """
    if name in ATTACKS:
        return ATTACKS[name]
    if name in _found_series():
        return _found_series()[name].label
    return get(name).label


def family_of(name: str) -> str:
    """fidelity, utility, privacy or temporal, of a metric of either kind.

    Raises:
        UnknownName: no such metric.
    """
    if name in ATTACKS:
        return "privacy"
    return (_found_series()[name] if name in _found_series() else get(name)).family
