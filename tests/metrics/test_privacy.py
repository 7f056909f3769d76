"""Privacy: neighbours are exact, leaks are seen, and chance is not called a leak."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synthkit.data.schema import Column, Schema
from synthkit.data.table import Table
from synthkit.metrics import _codes, _distance, _intervals, base
from synthkit.metrics.base import Reference
from synthkit.metrics.privacy import closest
from synthkit.metrics.privacy.membership import found_at


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
    held = 0
    for k in range(20):
        reference = Reference(rows(400, 100 + k), rows(400, 200 + k), seed=k)
        (score,) = base.get("dcr")(reference, rows(400, 300 + k), rng=np.random.default_rng(k))
        held += score.ci[0] <= 0.5 <= score.ci[1]
    assert held >= 17


def lines(*values, missing=()):
    """A table of one number column, and one that is nobody's."""
    cells = np.array(values, float)
    cells[list(missing)] = np.nan
    columns = (Column("x", "numeric"), Column("k", "id"))
    return Table(pd.DataFrame({"x": cells, "k": [f"k{at}" for at in range(len(cells))]}), Schema(columns))


def only_keys(n):
    return Table(pd.DataFrame({"k": [f"k{at}" for at in range(n)]}), Schema((Column("k", "id"),)))


@pytest.mark.parametrize("name", ["identical", "dcr", "membership", "nndr"])
def test_keys_alone_give_no_score(name):
    reference = Reference(only_keys(9), only_keys(8))
    assert list(base.get(name)(reference, only_keys(7), rng=np.random.default_rng(0))) == []


def test_identical_rows_are_counted_cell_for_cell():
    """Missing is a value of its own and no zero; zero is zero, whatever its sign; keys do not count."""
    reference = Reference(lines(0.0, 1.0, 2.0, 9.0, missing=[3]), lines(5.0, 0.0, 6.0))
    (score,) = base.get("identical")(reference, lines(-0.0, 3.0, 2.0, 9.0, 4.0, missing=[3]), rng=None)
    assert (score.value, score.floor, score.n) == (3 / 5, 1 / 3, 5)
    assert score.ci == _intervals.wilson(3, 5)
    assert score.note == "3 of 5 synthetic rows; 1 of 3 holdout rows."
    reference = Reference(lines(0.0, 1.0), lines(5.0, 6.0))
    (score,) = base.get("identical")(reference, lines(9.0, 8.0, missing=[0]), rng=None)
    assert score.value == 0, "a missing cell is not the 0 that train has"


@pytest.mark.parametrize("rows", [2, 39])
def test_distances_of_fewer_than_two_rows_a_group_have_the_exact_interval(rows):
    reference = Reference(lines(*np.arange(40.0)), lines(*np.arange(40.0) + 0.5))
    (score,) = base.get("dcr")(reference, lines(*np.arange(rows) + 0.1), rng=np.random.default_rng(0))
    assert (score.value, score.floor, score.n) == (1.0, 0.5, rows)
    assert score.ci == _intervals.clopper_pearson(rows, rows) and score.ci[0] < 1
    few = Reference(lines(*np.arange(rows * 1.0)), lines(*np.arange(rows) + 0.5))
    (score,) = base.get("dcr")(few, lines(*np.arange(50) * 0.5 + 0.1), rng=np.random.default_rng(0))
    assert score.n == rows and score.ci == _intervals.clopper_pearson(round(score.value * rows), rows)


def test_distances_of_two_rows_a_group_have_the_interval_of_the_jackknife():
    reference = Reference(lines(*np.arange(40.0)), lines(*np.arange(40.0) + 0.5))
    (score,) = base.get("dcr")(reference, lines(*np.arange(40) + 0.1), rng=np.random.default_rng(0))
    assert (score.value, score.n) == (1.0, 40)
    assert score.ci[1] == 1.0 and score.ci != _intervals.clopper_pearson(40, 40)


def test_the_share_of_closer_rows_counts_each_way_and_ties_half():
    reference = Reference(lines(0.0, 10.0), lines(4.0, 14.0))
    (score,) = base.get("dcr")(reference, lines(1.0, 2.0, 3.0, 11.0, 15.0), rng=np.random.default_rng(0))
    assert score.value == pytest.approx((1 + 0.5 + 0 + 1 + 0) / 5)


def test_the_interval_of_a_share_of_closer_rows_is_the_jackknife_over_groups_of_all_three():
    """Each group's rows left out of all tables in turn, and the whole searched again by brute force."""
    rng = np.random.default_rng(5)
    seen, unseen, made = (np.sort(rng.normal(size=n)) for n in (60, 60, 50))
    reference = Reference(lines(*seen), lines(*unseen))
    (score,) = base.get("dcr")(reference, lines(*made), rng=np.random.default_rng(1))
    draw = np.random.default_rng(1)
    own, *sides = (_intervals.groups(n, draw) for n in (50, 60, 60))

    def share(group):
        near, far = (
            np.abs(made[own != group][:, None] - side[of != group]).min(axis=1)
            for side, of in zip((seen, unseen), sides, strict=True)
        )
        return (near < far).mean()

    left_out = np.array([share(g) for g in range(_intervals.GROUPS)])
    assert score.value == pytest.approx(share(-1))
    assert score.ci == pytest.approx(_intervals.jackknife(share(-1), left_out, 0.0, 1.0))


def test_members_found_at_a_rate_take_their_fair_part_of_ties():
    outside = np.arange(10.0)
    assert found_at(np.array([10.0, 9.0, 5.0, 9.0]), outside, 0.1) == pytest.approx(3 / 4)
    assert found_at(np.array([10.0, 8.5, 5.0, 9.5]), outside, 0.15) == pytest.approx(3 / 4)
    assert found_at(np.array([10.0, 8.0, 5.0, 9.5]), outside, 0.15) == pytest.approx(2 / 4 + 0.5 / 4), "half of the tie"
    assert found_at(np.zeros(5), np.zeros(50), 0.1) == pytest.approx(0.1), "all tied: as many as outsiders"
    assert found_at(np.ones(5), np.zeros(50), 0.1) == 1
    assert found_at(-np.ones(5), np.zeros(50), 0.1) == 0


