"""What the flow promises beyond the contract: likelihoods that are probabilities, a map that is one to one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

import synthkit as sk
from synthkit import pipeline
from synthkit.data import catalog, io
from synthkit.data.table import Table
from synthkit.errors import SchemaError
from synthkit.models import registry
from synthkit.models.base import Conditional, Density, Detector, Latent
from synthkit.models.tabular._odd import rows_of
from synthkit.rng import stream
from synthkit.testing._tables import linked, mixed


def fitted(table, *, seed=0, **options):
    return registry.get("flow")(**options).fit(table, rng=stream(seed, "fit"))


def like(table, frame):
    """Cells with the schema of a table."""
    return Table(frame.astype(table.frame.dtypes.to_dict()), table.schema)


def bent(n, seed, *, kinds=True):
    """A number, half of it one value or missing, and a category that goes with it."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(n)
    x = np.where(rng.random(n) < 0.3, 0.0, x)
    kind = np.where(rng.random(n) < 1 / (1 + np.exp(-3 * x)), "high", "low")
    x[rng.random(n) < 0.2] = np.nan
    return io.to_table(pd.DataFrame({"x": x, "kind": kind}) if kinds else pd.DataFrame({"x": x, "y": x**2 + 1}))


def normal(n, seed):
    """Two numbers with a correlation of 0.8."""
    x, other = np.random.default_rng(seed).standard_normal((2, n))
    return io.to_table(pd.DataFrame({"x": x, "y": 0.8 * x + 0.6 * other}))


class TestDensity:
    def test_of_a_number_and_a_category_it_adds_up_to_one(self):
        table = bent(500, 0)
        model = fitted(table, steps=100)
        assert isinstance(model, Density) and isinstance(model, Latent) and isinstance(model, Conditional)
        code = model._fitted().layout.encoder.codes["x"]
        assert (code.counts.max() > 100) and code.missing > 0.1
        whole = 0.0
        for kind in ("high", "low"):
            at = like(table, pd.DataFrame({"x": [*code.support, np.nan], "kind": kind}))
            density = np.exp(model.log_density(at))
            whole += (density[:-1] * code.counts).sum() / code.counts.sum() + density[-1]
        assert abs(whole - 1) < 0.01

    def test_of_two_numbers_it_adds_up_to_one(self):
        table = normal(300, 0)
        model = fitted(table, steps=100)
        x, y = (np.sort(table.frame[name].to_numpy())[::2] for name in ("x", "y"))
        grid = pd.DataFrame({"x": np.repeat(x, len(y)), "y": np.tile(y, len(x))})
        density = np.exp(model.log_density(like(table, grid)))
        assert density.max() > 3, "a law of independent columns adds up too"
        assert abs(density.mean() - 1) < 0.03

    def test_of_a_known_law_it_is_near_the_truth(self):
        """Over ranks the density of two normals is that of their copula; its mean is the mutual information."""
        model = fitted(normal(4000, 0), steps=300)
        fresh = normal(2000, 1)
        x, y = (fresh.frame[name].to_numpy() for name in ("x", "y"))
        truth = -np.log(0.6) - ((x**2 + y**2) * 0.64 - 1.6 * x * y) / (2 * 0.36)
        found = model.log_density(fresh)
        assert abs(found.mean() - truth.mean()) < 0.03
        assert np.corrcoef(found, truth)[0, 1] > 0.97

    def test_the_share_of_a_category_is_its_probability(self):
        """With the number integrated out by its rows: log p(kind | x), whatever the law of x."""
        model, fresh = fitted(bent(4000, 0), steps=300), bent(2000, 1)
        other = fresh.frame.assign(kind=np.where(fresh.frame["kind"] == "high", "low", "high"))
        own, others = model.log_density(fresh), model.log_density(like(fresh, other))
        chance = 1 / (1 + np.exp(others - own))  # of the kind that each row has, given its number
        x = fresh.frame["x"].to_numpy(float, na_value=np.nan)
        sign = np.where(fresh.frame["kind"] == "high", 1, -1)
        filled = np.isfinite(x)
        truth = 1 / (1 + np.exp(-3 * sign * x))
        assert np.abs(chance - truth)[filled].mean() < 0.04

    def test_units_do_not_matter(self):
        table = normal(300, 0)
        scaled = io.to_table(table.frame.assign(x=1000 * table.frame["x"] + 5))
        one, two = (fitted(t, steps=30).log_density(t) for t in (table, scaled))
        assert np.allclose(one, two)

    def test_members_of_a_group_share_its_probability(self):
        rng = np.random.default_rng(0)
        shop = rng.integers(0, 200, 4000)
        table = io.to_table(pd.DataFrame({"shop": [f"s{at:03}" for at in shop], "big": shop > 99}))
        model = fitted(table, steps=60)
        words = list(model.categories("shop"))
        every = pd.DataFrame({"shop": words * 2, "big": np.repeat(["False", "True"], len(words))})
        assert abs(np.exp(model.log_density(like(table, every))).sum() - 1) < 0.01

    def test_a_column_less_is_refused(self):
        table = normal(100, 0)
        part = io.to_table(table.frame[["x"]])
        with pytest.raises(SchemaError, match="'y'"):
            fitted(table, steps=1).log_density(part)


