"""What every registered metric keeps on any table: bounded scores, and no order of rows or columns that matters."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from synthkit.data.schema import Column, Schema
from synthkit.data.table import Table
from synthkit.metrics import base
from synthkit.metrics.base import Reference
from synthkit.testing import metric_checks
from synthkit.testing._tables import build
from synthkit.testing.strategies import tables

EXACT = {"shape", "trend", "missingness", "identical"}
"""Metrics that draw nothing: the order of the rows does not matter to the last digit."""
ANY_ORDER = {"shape", "trend", "missingness", "identical", "dcr", "nndr", "membership"}
"""Metrics whose columns may come in any order, likewise; classifiers draw among columns."""
LAW = settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

EXTREME = build({
    Column("huge", "numeric"): [None] * 8 + [1.7976931348623157e308, -9.9e291] * 11,
    Column("plain", "numeric"): [1.0, 2.0, 1.5] * 10,
    Column("word", "categorical"): ["a", "b"] * 15,
})  # fmt: skip
"""The widest numbers there are: their range overflows."""


def thirds(table: Table) -> tuple[Reference, Table]:
    """Train and holdout, and the rest as if it had been made."""
    n = len(table) // 3
    train, holdout, made = (table.take(np.arange(k * n, (k + 1) * n)) for k in range(3))
    return Reference(train, holdout, seed=3), made


def scores(name: str, reference: Reference, made: Table) -> list[base.Score]:
    return list(base.get(name)(Reference(reference.train, reference.holdout, 3), made, rng=np.random.default_rng(0)))


@pytest.mark.parametrize("name", base.names())
@LAW
@given(table=tables(min_rows=30, max_rows=60))
@example(table=EXTREME)
def test_scores_of_any_table_are_bounded(name, table):
    reference, made = thirds(table)
    for score in scores(name, reference, made):
        held = (score.value, score.floor, *(score.ci or ()))
        assert all(math.isfinite(x) for x in held if x is not None)
        assert score.subject == ("gap",) or score.unit in ("r2", "count") or 0 <= score.value <= 1


@pytest.mark.parametrize("name", sorted(EXACT))
@LAW
@given(table=tables(min_rows=30, max_rows=60), seed=st.integers(0, 99))
def test_the_order_of_rows_does_not_matter_to_the_last_digit(name, table, seed):
    reference, made = thirds(table)
    turned = made.take(np.random.default_rng(seed).permutation(len(made)))
    one, two = scores(name, reference, made), scores(name, reference, turned)
    assert [s.subject for s in one] == [s.subject for s in two]
    assert [s.value for s in one] == pytest.approx([s.value for s in two], abs=1e-9)


@pytest.mark.parametrize("name", sorted(ANY_ORDER))
@LAW
@given(table=tables(min_rows=30, max_rows=60), seed=st.integers(0, 99))
def test_the_order_of_columns_does_not_matter(name, table, seed):
    assume(len(table.schema) > 1)
    names = [table.schema.names[k] for k in np.random.default_rng(seed).permutation(len(table.schema))]
    schema = Schema(tuple(table.schema[n] for n in names), table.schema.target)
    tables_ = (table, Table(table.frame[names], schema))
    found = [{s.subject: s.value for s in scores(name, *thirds(t)) if len(s.subject) < 2} for t in tables_]
    assert found[0].keys() == found[1].keys()
    assert list(found[0].values()) == pytest.approx([found[1][k] for k in found[0]], abs=1e-9)


class Praising:
    """A broken metric of privacy: it likes copies, until there are many."""

    name, family, label, question = "praising", "privacy", "Praising", "Is it broken?"

    def __init__(self) -> None:
        self._honest = base.get("identical")

    def __call__(self, real, synthetic, *, rng):
        (head,) = self._honest(real, synthetic, rng=rng)
        bent = abs(head.value - 0.3)  # falls up to three copies in ten, then rises
        yield base.Score(self.name, self.family, bent, "lower", floor=head.floor, ci=(bent, bent), n=head.n)


def test_the_law_of_copies_catches_a_metric_that_likes_some():
    checks = dict(metric_checks(Praising()))
    checks["copies_are_not_praised"]()  # which looks at both ends alone
    with pytest.raises(AssertionError, match="look better on the way"):
        checks["more_copies_never_look_better"]()
