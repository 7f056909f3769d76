"""The checks catch what they are for: each broken model, encoder or metric fails the check that names its fault."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synthkit.data.table import Table
from synthkit.encode.columns import Levels
from synthkit.encode.encoder import Encoder
from synthkit.errors import UnknownName
from synthkit.metrics import base
from synthkit.models.tabular.marginals import Marginals
from synthkit.progress import silent
from synthkit.testing import check_encoder, check_metric, check_synthesizer, metric_checks, synthesizer_checks
from synthkit.testing._tables import mixed


class Changed(Marginals):
    """Marginals whose rows are changed on the way out."""

    def sample(self, n, *, rng):
        table = super().sample(n, rng=rng)
        return Table(self.change(table.frame.copy(), rng), table.schema)

    def change(self, frame, rng):
        return frame


def copies(column):
    """A model that gives out the real values of one column."""

    def fit(self, table, *, rng, progress=silent):
        self.real = table.frame
        return super(kind, self).fit(table, rng=rng, progress=progress)

    def change(self, frame, rng):
        if column in frame and len(self.real):
            frame[column] = self.real[column].iloc[rng.integers(0, len(self.real), len(frame))].to_numpy()
        return frame

    kind = type("Copies", (Changed,), {"fit": fit, "change": change})
    return kind


def changes(change):
    return type("Changes", (Changed,), {"change": staticmethod(change)})


def _none(frame, rng):
    frame.loc[rng.random(len(frame)) < 0.2, "owner"] = None
    return frame


def _finer(frame, rng):
    return frame.assign(income=frame["income"] + 0.001)


def _later(frame, rng):
    return frame.assign(since=frame["since"] + pd.Timedelta(hours=3))


def _far(frame, rng):
    return frame.assign(age=frame["age"] + 100)


def _new(frame, rng):
    return frame.assign(job="astronaut")


def _float(frame, rng):
    return frame.assign(age=frame["age"].astype(float))


def _global_noise(frame, rng):
    np.random.random()  # noqa: NPY002
    return frame


def _warned(frame, rng):
    warnings.filterwarnings("ignore", message="never mind")
    return frame


def _unseeded(frame, rng):
    return frame.assign(ratio=np.random.default_rng().permutation(frame["ratio"]))


def _forgets_fit(self, table, *, rng, progress=silent):
    Marginals.fit(self, table, rng=rng)
    return self


def _spoils_input(self, table, *, rng, progress=silent):
    table.frame.iloc[0, 0] = -1.0
    return Marginals.fit(self, table, rng=rng, progress=progress)


def _falls(self, table, *, rng, progress=silent):
    for done in (0.5, 0.2, 1.0):
        progress("fit", done)
    return Marginals.fit(self, table, rng=rng)


def _pickles(self, folder):
    import pickle

    Marginals.save(self, folder)
    (Path(folder) / "extra.bin").write_bytes(pickle.dumps(self.__dict__))


def made(**body):
    return type("Made", (Marginals,), body)


BROKEN = {
    "missing_cells_keep_their_share": changes(_none),
    "resolution_is_kept": changes(_finer),
    "numbers_stay_in_range": changes(_far),
    "categories_are_known": changes(_new),
    "types_are_canonical": changes(_float),
    "rare_categories_stay_inside": copies("job"),
    "keys_are_new": copies("key"),
    "free_text_is_new": copies("remark"),
    "single_values_stay_inside": copies("ratio"),
    "same_seed_same_rows": changes(_unseeded),
    "nothing_global_changes": changes(_global_noise),
    "fit_returns_the_model": made(fit=lambda self, table, *, rng, progress=silent: None),
    "input_is_untouched": made(fit=_spoils_input),
    "progress_only_grows": made(fit=_falls),
    "card_is_complete": made(card=replace(Marginals.card, cost="")),
    "not_fitted_is_said": made(_fitted=lambda self: self._encoder),
    "files_hold_no_code": made(save=_pickles),
    "altered_files_are_refused": made(load=classmethod(lambda cls, folder: cls())),
    "keeps_the_protocol": made(name="two words"),
    "any_number_of_rows": made(sample=lambda self, n, *, rng: Marginals.sample(self, max(n, 1), rng=rng)),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_model_fails_the_check_that_names_its_fault(name):
    with pytest.raises(AssertionError, match=f"^{name}: .+ \\(promised: "):
        dict(synthesizer_checks(BROKEN[name]))[name]()


def test_warning_filters_and_dates_are_looked_at_too():
    with warnings.catch_warnings(), pytest.raises(AssertionError, match="warning filters"):
        dict(synthesizer_checks(changes(_warned)))["nothing_global_changes"]()
    with pytest.raises(AssertionError, match="'since' holds days"):
        dict(synthesizer_checks(changes(_later)))["resolution_is_kept"]()


def test_all_faults_are_told_at_once():
    everything = dict(synthesizer_checks(Marginals))
    kept = {"keys_are_new", "free_text_is_new", "card_is_complete"}
    broken = copies("key")
    broken.card = replace(Marginals.card, cost="")
    with pytest.raises(AssertionError) as caught:
        check_synthesizer(broken, skip=set(everything) - kept)
    lines = str(caught.value).splitlines()
    assert lines[0] == "model 'marginals' fails 2 of 3 checks"
    assert {line.strip().split(":")[0] for line in lines[1:]} == {"keys_are_new", "card_is_complete"}


def test_a_wrong_name_in_skip_is_named():
    with pytest.raises(UnknownName, match="keys_are_knew") as caught:
        check_synthesizer(Marginals, skip=["keys_are_knew"])
    assert "keys_are_new" in caught.value.hint


def test_a_class_that_no_other_process_can_import_is_told_so():
    class Local(Marginals):
        pass

    with pytest.raises(AssertionError, match="skip this check"):
        dict(synthesizer_checks(Local))["same_rows_in_a_fresh_process"]()


def test_an_encoder_that_keeps_rare_categories_fails(monkeypatch):
    whole = Levels.learn.__func__
    monkeypatch.setattr(Levels, "learn", classmethod(lambda cls, cells, *, protect: whole(cls, cells, protect=False)))
    with pytest.raises(AssertionError, match="rare_categories_are_spread"):
        check_encoder(Encoder)


def weighs(change):
    """The metric `shape` with changed scores."""
    shape = base.get("shape")

    class Metric:
        name, family, label, question = shape.name, shape.family, shape.label, shape.question

        def __call__(self, real, synthetic, *, rng):
            return change(list(shape(real, synthetic, rng=rng)), rng)

    return Metric()


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("scores_are_complete", lambda s, _: s[1:]),
        ("scores_are_complete", lambda s, _: [replace(s[0], ci=None), *s[1:]]),
        ("scores_are_consistent", lambda s, _: [replace(s[0], value=2.0), *s[1:]]),
        ("scores_are_consistent", lambda s, _: [*s, replace(s[0], subject=("x",), value=float("nan"), ci=None)]),
        (
            "same_seed_same_scores",
            lambda s, _: [replace(s[0], value=float(np.random.default_rng().random()), ci=(0, 1))],
        ),
        ("real_rows_are_at_the_floor", lambda s, _: [replace(s[0], value=0.5, ci=(0.49, 0.51))]),
    ],
)
def test_a_broken_metric_fails(name, change):
    with pytest.raises(AssertionError, match=f"^{name}: "):
        dict(metric_checks(weighs(change)))[name]()


@pytest.mark.parametrize("name", base.names())
def test_every_registered_metric_keeps_its_promises(name):
    check_metric(base.get(name))


def test_the_table_of_the_checks_is_as_described():
    table = mixed()
    assert {c.kind for c in table.schema} == {"numeric", "integer", "categorical", "boolean", "datetime", "id", "text"}
    assert (table.frame["income"] == 0).mean() > 0.1
    assert set(table.frame["job"].value_counts().loc[lambda c: c < 5].index) == {"abbess", "bishop", "consul", "druid"}
    assert (table.frame["status"] == "rare").sum() == 8
    assert table.digest() == mixed().digest() != mixed(seed=1).digest()
