"""Privacy: neighbours are exact, leaks are seen, and chance is not called a leak."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synthkit.data.table import Table
from synthkit.metrics import _codes, _distance, base


def mixed(table, rows):
    return Table(pd.concat([table.head(len(table) - len(rows)).frame, rows.frame], ignore_index=True), table.schema)


def test_neighbours_are_those_of_a_plain_double_loop(rows):
    real, other = rows(60, 1), rows(45, 2)
    levels = _codes.levels_of([real])
    one, two = _codes.coded(real, levels), _codes.coded(other, levels)
    space = _distance.Space.of(one)

    def distance(i, j):
        found = 0.0
        for name in one.numbers:
            a, b = one.numbers[name][i], two.numbers[name][j]
            found += np.isnan(a) != np.isnan(b)
            a, b = (space.centre[name] if np.isnan(x) else x for x in (a, b))
            found += abs(a - b) / space.scale[name]
        return found + sum(one.codes[name][i] != two.codes[name][j] for name in one.codes)

    brute = np.array([[distance(i, j) for j in range(45)] for i in range(60)])
    points, index = space.points(one), space.points(two)
    assert _distance.nearest(points, index, 2) == pytest.approx(np.sort(brute, axis=1)[:, :2])
    groups = np.arange(45) % 4
    expected = np.column_stack([brute[:, groups == g].min(axis=1) for g in range(4)])
    assert _distance.nearest_by_group(points, index, groups) == pytest.approx(expected)


@pytest.mark.parametrize("name", ["identical", "dcr", "membership"])
def test_the_more_train_rows_leak_the_higher(name, reference, fresh):
    values = []
    for share in (0.0, 0.2, 0.5, 1.0):
        leaked = reference.train.take(np.arange(int(share * 1500)))
        values.append(next(iter(base.get(name)(reference, mixed(fresh, leaked), rng=np.random.default_rng(0)))))
    assert np.all(np.diff([v.value for v in values]) > 0.03)
    assert values[0].ci[0] <= values[0].floor <= values[0].ci[1] or values[0].value <= values[0].floor
    assert values[-1].value > {"identical": 0.999, "dcr": 0.8, "membership": 0.99}[name]


def test_the_members_found_are_read_against_the_rate_of_false_alarms(reference, fresh):
    metric = base.get("membership")
    honest = {s.subject: s for s in metric(reference, fresh, rng=np.random.default_rng(0))}
    leaky = {s.subject: s for s in metric(reference, reference.train, rng=np.random.default_rng(0))}
    for rate, subject in ((0.1, ("tpr@10%",)), (0.01, ("tpr@1%",))):
        assert honest[subject].floor == rate
        assert honest[subject].value == pytest.approx(rate, abs=0.03)
        assert leaky[subject].value > 0.99


def test_ties_count_half():
    """On a table of two levels every distance is a tie: the share is one half, whatever the model did."""
    from synthkit.data.schema import Column, Schema
    from synthkit.metrics.base import Reference

    schema = Schema((Column("a", "categorical"),))
    tables = [Table(pd.DataFrame({"a": ["x", "y"] * n}, dtype=object), schema) for n in (100, 80, 90)]
    reference = Reference(tables[0], tables[1])
    (score,) = base.get("dcr")(reference, tables[2], rng=np.random.default_rng(0))
    assert score.value == 0.5
    assert score.ci == (0.5, 0.5)
    (same,) = base.get("identical")(reference, tables[2], rng=np.random.default_rng(0))
    assert same.value == same.floor == 1  # every row is a train row, and so is every unseen real row: no leak


def test_dcr_of_honest_models_covers_one_half(rows):
    """The interval knows that train and holdout are samples too: over new draws of all three it holds one half."""
    from synthkit.metrics.base import Reference

    held = 0
    for k in range(20):
        reference = Reference(rows(400, 100 + k), rows(400, 200 + k), seed=k)
        (score,) = base.get("dcr")(reference, rows(400, 300 + k), rng=np.random.default_rng(k))
        held += score.ci[0] <= 0.5 <= score.ci[1]
    assert held >= 17
