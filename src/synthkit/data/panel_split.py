"""Keep a part of a panel back before anything is learned: whole entities, or the end of each series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from synthkit import rng as rng_
from synthkit.data.panel import Panel, Series
from synthkit.errors import ConfigError, InputError

__all__ = ["JUDGED", "MANY", "MIN_BLOCK", "Cut", "PanelSplit", "split_panel"]

Cut = Literal["auto", "time", "entity"]

MANY: Final = 20
"""Entities from which on some of them stand for the others."""

JUDGED: Final = 500
"""Entities that are split, at most: of more, so many are drawn and stand for all. What compares series with series
takes time by the square of their number, and a hundred held back give intervals that are narrow enough."""

MIN_BLOCK: Final = 8
"""Rows that a block held back should have: fewer say nothing about how a series moves."""

_LEAST: Final = 4  # rows on either side of a cut, below which a series stays whole


@dataclass(frozen=True, slots=True)
class PanelSplit:
    """Series to learn from and series that no model sees.

    Args:
        train: to learn from.
        holdout: to judge against; cut by time, its rows follow those of `train`, position by position.
        judged: how many entities the two parts have.
        of: how many the panel has.
        how: time | entity.
        seed: that drew the entities.
        digest: SHA-256 of the holdout's rows, for the record.
    """

    train: Panel
    holdout: Panel
    judged: int
    of: int
    how: str
    seed: int
    digest: str


def split_panel(panel: Panel, *, share: float = 0.2, seed: int, how: Cut = "auto") -> PanelSplit:
    """Draw a holdout: of all entities, or of those drawn to stand for them where there are more than `JUDGED`.

    Args:
        panel: real series.
        share: of the entities, or of the rows of each series, to hold back.
        seed: the same seed draws the same entities.
        how: "entity" (no entity on both sides), "time" (the last rows of each series: about that share, if possible at
            least a season or 8 rows, at most half, and two seasons left; a series of fewer than 8 rows stays whole on
            the training side), or "auto": by entity where there are 20 or more, by time else.

    Raises:
        InputError: too few entities, or too short.
        ConfigError: a share or a way that makes no sense.

    >>> import pandas as pd
    >>> from synthkit.data import io
    >>> from synthkit.data.series import to_panel
    >>> months = pd.date_range("2020-01-01", periods=60, freq="MS")
    >>> sold = io.to_table(pd.DataFrame({"month": months, "sold": months.month * 7 % 11}))
    >>> parts = split_panel(to_panel(sold), seed=1)
    >>> parts.how, parts.train.points, parts.holdout.points, parts.holdout.series[0].start
    ('time', 48, 12, 48)
    """
    if not 0 < share < 1:
        raise ConfigError(f"a holdout share of {share} makes no sense", hint="choose one between 0 and 1, such as 0.2")
    if how not in get_args(Cut):
        raise ConfigError(f"cannot split by {how!r}", hint="known: " + ", ".join(get_args(Cut)))
    of = len(panel.entities)
    some = panel if of <= JUDGED else _drawn(panel, seed)
    way = how if how != "auto" else "entity" if of >= MANY else "time"
    train, holdout = _by_entity(some, share, seed) if way == "entity" else _by_time(some, share)
    return PanelSplit(train, holdout, min(of, JUDGED), of, way, seed, holdout.table.digest())


def _drawn(panel: Panel, seed: int) -> Panel:
    """As many entities as are judged."""
    entities = panel.entities
    drawn = rng_.stream(seed, "judged", "panel").permutation(len(entities))[:JUDGED]
    return panel.only(frozenset(entities[i] for i in drawn.tolist()))


def _by_entity(panel: Panel, share: float, seed: int) -> tuple[Panel, Panel]:
    entities = panel.entities
    size = min(max(round(len(entities) * share), 1), len(entities) - 1)
    if size < 1:
        raise InputError(
            "one entity cannot be held back from itself", hint="split by time, or name the column of the entity"
        )
    drawn = rng_.stream(seed, "split", "panel").permutation(len(entities))[:size]
    held = frozenset(entities[i] for i in drawn.tolist())
    return panel.only(frozenset(entities) - held), panel.only(held)


def _by_time(panel: Panel, share: float) -> tuple[Panel, Panel]:
    season = panel.grid.seasons[0] if panel.grid.seasons else 0
    early: list[Series] = []
    late: list[Series] = []
    for series in panel:
        rows = _block(len(series), share, season)
        early.append(series.cut(0, len(series) - rows))
        if rows:
            late.append(series.cut(len(series) - rows))
    if not late:
        longest = max((len(s) for s in panel), default=0)
        raise InputError(
            f"series of at most {longest} rows are too short to hold the end of each back",
            hint=f"at least {2 * _LEAST} rows are needed; or split by entity",
        )
    return panel.of(early), panel.of(late)


def _block(rows: int, share: float, season: int) -> int:
    """Rows to hold back at the end of a series.

    >>> [_block(n, 0.2, 12) for n in (144, 60, 30, 20, 7)]
    [29, 12, 8, 8, 0]
    """
    if rows < 2 * _LEAST:
        return 0
    size = max(round(rows * share), season or MIN_BLOCK)
    if rows - size < 2 * season:
        size = max(rows - 2 * season, MIN_BLOCK)
    return min(size, rows // 2)