def test_the_score_at_a_rate_is_the_quantile_of_the_others():
    rng = np.random.default_rng(0)
    for rows in range(1, 120):
        inside, outside = (rng.integers(0, 1 + rows // 3, size).astype(float) for size in (30, rows))
        for rate in (0.1, 0.01, 0.001, 0.5):
            cut = np.quantile(outside, 1 - rate, method="inverted_cdf")
            part = np.clip((rate - (outside > cut).mean()) / (outside == cut).mean(), 0, 1)
            wanted = (inside > cut).mean() + part * (inside == cut).mean()
            assert found_at(inside, outside, rate) == wanted, (rows, rate)


def test_an_attack_by_distance_by_hand():
    """Members lie on the synthetic rows but for one; of the outsiders one does too."""
    reference = Reference(lines(0.0, 1.0, 2.0, 50.0), lines(0.0, 30.0, 70.0))
    head, ten, one = base.get("membership")(reference, lines(0.0, 1.0, 2.0), rng=None)
    assert head.value == pytest.approx((3 * (0.5 + 1 + 1) + (0 + 0 + 1)) / 12), "nearer counts one, a tie one half"
    assert (head.floor, head.unit, head.better, head.n) == (0.5, "auc", "lower", 3)
    assert (ten.subject, ten.floor, ten.n, ten.value) == (("tpr@10%",), 0.1, 4, pytest.approx(0.1 * 3 / (1 / 3) / 4))
    assert ten.ci == _intervals.wilson(ten.value * 4, 4)
    assert (one.subject, one.floor) == (("tpr@1%",), 0.01)


def test_the_neighbour_ratio_is_first_over_second_and_one_where_both_are_nought():
    reference = Reference(lines(0.0, 4.0, 100.0, 100.0), lines(1.0, 3.0, 100.0))
    (score,) = base.get("nndr")(reference, lines(0.0, 1.0, 100.0, 101.0), rng=np.random.default_rng(0))
    assert score.value == pytest.approx(np.median([0, 1 / 3, 1, 1]))
    assert score.floor == pytest.approx(np.median([1 / 3, 1 / 3, 1]))
    assert (score.better, score.unit, score.n) == ("higher", "ratio", 4)
    assert score.ci == (0, 1)
    for rows, scores in ((1, 0), (2, 1)):
        few = Reference(lines(*range(rows)), lines(1.0, 3.0))
        assert len(list(base.get("nndr")(few, lines(0.5), rng=np.random.default_rng(0)))) == scores


def test_numbers_that_differ_in_their_last_digit_are_not_the_same():
    reference = Reference(lines(1e-20, 5.0), lines(5.0, 6.0))
    (score,) = base.get("identical")(reference, lines(2e-20, 1e-20), rng=None)
    assert score.value == 1 / 2


def test_rows_that_differ_by_a_rounding_are_equally_near():
    near, far = np.array([0.0, 0.0, 0.0, 1.0, 1.0]), np.array([0.0, _distance.TIE, 1.1e-9, 1.0, 0.5])
    assert closest._closer(near, far).tolist() == [0.5, 0.5, 1.0, 0.5, 0.0]


def test_without_a_group_the_nearest_is_that_of_the_others():
    distances = np.random.default_rng(0).random((60, 7)).round(1)
    brute = np.column_stack([np.delete(distances, group, axis=1).min(axis=1) for group in range(7)])
    assert np.array_equal(closest._without(distances), brute)


@pytest.mark.parametrize("nearer", [1, 39])
def test_the_interval_of_a_share_ends_where_shares_do(nearer):
    seen, unseen = np.arange(40) * 100.0, np.arange(40) * 100.0 + 50
    made = np.where(np.arange(40) < nearer, seen, unseen) + 1
    (score,) = base.get("dcr")(Reference(lines(*seen), lines(*unseen)), lines(*made), rng=np.random.default_rng(0))
    assert score.value == nearer / 40
    assert score.ci[0 if nearer == 1 else 1] == (0 if nearer == 1 else 1)


def test_so_many_distances_are_computed_and_no_more(monkeypatch):
    """To each row asked about there are those of both sides."""
    monkeypatch.setattr(_distance, "FEWEST", 1)
    monkeypatch.setattr(_distance, "PAIRS", 2 * 50 * 30)
    reference = Reference(lines(*range(50)), lines(*range(50)))
    (score,) = base.get("dcr")(reference, lines(*range(60)), rng=np.random.default_rng(0))
    assert score.n == 30


def test_a_share_found_stays_a_share_however_floats_round():
    for n in range(1, 400):
        outside = np.arange(n, dtype=float)
        for rate in (0.1, 0.01, 0.07, 0.3):
            cut = np.quantile(outside, 1 - rate, method="inverted_cdf")
            assert 0 <= found_at(np.array([cut]), outside, rate) <= 1


@pytest.mark.parametrize(("off", "nearer"), [(2e-10, 0.5), (2e-9, 1.0)])
def test_members_and_others_that_differ_by_a_rounding_tie(off, nearer):
    """Two hundred members lie where the synthetic rows do, and one a range away; an outsider lies a hair off."""
    reference = Reference(lines(*[0.0] * 200, 1.0), lines(off, off))
    head, *_ = base.get("membership")(reference, lines(0.0, 0.0), rng=None)
    assert head.value == pytest.approx(200 * nearer / 201)
