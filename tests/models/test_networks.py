"""What networks of tables promise beyond the contract: training to trust, latent points, warm starts, wide columns."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import torch

from synthkit import pipeline
from synthkit.data import catalog, io
from synthkit.encode.encoder import Encoder
from synthkit.errors import ArtifactError, ConfigError
from synthkit.models import registry
from synthkit.models.base import Detector, Latent, Terms
from synthkit.models.latent import direction, interpolate, move
from synthkit.models.nn import training
from synthkit.models.nn.training import Look, Recipe, train
from synthkit.models.tabular._layout import Layout
from synthkit.rng import stream
from synthkit.testing._tables import linked, mixed

NAMES = ("tvae", "ctgan", "copulagan", "flow", "diffusion")
NIGHTLY = ("ctgan", "copulagan")
SOME = [pytest.param(name, marks=[pytest.mark.slow] * (name in ("ctgan", "copulagan"))) for name in NAMES]
"""The adversarial ones take longest; tvae, flow and diffusion go through the same code."""


def fitted(name, table, *, steps=60, seed=0, terms=None, **options):
    model = registry.get(name)(steps=steps, **options)
    model.terms = terms or Terms()
    return model.fit(table, rng=stream(seed, "fit"))


def rows_of(model, n=50):
    return model.sample(n, rng=stream(0, "sample")).frame


def wide(rows=20_000, categories=1000):
    rng = np.random.default_rng(0)
    shop = rng.integers(0, categories, rows)
    size = np.where(shop < categories // 2, rng.normal(10, 1, rows), rng.normal(40, 1, rows)).round(3)
    return io.to_table(pd.DataFrame({"shop": [f"s{x:05}" for x in shop], "size": size, "kind": size > 25}))


class TestLayout:
    @pytest.mark.parametrize("table", [mixed(300), linked(500)], ids=["mixed", "linked"])
    @pytest.mark.parametrize("stretches", [1, 24])
    def test_codes_and_scores_come_back_as_they_were(self, table, stretches):
        rng = np.random.default_rng(0)
        encoder = Encoder.learn(table, rng)
        arrays = encoder.encode(table, rng)
        layout = Layout.learn(encoder, arrays, rng, stretches=stretches)
        back = layout.decode(layout.encode(arrays, rng), rng)
        for name in layout.names:
            assert np.array_equal(back[name], arrays[name], equal_nan=True), name

    def test_scores_are_standard_normal_within_their_stretch(self):
        table, rng = linked(4000), np.random.default_rng(0)
        encoder = Encoder.learn(table, rng)
        arrays = encoder.encode(table, rng)
        scores = Layout.learn(encoder, arrays, rng).encode(arrays, rng).scores
        assert abs(scores.mean()) < 0.1 and 0.8 < scores.std() < 1.2

    def test_width_does_not_grow_with_categories(self):
        table, rng = wide(), np.random.default_rng(0)
        encoder = Encoder.learn(table, rng)
        arrays = encoder.encode(table, rng)
        layout = Layout.learn(encoder, arrays, rng)
        assert encoder.codes["shop"].size > 900 and layout.sizes[0] <= 96
        groups, big = layout.groups["shop"].group, arrays["size"] > 25
        by_group = pd.DataFrame({"group": groups[arrays["shop"]], "big": big}).groupby("group")["big"].mean()
        assert ((by_group < 0.1) | (by_group > 0.9)).mean() > 0.9, (
            "categories unlike in what goes with them share a group"
        )
        drawn = layout.decode(layout.encode(arrays, rng), rng)["shop"]
        assert np.array_equal(groups[drawn], groups[arrays["shop"]])
        assert len(np.unique(drawn)) > 900, "members of a group are not all given out"


class TestTraining:
    @pytest.mark.parametrize("name", NAMES)
    def test_goes_on_after_a_kill_to_the_same_bytes(self, name, tmp_path, monkeypatch):
        table = mixed(150)
        whole = rows_of(fitted(name, table))
        monkeypatch.setattr(training, "_SAVE_EVERY", -1.0)
        looks = 0

        def killed(stage, done, note=""):
            nonlocal looks
            looks += 1
            if looks == 8:
                raise KeyboardInterrupt

        model = registry.get(name)(steps=60)
        model.terms = Terms(checkpoint=tmp_path)
        with pytest.raises(KeyboardInterrupt):
            model.fit(table, rng=stream(0, "fit"), progress=killed)
        left = [path.name for path in tmp_path.iterdir()]
        assert left == [f"{name}.training.safetensors"]
        again = fitted(name, table, terms=Terms(checkpoint=tmp_path))
        assert rows_of(again).equals(whole)
        assert not any(tmp_path.iterdir()), "the checkpoint outlives the training"

    def test_a_checkpoint_of_other_data_is_left_unread(self, tmp_path, monkeypatch):
        monkeypatch.setattr(training, "_SAVE_EVERY", -1.0)
        monkeypatch.setattr(training.Checkpoint, "remove", lambda self: None)
        fitted("tvae", mixed(150), terms=Terms(checkpoint=tmp_path))
        other = mixed(150, seed=5)
        assert rows_of(fitted("tvae", other, terms=Terms(checkpoint=tmp_path))).equals(rows_of(fitted("tvae", other)))

    @pytest.mark.parametrize("name", NAMES)
    def test_keeps_to_its_time(self, name):
        model = fitted(name, mixed(150), steps=100_000, terms=Terms(seconds=0.2))
        assert model.notes["stopped because"] == "time limit"
        assert len(rows_of(model)) == 50

    def test_stops_where_held_out_rows_show_no_gain_and_keeps_the_best(self):
        pupil, told = Counter(), iter([0.9, 0.7, 0.8, 0.75, 0.72, 0.71, 0.9, 0.9])
        record = train(pupil, Recipe(1000, check=10, patience=4), lambda _: Look(next(told), 1.0))
        assert record.stopped == "no better on held-out rows"
        assert (record.step, record.best_step, pupil.mean.weight.item()) == (60, 20, 20.0)

    def test_divergence_is_reported_and_the_best_weights_kept(self):
        pupil = Counter(breaks_at=35)
        record = train(pupil, Recipe(1000, check=10), lambda _: Look(0.9 - pupil.steps / 1000, 1.0))
        assert record.stopped == "diverged" and "step 35" in record.warnings[0]
        assert pupil.mean.weight.item() == 30.0

    def test_mode_collapse_is_reported(self):
        record = train(Counter(), Recipe(20, check=10), lambda _: Look(0.9, 0.1))
        assert "mode collapse" in record.warnings[0]


class Counter:
    """A pupil whose one weight counts its steps."""

    def __init__(self, breaks_at=None):
        self.live = torch.nn.Linear(1, 1, bias=False)
        self.mean = torch.nn.Linear(1, 1, bias=False)
        self.optimizers, self.chance = [], torch.Generator()
        self.steps, self.breaks_at = 0, breaks_at

    def begin(self, state):
        self.mean.load_state_dict(state)

    def step(self, pace):
        self.steps += 1
        torch.nn.init.constant_(self.mean.weight, self.steps)
        return math.nan if self.steps == self.breaks_at else 1.0


class TestConditions:
    @pytest.mark.parametrize("name", ["ctgan", pytest.param("copulagan", marks=pytest.mark.slow)])
    def test_rows_on_a_condition_are_near_the_unconditional_law(self, name):
        model = fitted(name, linked(), steps=400)
        free = model.sample(20_000, rng=stream(0, "free")).frame
        for group in ("a", "c"):
            want = free[free["group"] == group]
            have = model.sample_where(4000, {"group": group}, rng=stream(0, "given")).frame
            assert abs((want["answer"] == "yes").mean() - (have["answer"] == "yes").mean()) < 0.15
            assert abs(want["size"].mean() - have["size"].mean()) < 0.5 * want["size"].std()

    def test_a_wide_category_is_kept_exactly(self):
        model = fitted("tvae", wide(categories=300), steps=200)
        word = model.categories("shop")[-1]
        assert (model.sample_where(40, {"shop": word}, rng=stream(0, "given")).frame["shop"] == word).all()


@pytest.fixture(scope="module")
def table():
    """Breast cancer: target 0 is malignant."""
    return pipeline.read(catalog.path("breast_cancer"), target=catalog.card("breast_cancer").target)


@pytest.fixture(scope="module")
def model(table):
    return fitted("tvae", table, steps=400)


class TestLatentSpace:
    def test_rows_come_back_alike(self, model, table):
        assert isinstance(model, Latent)
        back = model.decode(model.encode(table)).frame
        assert back["target"].tolist() == table.frame["target"].tolist()
        assert np.corrcoef(back["mean radius"], table.frame["mean radius"])[0, 1] > 0.9

    def test_a_walk_joins_its_ends(self, model, table):
        small = int(table.frame["mean area"].argmin())
        large = int(table.frame["mean area"].argmax())
        areas = interpolate(model, table.take(np.array([small, large])), 7).frame["mean area"]
        assert len(areas) == 7 and areas.iloc[0] < areas.iloc[3] < areas.iloc[-1]

    def test_a_step_along_an_attribute_moves_it(self, model, table):
        some = table.take(np.arange(50))
        way = direction(model, table, "mean radius")
        moved = [move(model, some, way, by).frame["mean radius"].mean() for by in (-2, 0, 2)]
        assert moved[0] < moved[1] < moved[2]

    def test_a_category_needs_a_value(self, model, table):
        with pytest.raises(ConfigError, match="name the value"):
            direction(model, table, "target")

    def test_what_was_never_seen_is_odd(self, table):
        """Trained on benign cases alone, malignant ones stand out; so does a number beyond all others."""
        from sklearn.metrics import roc_auc_score

        features = table.schema.without({"target"})
        ill = (table.frame["target"] == "0").to_numpy(bool)
        whole = type(table)(table.frame[list(features.names)], features)
        model = fitted("tvae", whole.take(np.flatnonzero(~ill)[:250]), steps=400)
        assert isinstance(model, Detector)
        rest = np.r_[np.flatnonzero(~ill)[250:], np.flatnonzero(ill)]
        surprise, names = model.surprise(whole.take(rest))
        assert roc_auc_score(ill[rest], surprise.sum(axis=1)) > 0.9
        strange = whole.frame.iloc[rest[:5]].copy()
        strange.loc[strange.index[2], "mean radius"] = 1e6
        found, _ = model.surprise(type(table)(strange.reset_index(drop=True), features))
        assert names[int(found[2].argmax())] == "mean radius" or found[2].sum() > found[[0, 1, 3, 4]].sum(axis=1).max()


class TestWarmStart:
    @pytest.mark.parametrize("name", SOME)
    def test_weights_of_like_columns_are_taken_over(self, name, tmp_path):
        big = mixed(600)
        fitted(name, big, steps=300).save(tmp_path)
        few = mixed(80, seed=3)
        warm = fitted(name, few, steps=1, terms=Terms(start=tmp_path))
        cold = fitted(name, few, steps=1)
        share = float(warm.notes["begun with"].partition("%")[0])
        assert share > 80
        assert not rows_of(warm).equals(rows_of(cold))
        seen = warm.sees
        assert warm.notes[seen] <= cold.notes[seen] + 0.05

    def test_another_kind_of_model_is_refused(self, tmp_path):
        fitted("tvae", mixed(80), steps=1).save(tmp_path)
        with pytest.raises(ArtifactError, match="holds the model 'tvae'"):
            fitted("ctgan", mixed(80), steps=1, terms=Terms(start=tmp_path))
