"""How a model behaves: its card, its arguments, its randomness, what it leaves alone."""

from __future__ import annotations

import os
import random
import sys
import tempfile
import warnings
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from synthkit.errors import NotFitted
from synthkit.models.base import Synthesizer
from synthkit.models.card import Card
from synthkit.testing._bench import Bench
from synthkit.testing._run import refused, require
from synthkit.testing._tables import mixed

__all__ = ["CHECKS", "card_is_complete", "globals_now"]


def keeps_the_protocol(bench: Bench) -> None:
    """It has a name, a card, and fit, sample, save and load."""
    model = bench.make()
    require(isinstance(model, Synthesizer), "something of the protocol Synthesizer is missing")
    require(isinstance(model.name, str) and model.name.isidentifier(), f"the name {model.name!r} is not an identifier")


def card_is_complete(bench: Bench) -> None:
    """Every field of the card is filled in, and the rung is a whole number."""
    card = bench.make().card
    require(isinstance(card, Card), "card is not a synthkit.models.card.Card")
    for field in fields(Card):
        value = getattr(card, field.name)
        if field.name == "rung":
            require(isinstance(value, int), f"rung is {value!r}, not a whole number")
        elif field.name == "references":
            require(isinstance(value, tuple) and all(value), "references has to be a tuple of non-empty strings")
        else:
            require(isinstance(value, str) and value.strip(), f"card field '{field.name}' is empty")


def not_fitted_is_said(bench: Bench) -> None:
    """Sample and save before fit raise NotFitted, and write nothing."""
    refused(lambda: bench.draw(bench.make(), 1), NotFitted, "sample before fit")
    with tempfile.TemporaryDirectory() as folder:
        refused(lambda: bench.make().save(Path(folder) / "model"), NotFitted, "save before fit")
        require(not any(Path(folder).rglob("*.*")), "save before fit left files behind")


def fit_returns_the_model(bench: Bench) -> None:
    """Fit returns the model itself."""
    model = bench.make()
    require(model.fit(mixed(60), rng=np.random.default_rng(0)) is model, "fit returned something else")


def input_is_untouched(bench: Bench) -> None:
    """Neither fit nor sample changes the table or its schema."""
    table = mixed(120)
    before, schema, types = table.digest(), table.schema.to_toml(), list(table.frame.dtypes)
    bench.draw(bench.fit(table), 30)
    require(table.digest() == before, "cells of the table changed")
    require(table.schema.to_toml() == schema, "the schema changed")
    require(list(table.frame.dtypes) == types, "types of the frame changed")


def same_seed_same_rows(bench: Bench) -> None:
    """The same generator gives the same rows, from the same model and from one fitted again alike."""
    one, two = bench.small, bench.fit(mixed(120))
    rows = bench.draw(one, 100)
    require(rows.frame.equals(bench.draw(one, 100).frame), "a second sample with the same seed differs")
    require(rows.frame.equals(bench.draw(two, 100).frame), "two fits with the same seed give different rows")


def other_seed_other_rows(bench: Bench) -> None:
    """Another generator gives other rows."""
    other = bench.draw(bench.model, len(bench.rows), seed=1)
    require(not bench.rows.frame.equals(other.frame), "rows do not depend on the generator")


def fit_twice_is_fit_once(bench: Bench) -> None:
    """A second fit forgets the first."""
    again = bench.fit(mixed(150, seed=9)).fit(mixed(120), rng=np.random.default_rng([1, 0]))
    require(
        bench.draw(again, 80).frame.equals(bench.draw(bench.small, 80).frame),
        "a model that was fitted before on another table gives other rows than a fresh one",
    )


def sampling_leaves_the_model_alone(bench: Bench) -> None:
    """A sample does not depend on the samples before it."""
    before = bench.draw(bench.model, 40, seed=3)
    bench.draw(bench.model, 70, seed=4)
    require(before.frame.equals(bench.draw(bench.model, 40, seed=3).frame), "sampling changed the model")


def any_number_of_rows(bench: Bench) -> None:
    """0 rows, 1 row and many more than it was fitted on, each with the schema and types of the table."""
    for n in (0, 1, 5000):
        rows = bench.draw(bench.model, n)
        require(len(rows) == n, f"{len(rows)} rows were given where {n} were asked for")
        require(rows.schema == bench.table.schema, f"the schema changed in a sample of {n} rows")
        require(list(rows.frame.dtypes) == list(bench.table.frame.dtypes), f"types changed in a sample of {n} rows")


def progress_only_grows(bench: Bench) -> None:
    """Progress is between 0 and 1, never falls within a stage, and ends at 1."""
    told: dict[str, list[float]] = {}
    bench.fit(mixed(120), progress=lambda stage, done, _="": told.setdefault(stage, []).append(done))
    require(told, "fit tells no progress")
    for stage, done in told.items():
        require(all(0 <= d <= 1 for d in done), f"progress of stage '{stage}' leaves 0..1")
        require(done == sorted(done), f"progress of stage '{stage}' falls")
    require(max(d[-1] for d in told.values()) == 1.0, "progress does not end at 1")


def nothing_global_changes(bench: Bench) -> None:
    """Global random states, warning filters, the environment, the folder and thread limits stay as they were."""
    bench.draw(bench.model, 1)  # what imports change on their first run is not the model's doing
    with warnings.catch_warnings():
        warnings.resetwarnings()  # a filter that is there already would not be seen to be added
        before = globals_now()
        bench.draw(bench.fit(mixed(120)), 30)
        after = globals_now()
    for what, value in after.items():
        require(value == before[what], f"{what} changed")


def globals_now() -> dict[str, Any]:
    """What a model has to leave alone, as it is now."""
    from numpy.random import get_state  # read only: to see that nobody touched it
    from threadpoolctl import threadpool_info

    state: Any = get_state()  # noqa: NPY002
    found = {
        "numpy's global random state": (state[1].tolist(), *state[2:]),
        "Python's global random state": random.getstate(),
        "the warning filters": list(warnings.filters),
        "the environment": dict(os.environ),
        "the working folder": Path.cwd(),
        "a thread limit": sorted((str(p["filepath"]), int(p["num_threads"])) for p in threadpool_info()),
        "numpy's error state": np.geterr(),
    }
    if torch := sys.modules.get("torch"):
        found["torch's global random state"] = torch.get_rng_state().tolist()
        found["torch's number of threads"] = torch.get_num_threads()
    return found


CHECKS = (
    keeps_the_protocol,
    card_is_complete,
    not_fitted_is_said,
    fit_returns_the_model,
    input_is_untouched,
    same_seed_same_rows,
    other_seed_other_rows,
    fit_twice_is_fit_once,
    sampling_leaves_the_model_alone,
    any_number_of_rows,
    progress_only_grows,
    nothing_global_changes,
)