class TestLatentSpace:
    @pytest.mark.parametrize("table", [mixed(400), linked(500), bent(400, 0)], ids=["mixed", "linked", "bent"])
    def test_rows_come_back_as_they_were(self, table):
        model = fitted(table, steps=60)
        points = model.encode(table)
        net, rows = model._fitted().net, rows_of(model._fitted().layout, table)
        codes, scores = net.decode(torch.as_tensor(points))
        assert np.array_equal(codes.numpy(), rows.codes)
        assert np.abs(scores.numpy() - rows.scores).max(initial=0) < 1e-3
        back = model.decode(points)
        for column in back.schema:
            if column.is_discrete:
                levels = model.categories(column.name)
                known = table.frame[column.name].isin(levels) | table.frame[column.name].isna()
                assert back.frame[column.name][known].equals(table.frame[column.name][known]), column.name

    def test_points_of_rows_are_standard_normal(self):
        table = normal(3000, 0)
        points = fitted(table, steps=200).encode(table)
        assert np.abs(points.mean(0)).max() < 0.1 and np.abs(points.std(0) - 1).max() < 0.1
        assert abs(np.corrcoef(points.T)[0, 1]) < 0.1, "the dependence is what the map takes away"

    def test_a_walk_joins_its_ends(self):
        table = normal(500, 0)
        ends = table.take(np.array([int(table.frame["x"].argmin()), int(table.frame["x"].argmax())]))
        x = sk.interpolate(fitted(table, steps=100), ends, 7).frame["x"]
        assert len(x) == 7 and (np.diff(x) > 0).all()


class TestConditions:
    @pytest.mark.parametrize("given", ["x", "y"], ids=["first in the order", "last in the order"])
    def test_a_number_is_conditioned_on_as_it_is(self, given):
        model = fitted(normal(3000, 0), steps=200)
        rows = model.sample_where(1000, {given: 1.5}, rng=stream(0, "given")).frame
        other = rows["y" if given == "x" else "x"]
        assert (rows[given] == 1.5).all() and other.nunique() > 300
        assert abs(other.mean() - 1.2) < 0.15 and abs(other.std() - 0.6) < 0.12

    def test_a_value_for_each_row(self):
        model = fitted(normal(3000, 0), steps=200)
        values = np.linspace(-2, 2, 500)
        rows = model.sample_where(500, {"y": values}, rng=stream(0, "given")).frame
        slope, noise = 0.8 * values.std(), 0.6  # of x given y
        assert abs(np.corrcoef(rows["x"], values)[0, 1] - slope / np.hypot(slope, noise)) < 0.06


@pytest.fixture(scope="module")
def cells():
    """Breast cancer: which rows are malignant, and the table without saying so."""
    table = pipeline.read(catalog.path("breast_cancer"), target=catalog.card("breast_cancer").target)
    features = table.schema.without({"target"})
    ill = (table.frame["target"] == "0").to_numpy(bool)
    return type(table)(table.frame[list(features.names)], features), ill


class TestOddRows:
    def test_malignant_cells_stand_out_from_benign_ones(self, cells):
        from sklearn.metrics import roc_auc_score

        table, ill = cells
        model = fitted(table.take(np.flatnonzero(~ill)[:250]))
        assert isinstance(model, Detector)
        rest = np.r_[np.flatnonzero(~ill)[250:], np.flatnonzero(ill)]
        assert roc_auc_score(ill[rest], model.surprise(table.take(rest))[0].sum(axis=1)) > 0.9

    def test_the_oddest_cell_is_named(self):
        table = normal(1000, 0)
        model = fitted(table, steps=200)
        odd = like(table, pd.DataFrame({"x": [0.0, -1.5, 0.0], "y": [0.0, 1.5, 50.0]}))
        surprise, names = model.surprise(odd)
        assert names == ("x", "y")
        assert surprise[1, 1] > 4 and surprise[2, 1] > surprise[1, 1], "against the relation; beyond all others"
        assert np.abs(surprise[0]).max() < 1.5
        assert abs(model.surprise(table)[0].mean()) < 1e-6, "what is usual is no surprise"

    def test_what_is_usual_is_kept_in_the_file(self, tmp_path):
        table = mixed(200)
        model = fitted(table, steps=20)
        model.save(tmp_path)
        again = registry.get("flow").load(tmp_path)
        assert np.array_equal(again.surprise(table)[0], model.surprise(table)[0])
        assert np.array_equal(again.log_density(table), model.log_density(table))
