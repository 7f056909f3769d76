"""What a metric keeps: pure, bounded by its interval, honest about copies and broken relations."""

from __future__ import annotations

import json
import math
from collections.abc import Collection
from functools import cached_property
from typing import get_args

import numpy as np
import pandas as pd

from synthkit.data.table import Table
from synthkit.metrics.base import Family, Metric, Reference, Score
from synthkit.testing._run import Named, named, require, run
from synthkit.testing._tables import mixed

__all__ = ["check_metric", "metric_checks"]

LEAKS = (0.0, 0.2, 0.5, 1.0)
"""Shares of the training rows that are given out as they are."""
_SLACK = 0.01  # of a score: an unseen row may lie beside a copy, by chance
_UNITS = {"share", "auc", "r2", "ratio", "count"}


class _Scale:
    """A metric, and the tables it is tried on."""

    def __init__(self, metric: Metric) -> None:
        self.metric = metric

    @cached_property
    def reference(self) -> Reference:
        return Reference(mixed(900, 0), mixed(600, 1), seed=3)

    @cached_property
    def fresh(self) -> Table:
        """A perfect model: rows of the same law."""
        return mixed(900, 2)

    @cached_property
    def scores(self) -> list[Score]:
        return self.weigh(self.fresh)

    def weigh(self, table: Table, reference: Reference | None = None) -> list[Score]:
        return list(self.metric(reference or self.reference, table, rng=np.random.default_rng(0)))


def keeps_the_protocol(scale: _Scale) -> None:
    """It has a name, a family, a label and a question."""
    metric = scale.metric
    require(isinstance(metric, Metric), "something of the protocol Metric is missing")
    require(metric.name.isidentifier(), f"the name {metric.name!r} is not an identifier")
    require(metric.family in get_args(Family), f"the family {metric.family!r} is not one of {get_args(Family)}")
    require(metric.label.strip() and metric.question.strip(), "label or question is empty")


def scores_are_complete(scale: _Scale) -> None:
    """The headline comes first, with floor, interval and rows; each subject comes once."""
    require(scale.scores, "nothing was scored on a table with columns of every kind and a target")
    head = scale.scores[0]
    require(head.subject == (), "the first score is not the headline (its subject is not empty)")
    require(head.floor is not None, "the headline has no floor")
    require(head.ci is not None, "the headline has no interval")
    require(head.n, "the headline does not say how many rows it rests on")
    subjects = [s.subject for s in scale.scores]
    require(len(set(subjects)) == len(subjects), "a subject comes twice")


def scores_are_consistent(scale: _Scale) -> None:
    """Names, families, units and directions are those of the metric; values are finite and inside their interval."""
    for score in scale.scores:
        who = f"score {score.subject or 'headline'}"
        require(score.metric == scale.metric.name, f"{who} bears the name '{score.metric}'")
        require(score.family == scale.metric.family, f"{who} bears the family '{score.family}'")
        require(score.unit in _UNITS, f"{who} has the unit '{score.unit}', which is not one of {sorted(_UNITS)}")
        require(score.better in ("lower", "higher"), f"{who} has the direction '{score.better}'")
        numbers = [x for x in (score.value, score.floor, score.train, *(score.ci or ())) if x is not None]
        require(all(math.isfinite(x) for x in numbers), f"{who} holds a number that is not finite")
        if score.ci:
            require(score.ci[0] <= score.value <= score.ci[1], f"{who} lies outside its own interval")


def scores_survive_json(scale: _Scale) -> None:
    """A score written as JSON and read back is the same."""
    for score in scale.scores:
        text = json.dumps(score.to_dict(), allow_nan=False)
        require(Score.from_dict(json.loads(text)) == score, f"score {score.subject} changes in JSON")


def same_seed_same_scores(scale: _Scale) -> None:
    """The same generator gives the same scores, also from a reference that was never used."""
    fresh = Reference(scale.reference.train, scale.reference.holdout, seed=3)
    require(scale.weigh(scale.fresh) == scale.scores, "a second run with the same seed differs")
    require(scale.weigh(scale.fresh, fresh) == scale.scores, "scores depend on what the reference was used for before")


def tables_are_untouched(scale: _Scale) -> None:
    """No table changes, and no global random state."""
    from numpy.random import get_state  # read only: to see that nobody touched it

    tables = (scale.reference.train, scale.reference.holdout, scale.fresh)
    before = [t.digest() for t in tables], str(get_state())  # noqa: NPY002
    scale.weigh(scale.fresh)
    after = [t.digest() for t in tables], str(get_state())  # noqa: NPY002
    require(after == before, "a table or numpy's global random state changed")


