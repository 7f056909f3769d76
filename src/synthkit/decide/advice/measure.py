"""The rows in figures: what a table or a panel shows before anything is fitted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from synthkit.data.frequency import spoken
from synthkit.data.panel import Panel

if TYPE_CHECKING:
    import pandas as pd

    from synthkit.data.schema import Column
    from synthkit.data.table import Table
    from synthkit.decide.advice.facts import Facts

    Numbers = np.ndarray[Any, np.dtype[np.float64]]
    Codes = np.ndarray[Any, np.dtype[np.int64]]

__all__ = ["measured"]

ROWS = 4_000
"""Rows that are looked at, evenly spread: enough for a correlation to within 0.03."""
COLUMNS = 60
"""Columns that are compared in pairs."""
SERIES = 30
"""Series that are looked at, evenly spread."""
PARTS = 4
"""Equal parts that numbers are cut into, for the strength of a relation: each then has enough rows."""


def measured(source: Table | Panel, facts: Facts) -> Facts:
    """The facts with what the rows show; the number of rows and the kind of data are no longer assumed."""
    found = _panel(source) if isinstance(source, Panel) else _table(source)
    known = tuple(name for name in facts.assumed if name not in ("rows", "data"))
    return replace(facts, **found, measured=True, assumed=known)


def _table(table: Table) -> dict[str, Any]:
    schema, frame = table.schema, table.frame
    modelled = [c for c in schema if c.is_modelled]
    step = max(len(table) // ROWS, 1)
    few = frame.iloc[::step]
    numbers = [c for c in modelled if c.kind in ("numeric", "integer")]
    levels = [frame[c.name].nunique() for c in modelled if c.kind == "categorical"]
    kept = modelled[:COLUMNS]
    keys = sum(not c.is_modelled for c in schema)
    return {
        "data": "tabular",
        "rows": len(table),
        "columns": len(schema),
        "numbers": len(numbers),
        "categories": sum(c.is_discrete for c in modelled),
        "dates": sum(c.kind == "datetime" for c in modelled),
        "keys": keys,
        "levels": max(levels, default=0),
        "missing": float(frame.isna().to_numpy().mean()) if len(schema) else 0.0,
        "smooth": sum(_is_smooth(few[c.name]) for c in numbers),
        "related": _related([_parts(few[c.name], c) for c in kept]),
        "determined": _determined(few, numbers),
        "personal": keys > 0 or schema.entity is not None,
        **_target(table),
    }


def _target(table: Table) -> dict[str, Any]:
    name = table.schema.target
    if name is None:
        return {}
    if not table.schema[name].is_discrete:
        return {"target": name}
    shares = table.frame[name].value_counts(normalize=True)
    return {"target": name, "classes": len(shares), "rarest": float(shares.min()) if len(shares) else 0.0}


def _is_smooth(cells: pd.Series) -> bool:
    filled = cells.dropna()
    return len(filled) > 0 and filled.nunique() > len(filled) / 2


def _parts(cells: pd.Series, column: Column) -> Codes:
    """A column as a few whole numbers: quarters of a number or date, the levels of a category; missing is its own."""
    import pandas as pd

    if column.is_discrete:
        codes = pd.factorize(cells)[0]
        top = np.argsort(-np.bincount(codes[codes >= 0], minlength=1))[:20]  # rarer levels are one
        return np.where(codes < 0, 0, np.where(np.isin(codes, top), codes + 2, 1)).astype(np.int64)
    values = cells.astype("int64") if column.kind == "datetime" and not cells.isna().any() else cells
    if column.kind == "datetime" and cells.isna().any():
        values = cells.map(lambda stamp: np.nan if pd.isna(stamp) else stamp.value)
    ranks = values.astype("float64").rank(pct=True).to_numpy()
    return np.where(np.isnan(ranks), 0, np.ceil(np.nan_to_num(ranks) * PARTS)).astype(np.int64)


def _related(columns: list[Codes]) -> float:
    """The strongest relation of each column, averaged."""
    if len(columns) < 2:
        return 0.0
    strength = np.zeros((len(columns), len(columns)))
    dense = [np.unique(column, return_inverse=True)[1] for column in columns]
    for i, one in enumerate(dense):
        for j in range(i):
            strength[i, j] = strength[j, i] = _association(one, dense[j])
    return float(strength.max(axis=1).mean())


def _association(one: Codes, two: Codes) -> float:
    """Cramér's V with its bias taken off (Bergsma 2013)."""
    rows, r, k = len(one), int(one.max()) + 1, int(two.max()) + 1
    if min(r, k) < 2 or rows < 2:
        return 0.0
    counts = np.bincount(one * k + two, minlength=r * k).reshape(r, k).astype(float)
    expected = np.outer(counts.sum(1), counts.sum(0)) / rows
    phi = float(((counts - expected) ** 2 / expected).sum()) / rows
    phi = max(phi - (r - 1) * (k - 1) / (rows - 1), 0.0)
    least = min(r - (r - 1) ** 2 / (rows - 1), k - (k - 1) ** 2 / (rows - 1)) - 1
    return float(min(np.sqrt(phi / least), 1.0)) if least > 0 else 0.0


