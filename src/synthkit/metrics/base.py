"""What a metric is: real rows in two parts, synthetic rows, and scores that never travel without their yardstick."""

from __future__ import annotations

import pkgutil
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, TypeVar, runtime_checkable

from synthkit import metrics
from synthkit.errors import UnknownName

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import numpy as np

    from synthkit.data.schema import Schema
    from synthkit.data.table import Table

__all__ = ["Family", "Metric", "Reference", "Score", "get", "names"]

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


@cache
def _found() -> Mapping[str, Metric]:
    """Every module below `synthkit.metrics` that has a METRIC, and the entry points `synthkit.metrics`."""
    found: dict[str, Metric] = {}
    for module in pkgutil.walk_packages(metrics.__path__, metrics.__name__ + "."):
        last = module.name.rpartition(".")[2]
        if module.ispkg or last.startswith("_") or last == "base":
            continue
        metric: Metric = import_module(module.name).METRIC
        found[metric.name] = metric
    for point in entry_points(group="synthkit.metrics"):
        found.setdefault(point.name, point.load())
    return found


def names() -> tuple[str, ...]:
    """The names of all metrics, sorted."""
    return tuple(sorted(_found()))


def get(name: str) -> Metric:
    """The metric of that name.

    Raises:
        UnknownName: no such metric.
    """
    if name not in _found():
        raise UnknownName("metric", name, names())
    return _found()[name]
