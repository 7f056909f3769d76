"""Walks through the latent space of a model: between two rows, and along one attribute."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from synthkit.errors import ConfigError

if TYPE_CHECKING:
    from synthkit.data.table import Table
    from synthkit.models.base import Latent

__all__ = ["direction", "interpolate", "move"]


def interpolate(model: Latent, ends: Table, steps: int, *, rng: np.random.Generator | None = None) -> Table:
    """`steps` rows on the straight line between the latent points of two rows, both ends included.

    Args:
        model: with a latent space.
        ends: two rows.
        steps: at least 2.
        rng: draws a row at each point; the most likely one without.

    Raises:
        ConfigError: not two rows, or fewer than two steps.
    """
    if len(ends) != 2 or steps < 2:
        raise ConfigError("a walk needs two rows and at least two steps")
    first, last = model.encode(ends)
    share = np.linspace(0, 1, steps)[:, None]
    return model.decode((1 - share) * first + share * last, rng=rng)


def direction(model: Latent, table: Table, column: str, value: str | None = None) -> np.ndarray:
    """(d,) the way in which latent points change with an attribute, from rows that vary in it.

    For a number: the slope of the points on it, for one standard deviation. For a category: from the mean of the rows
    without `value` to the mean of those with it.

    Args:
        model: with a latent space.
        table: rows to learn the way from.
        column: the attribute.
        value: of a categorical column.

    Raises:
        UnknownName: no such column.
        ConfigError: a number with a value, a category without, a key or text, or rows that do not vary.
    """
    kind = table.schema[column]
    cells, points = table.frame[column], model.encode(table)
    if kind.is_discrete:
        if value is None:
            raise ConfigError(f"column {column!r} is {kind.kind}: name the value to move towards")
        held = (cells == value).to_numpy(bool, na_value=False)
        if held.all() or not held.any():
            raise ConfigError(f"rows with and without the value are needed in column {column!r}")
        return np.asarray(points[held].mean(axis=0) - points[~held].mean(axis=0))
    if not kind.is_number or value is not None:
        raise ConfigError(f"column {column!r} is {kind.kind}: only numbers have a direction without a value")
    numbers = cells.astype("int64") if kind.kind == "datetime" else cells
    x = numbers.to_numpy(float, na_value=np.nan)
    filled = np.isfinite(x)
    spread = float(np.std(x[filled])) if filled.any() else 0.0
    if spread == 0:
        raise ConfigError(f"column {column!r} does not vary in these rows")
    x = (x[filled] - x[filled].mean()) / spread
    return np.asarray(x @ points[filled] / len(x))


def move(model: Latent, rows: Table, way: np.ndarray, by: float, *, rng: np.random.Generator | None = None) -> Table:
    """Rows moved `by` times a direction in the latent space.

    Args:
        model: with a latent space.
        rows: to move.
        way: of `direction`.
        by: how far; 1 is one standard deviation of a number, or from one mean to the other of a category.
        rng: draws a row at each point; the most likely one without.
    """
    return model.decode(model.encode(rows) + by * way, rng=rng)