def real_rows_are_at_the_floor(scale: _Scale) -> None:
    """Rows of the same law score like the floor, up to the width of the interval."""
    head = scale.scores[0]
    width = max(head.ci[1] - head.ci[0], 0.01) if head.ci else 0.0
    floor = head.floor if head.floor is not None else head.value
    worse = head.value - floor if head.better == "lower" else floor - head.value
    require(worse <= width, f"fresh real rows score {head.value:.4g} with a floor of {floor:.4g}")


def copies_are_not_praised(scale: _Scale) -> None:
    """A privacy metric finds the training rows themselves worse than fresh rows."""
    if scale.metric.family != "privacy":
        return
    good, bad = scale.scores[0], scale.weigh(scale.reference.train)[0]
    worse = bad.value - good.value if good.better == "lower" else good.value - bad.value
    require(worse > 0, f"a copy of the training rows scores {bad.value:.4g}, fresh rows {good.value:.4g}")


def leaked(made: Table, train: Table, share: float) -> Table:
    """Made rows, the first of which are replaced by a share of the training rows: by the same ones at every share."""
    rows = np.random.default_rng(7).permutation(len(train))[: round(share * len(train))]
    parts = [train.frame.iloc[rows], made.frame.iloc[len(rows) :]]
    return Table(pd.concat(parts, ignore_index=True), made.schema)


def more_copies_never_look_better(scale: _Scale) -> None:
    """The more of the rows are training rows, the worse a privacy metric finds them: no step goes back."""
    if scale.metric.family != "privacy":
        return
    heads = [scale.weigh(leaked(scale.fresh, scale.reference.train, share))[0] for share in LEAKS]
    worse = [head.value if head.better == "lower" else -head.value for head in heads]
    steps = ", ".join(f"{head.value:.4g}" for head in heads)
    require(bool((np.diff(worse) >= -_SLACK).all()), f"more copies look better on the way: {steps}")


def order_does_not_matter(scale: _Scale) -> None:
    """Neither the order of the rows nor that of the columns changes the headline by more than its interval."""
    head = scale.scores[0]
    width = head.ci[1] - head.ci[0] if head.ci else 0.0
    turned = scale.fresh.take(np.random.default_rng(5).permutation(len(scale.fresh)))
    found = scale.weigh(turned)[0]
    require(abs(found.value - head.value) <= width + 1e-12, "the order of the rows changes the score")
    names = list(scale.fresh.schema.names)[::-1]
    schema = type(scale.fresh.schema)(tuple(scale.fresh.schema[n] for n in names), scale.fresh.schema.target)
    found = scale.weigh(Table(scale.fresh.frame[names], schema))[0]
    require(abs(found.value - head.value) <= width + 1e-12, "the order of the columns changes the score")


def small_tables_are_weighed(scale: _Scale) -> None:
    """Tables without a target, of one column, or of ten rows give finite scores or none."""
    whole = scale.reference
    cut = [(list(whole.schema.names), 10, None), (["age"], 60, None), (["job"], 60, None), (["key"], 60, None)]
    for names, n, target in cut:
        train, holdout, made = (_cut(t, names, n, target) for t in (whole.train, whole.holdout, scale.fresh))
        for score in scale.weigh(made, Reference(train, holdout, 3)):
            require(math.isfinite(score.value), f"a table of {n} rows of {names} scores {score.value}")


def _cut(table: Table, names: list[str], n: int, target: str | None) -> Table:
    schema = type(table.schema)(tuple(table.schema[name] for name in names), target)
    return Table(pd.DataFrame(table.frame[names]).head(n), schema)


_CHECKS = (
    keeps_the_protocol,
    scores_are_complete,
    scores_are_consistent,
    scores_survive_json,
    same_seed_same_scores,
    tables_are_untouched,
    real_rows_are_at_the_floor,
    copies_are_not_praised,
    more_copies_never_look_better,
    order_does_not_matter,
    small_tables_are_weighed,
)


def metric_checks(metric: Metric) -> tuple[Named, ...]:
    """The checks of a metric as (name, callable) pairs, for `pytest.mark.parametrize`."""
    return named(_CHECKS, _Scale(metric))


def check_metric(metric: Metric, *, skip: Collection[str] = ()) -> None:
    """Check that a metric keeps every promise of `synthkit.metrics.base.Metric`.

    Raises:
        AssertionError: one line for each check that failed.

    >>> from synthkit.metrics import base
    >>> check_metric(base.get("shape"))
    """
    run(f"metric '{getattr(metric, 'name', metric)}'", metric_checks(metric), skip)