def _determined(frame: pd.DataFrame, numbers: list[Column]) -> int:
    """Number columns of which a straight line through the others leaves less than a thousandth."""
    if len(numbers) < 2:
        return 0
    values = frame[[c.name for c in numbers[:COLUMNS]]].astype("float64").dropna().to_numpy()
    values = values[:, values.std(axis=0) > 0] if len(values) else values
    if values.shape[1] < 2 or len(values) < 5 * values.shape[1]:
        return 0
    scaled = (values - values.mean(axis=0)) / values.std(axis=0)
    correlation = np.corrcoef(scaled, rowvar=False) + 1e-9 * np.eye(scaled.shape[1])
    left = 1 / np.diag(np.linalg.inv(correlation))  # 1 - R² of each column on all others
    return int((left < 1e-3).sum())


# ------------------------------------------------------------------------------------------------------------- series


def _panel(panel: Panel) -> dict[str, Any]:
    lengths = [len(s) for s in panel]
    length = int(np.median(lengths)) if lengths else 0
    seasons = tuple(m for m in panel.grid.seasons if 2 * m <= length)
    season = max(seasons, default=0)
    many = len(panel.entities)
    cells = [s.values for s in panel]
    traits = [t for s in panel.series[:: max(len(panel) // SERIES, 1)] for t in _traits(s.values, season)]
    means = np.mean(traits, axis=0) if traits else np.zeros(3)
    return {
        "data": "panel" if many > 1 else "time-series",
        "rows": panel.points,
        "columns": len(panel.schema),
        "numbers": len(panel.roles.values),
        "missing": float(np.mean([np.isnan(c).mean() for c in cells if c.size])) if any(c.size for c in cells) else 0.0,
        "personal": False,
        "series": len(panel),
        "entities": many if many > 1 else 0,
        "length": length,
        "channels": len(panel.roles.values),
        "marks": len(panel.roles.marks),
        "exog": len(panel.roles.exog),
        "frequency": spoken(panel.grid.step),
        "seasons": seasons,
        "season": season,
        "rounds": length / season if season else 0.0,
        "irregular": not panel.grid.regular,
        "season_strength": float(means[0]),
        "memory": float(means[1]),
        "wandering": float(means[2]),
    }


def _traits(values: Numbers, season: int) -> list[tuple[float, float, float]]:
    """Of each channel: strength of the season, memory of the steps, and of the level."""
    found = []
    for channel in values.T:
        y = channel[~np.isnan(channel)]
        if len(y) < 8 or y.std() == 0:
            continue
        strength, y = _deseasoned(y, season) if season and len(y) >= 2 * season else (0.0, y)
        found.append((strength, _lag_one(np.diff(y)), _lag_one(y)))
    return found


def _deseasoned(y: Numbers, season: int) -> tuple[float, Numbers]:
    """Share of the variance about a moving average that the season's means explain, and the series without them."""
    kernel = np.ones(season) / season
    padded = np.pad(y, (season // 2, season - 1 - season // 2), mode="edge")
    rest = y - np.convolve(padded, kernel, mode="valid")
    phase = np.arange(len(y)) % season
    means = np.bincount(phase, rest, season) / np.bincount(phase, minlength=season)
    left = rest - means[phase]
    rounds = len(y) / season
    chance = 1 / rounds  # what means of pure noise would explain
    explained = 1 - left.var() / rest.var() if rest.var() > 0 else 0.0
    return float(np.clip((explained - chance) / (1 - chance), 0, 1)), y - means[phase]


def _lag_one(y: Numbers) -> float:
    y = y - y.mean()
    power = float(y @ y)
    return float(y[1:] @ y[:-1]) / power if power > 0 else 0.0
