"""Panels with attributes: `sequences` and `par` beside sdv's PARSynthesizer, judged on entities that none saw.

Both PARs are given their default, 128 epochs. sdv's gets the steps of time as a column of numbers and not as its
sequence index, since with one it makes repeated and falling times that are no series; steps below one are raised to
one. On an even calendar the rows follow each other from the first position.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from synthkit.data import catalog, io
from synthkit.data.panel import Panel
from synthkit.data.panel_split import split_panel
from synthkit.data.series import to_panel
from synthkit.metrics.base import PanelReference
from synthkit.models import registry
from synthkit.models.base import Plan
from synthkit.scorecard import score_series

SETS = {
    "sleepstudy": ("panel_sleepstudy", "Days", "Subject"),
    "pbcseq": ("panel_pbcseq", "day", "id"),
    "wage_panel": ("panel_wage_panel", "year", "nr"),
}
"""Name -> folder, time, entity."""
EPOCHS = 128


def run(say: Callable[[str], None]) -> dict[str, Any]:
    """All sets, both models, one seed.

    Raises:
        ReadError: the data are not on this machine.
    """
    rows = []
    for name, (folder, when, who) in SETS.items():
        panel = to_panel(io.read_table(catalog.path(folder), time=when, entity=who))
        parts = split_panel(panel, share=0.3, seed=0, how="entity")
        reference = PanelReference(parts.train, parts.holdout, seed=0)
        for model, make in (("sequences", _ours("sequences")), ("par", _ours("par")), ("sdv's PAR", _sdv)):
            begun = time.perf_counter()
            made = make(parts.train)
            seconds = time.perf_counter() - begun
            found = score_series(reference, made).headlines
            scores = {s.metric: {"value": s.value, "floor": s.floor} for s in found}
            rows.append({"set": name, "model": model, "seconds": seconds, "scores": scores} | _figures(made))
            say(f"panels {name} {model}: {seconds:.1f} s, " + " ".join(f"{s.metric} {s.value:.3f}" for s in found))
        rows.append({"set": name, "model": "real, held out"} | _figures(parts.holdout))
    return {"rows": rows, "epochs": EPOCHS, "held_out": 0.3, "seeds": [0]}


def _ours(name: str) -> Callable[[Panel], Panel]:
    def make(train: Panel) -> Panel:
        fitted = registry.simulator(name)().fit(train, rng=np.random.default_rng([1, 0]))
        return fitted.simulate(Plan("new-entity", paths=len(train)), rng=np.random.default_rng([2, 0]))

    return make


def _sdv(train: Panel) -> Panel:
    import torch
    from sdv.metadata import Metadata
    from sdv.sequential import PARSynthesizer

    roles = train.roles
    assert roles.entity is not None
    kept = [roles.entity, *roles.static, *roles.marks, *roles.values]
    frame = pd.DataFrame({name: train.table.frame[name].astype(object) for name in kept})
    numbers = [n for n in kept[1:] if train.schema[n].kind in ("numeric", "integer")]
    for name in numbers:
        frame[name] = pd.to_numeric(frame[name]).astype(float)
    columns = {n: {"sdtype": "numerical" if n in numbers else "categorical"} for n in kept[1:]}
    if not train.grid.regular:
        times = pd.to_numeric(train.table.frame[roles.time[0]]).astype(float)
        frame["step"] = times.groupby(frame[roles.entity].to_numpy()).diff().fillna(1.0)
        columns["step"] = {"sdtype": "numerical"}
    columns[roles.entity] = {"sdtype": "id"}
    frame[roles.entity] = frame[roles.entity].astype(str)
    table = {"columns": columns, "sequence_key": roles.entity}
    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        metadata = Metadata.load_from_dict({"tables": {"panel": table}, "METADATA_SPEC_VERSION": "V1"})
        model = PARSynthesizer(metadata, context_columns=list(roles.static), epochs=EPOCHS, cuda=False)
        model.fit({"panel": frame})
        found = model.sample_sequences(len(train))
    return _rebuilt(found["panel"], train)


def _rebuilt(made: pd.DataFrame, train: Panel) -> Panel:
    """PAR's rows on the calendar of the data."""
    entity, when = train.roles.entity, train.roles.time[0]
    whose = made[entity].to_numpy()
    if train.grid.regular:
        first = float(pd.to_numeric(train.table.frame[when]).min())
        moments = first + made.groupby(whose).cumcount()
    else:
        steps = made.pop("step").round().clip(lower=1.0)
        moments = steps.groupby(whose).cumsum() - steps.groupby(whose).transform("first")
    made[when] = moments.astype(int)
    made = made[list(train.schema.names)]
    return to_panel(io.to_table(made, schema=train.schema), like=train)


def _figures(panel: Panel) -> dict[str, Any]:
    """Mean length, and how much of each channel carries over from row to row and belongs to the entity."""
    lengths = [len(s) for s in panel]
    lag, between = {}, {}
    for at, name in enumerate(panel.roles.values):
        series = [s.values[:, at] for s in panel]
        pairs = np.concatenate([np.column_stack([v[:-1], v[1:]]) for v in series])
        pairs = pairs[np.isfinite(pairs).all(axis=1)]
        lag[name] = float(np.corrcoef(pairs.T)[0, 1]) if len(pairs) > 2 and pairs.std(axis=0).min() > 0 else None
        held = [v[np.isfinite(v)] for v in series]
        inner = [v.var(ddof=1) for v in held if len(v) > 2]
        total = np.concatenate(held).var()
        between[name] = float(1 - np.mean(inner) / total) if inner and total > 0 else None
    return {"length": float(np.mean(lengths)), "lag_1": lag, "between": between}
