"""No key and no text of a row held back comes out, though no model ever saw it."""

from __future__ import annotations

import numpy as np
import pytest

from synthkit.data.schema import Column
from synthkit.decide._renew import renewed
from synthkit.models.tabular.marginals import Marginals
from synthkit.testing._tables import build


def keyed(keys, notes):
    return build(
        {Column("key", "id"): list(keys), Column("note", "text"): list(notes), Column("n", "integer"): [1] * len(keys)}
    )


@pytest.mark.parametrize("shape", ["counting", "short pattern", "full pattern"])
def test_clashes_are_drawn_again(shape):
    rng = np.random.default_rng(0)
    keys = {
        "counting": [str(k) for k in range(1, 901)],
        "short pattern": [f"A{k:03d}" for k in rng.permutation(1000)[:900]],
        "full pattern": [f"A{k:03d}" for k in range(1000)][:900],
    }[shape]
    notes = [f"{a}{b}" for a in "bcdfg" for b in "aeiou"] * 36
    train, holdout = keyed(keys[:500], notes[:500]), keyed(keys[500:], [None] * 20 + notes[520:900])
    model = Marginals().fit(train, rng=np.random.default_rng(1))
    made = model.sample(300, rng=np.random.default_rng(2))
    found = renewed(made, model, holdout, rng=np.random.default_rng(3))
    assert not found.frame["key"].isin(holdout.frame["key"]).any()
    assert not found.frame["note"].dropna().isin(holdout.frame["note"]).any()
    assert not found.frame["key"].isin(train.frame["key"]).any()
    assert found.frame["key"].is_unique
    assert found.frame["n"].equals(made.frame["n"])
    kept = ~made.frame["key"].isin(holdout.frame["key"])
    assert (found.frame["key"][kept] == made.frame["key"][kept]).all()


def test_without_a_clash_nothing_is_drawn():
    table, other = keyed(["x1", "x2"], ["p", "q"]), keyed(["y1", "y2"], ["r", None])
    assert renewed(table, None, other, rng=np.random.default_rng(0)) is table
