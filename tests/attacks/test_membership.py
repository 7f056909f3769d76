"""Each attack's score is what its paper says, by brute force on a few rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synthkit.attacks import membership
from synthkit.attacks.membership import ATTACKS, View
from synthkit.data.schema import Column, Schema
from synthkit.data.table import Table
from synthkit.metrics import _codes, _distance
from synthkit.metrics.base import Reference

SCHEMA = Schema((Column("x", "numeric"), Column("c", "categorical")))


def tables(*parts):
    """Each as arrays that agree."""
    made = [Table(pd.DataFrame({"x": np.asarray(x, float), "c": np.asarray(c, object)}), SCHEMA) for x, c in parts]
    sides = _codes.sides(Reference(made[0], made[1], 0))
    return [sides.code(one) for one in made]


@pytest.fixture(scope="module")
def held():
    """A reference, a synthetic table and targets, and the distances between them as numbers."""
    rng = np.random.default_rng(0)
    parts = [(rng.normal(size=n), rng.choice([*"abc"], n)) for n in (40, 30, 12)]
    known, made, targets = tables(*parts)
    scale = float(np.subtract(*np.quantile(parts[0][0], [0.99, 0.01])))

    def between(one, other):
        far = np.abs(one.numbers["x"][:, None] - other.numbers["x"][None, :]) / scale
        return far + (one.codes["c"][:, None] != other.codes["c"][None, :])

    return View(made, known, 0), targets, between


def test_distance_is_that_to_the_nearest_synthetic_row(held):
    view, targets, between = held
    assert membership.distance(view, targets) == pytest.approx(-between(targets, view.synthetic).min(axis=1), abs=1e-9)


def test_density_compares_five_neighbours_on_each_side(held):
    view, targets, between = held
    near, far = (np.sort(between(targets, side))[:, :5].mean(axis=1) for side in (view.synthetic, view.reference))
    least = 1e-3 * np.median(far)
    assert membership.density(view, targets) == pytest.approx(np.log(far + least) - np.log(near + least))


def test_density_where_rows_are_fewer_than_neighbours_or_all_at_one_place():
    known, made = tables((np.zeros(4), [*"aabb"]), (np.zeros(3), [*"aab"]))
    assert membership.density(View(made, known, 0), known).shape == (4,)
    one, same = tables((np.zeros(9), ["a"] * 9), (np.zeros(9), ["a"] * 9))
    assert membership.density(View(same, one, 0), one).tolist() == [0.0] * 9
    apart, same = tables((np.zeros(9), ["a"] * 9), (np.zeros(9), ["b"] * 9))
    assert membership.density(View(same, apart, 0), apart) == pytest.approx(np.log(1e-12)), "no division by nought"


def test_likelihood_is_the_mean_log_ratio_over_the_ten_nearest_synthetic_rows(held):
    view, targets, between = held
    known, n = view.reference, view.reference.rows
    width = float(np.median(np.sort(between(known, known), axis=1)[:, 1]))
    to_made = between(targets, view.synthetic)
    without = np.exp(-between(view.synthetic, known) / width).sum(axis=1)
    expected = []
    for row in to_made:
        near = np.argsort(row, kind="stable")[:10]
        told = (without[near] + np.exp(-50) + np.exp(-row[near] / width)) / (without[near] + np.exp(-50)) * n / (n + 1)
        expected.append(np.log(told).mean())
    assert membership.likelihood(view, targets) == pytest.approx(np.array(expected))


def test_likelihood_of_a_reference_of_one_row_or_of_many_alike():
    """The kernel's width is the usual distance between neighbours, their mean where that is nought, and else one."""
    one, made = tables((np.zeros(1), ["a"]), (np.zeros(3), [*"abb"]))
    near = np.array([0.0, 1.0, 1.0])
    told = np.log((np.exp(-near) + np.exp(-50) + np.exp(-near)) / (np.exp(-near) + np.exp(-50)) / 2).mean()
    assert membership.likelihood(View(made, one, 0), one) == pytest.approx(told)
    mostly, made = tables((np.zeros(8), [*"aaaaaaab"]), (np.zeros(2), [*"ab"]))
    width, near = 1 / 8, np.array([0.0, 1.0])  # one of eight is a step from its neighbour
    without = np.array([7 + np.exp(-8), 1 + 7 * np.exp(-8)])
    told = np.log((without + np.exp(-near / width)) / without * 8 / 9).mean()
    assert membership.likelihood(View(made, mostly, 0), mostly.take(np.array([0]))) == pytest.approx(told)


def test_a_row_far_from_the_reference_makes_no_infinite_score():
    known, made = tables((np.arange(30.0), ["a"] * 30), (np.full(3, 1e6), ["a"] * 3))
    found = membership.likelihood(View(made, known, 0), made)
    assert found == pytest.approx(50 + np.log(30 / 31)), "a target that alone explains it is a member"
    away = membership.likelihood(View(made, known, 0), known)
    assert away == pytest.approx(np.log(30 / 31)), "and one that explains nothing is none"


@pytest.mark.parametrize(
    ("known", "width"), [((np.zeros(3), ["a"] * 3), 1.0), ((np.array([0.0, 4.0]), ["a"] * 2), 4 / 3.92)]
)
def test_likelihood_of_a_reference_of_equal_rows_or_of_two(known, width):
    """Where no two rows differ the width is one; of two it is the distance between them, in 98 % of their range."""
    known, made = tables(known, (np.zeros(2), ["a", "b"]))
    view = View(made, known, 0)
    to_known = _distance.nearest(view.made, view.known, known.rows)
    without = np.exp(-to_known / width).sum(axis=1)
    told = np.log((without + np.exp(-np.array([0.0, 1.0]) / width)) / without * known.rows / (known.rows + 1)).mean()
    assert membership.likelihood(view, known.take(np.array([0]))) == pytest.approx(told)


def test_the_classifier_takes_the_synthetic_side_for_members_and_draws_by_its_seed(held):
    rng = np.random.default_rng(1)
    known, made, targets = tables(
        (rng.normal(size=900), rng.choice([*"ab"], 900)),
        (rng.normal(3, 1, size=400), rng.choice([*"ab"], 400)),
        ([-2.0, 0.0, 3.0, 5.0], [*"abab"]),
    )
    found = membership.classifier(View(made, known, 0), targets)
    assert (found[2:] > 0.9).all() and (found[:2] < 0.1).all()
    assert np.array_equal(found, membership.classifier(View(made, known, 0), targets))
    balanced = membership.classifier(View(made, known.take(np.arange(400)), 0), targets)
    assert np.abs(found - balanced).max() < 0.1, "as many of either side, however many there are"


def test_they_are_listed_from_the_simplest():
    assert list(ATTACKS) == ["distance", "density", "likelihood", "classifier"]
