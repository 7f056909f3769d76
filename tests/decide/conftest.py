"""Toy models that the ladder can climb, and toy scores."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from synthkit.data.table import Table
from synthkit.errors import InputError
from synthkit.metrics.base import Reference
from synthkit.models import registry
from synthkit.models.tabular.marginals import Marginals
from synthkit.testing._tables import linked


def toy(name, rung, *, sample=None, fit=None):
    """A model class: Marginals under another name, with another sample or fit."""
    body = {"name": name, "card": replace(Marginals.card, rung=rung, family=f"toy {name}")}
    if sample:
        body["sample"] = sample
    if fit:
        body["fit"] = fit
    return type(name.capitalize(), (Marginals,), body)


def faithful(self, n, *, rng):
    """Fresh rows of the real law: a perfect model."""
    return linked(n, seed=int(rng.integers(1000, 10**6)))


def shuffled(self, n, *, rng):
    """The rows of the perfect model, their columns torn apart a little."""
    table = linked(n, seed=int(rng.integers(1000, 10**6)))
    frame = table.frame.copy()
    rows = rng.permutation(n)[: n // 2]
    frame.loc[np.sort(rows), "group"] = frame["group"].to_numpy()[rows]
    return Table(frame, table.schema)


def fails_in_fit(self, table, *, rng, progress=None):
    return {"a": 1}[table.frame["group"].iloc[0] + " Mr. Secret"]


def fails_with_a_hint(self, table, *, rng, progress=None):
    raise InputError("two rows are too few", hint="bring more")


@pytest.fixture
def models(monkeypatch):
    """Registers toy models in the place of all others."""

    def register(*classes):
        found = {c.name: c for c in classes}
        monkeypatch.setattr(registry, "names", lambda: tuple(sorted(found)))
        monkeypatch.setattr(registry, "get", lambda name: found[name])

    return register


@pytest.fixture(scope="session")
def reference() -> Reference:
    return Reference(linked(1200, 1), linked(800, 2), 0)
