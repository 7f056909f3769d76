"""One column of two sets of rows in the same bins: exact quantiles of rows at hand, or the bins that a record keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.schema import Column
    from synthkit.metrics._codes import Coded

    Whole = NDArray[np.int64]

__all__ = ["Counts", "of_profile", "of_rows"]

DECILES: Final = 10
FINE: Final = 50
"""Bins for the gap of distribution functions; the index is taken on about ten of them."""
LEVELS: Final = 20
"""Categories that the index keeps apart; the others, and those never seen, are one bin."""
FEW: Final = 5
"""Real rows that share what a picture shows, at least."""


@dataclass(frozen=True)
class Counts:
    """Rows a bin.

    Args:
        column, kind: of the schema.
        ordered: whether the bins follow one another (numbers and dates).
        base: (bins + 1,) of the baseline; the last is missing cells.
        new: (bins + 1,) of the new rows.
        picture: for a chart, or None.
    """

    column: str
    kind: str
    ordered: bool
    base: Whole
    new: Whole
    picture: dict[str, Any] | None = None

    def coarse(self, counts: Whole) -> Whole:
        """About ten bins, each with a tenth of the filled baseline or more, and missing cells; in the last axis."""
        starts = self._starts
        cut = np.add.reduceat(counts[..., :-1], starts, axis=-1)
        both = np.concatenate([cut, counts[..., -1:]], axis=-1)
        there = np.add.reduceat((self.base + self.new)[:-1], starts) > 0
        return np.asarray(both[..., np.append(there, self.base[-1] + self.new[-1] > 0)])

    @property
    def _starts(self) -> list[int]:
        filled = self.base[:-1]
        if not self.ordered:
            return list(range(len(filled)))
        starts, held, wanted = [0], 0, 0.999 * filled.sum() / DECILES
        for place, count in enumerate(filled[:-1], start=1):
            held += int(count)
            if held >= wanted and filled[place:].sum() >= wanted / 2:
                starts.append(place)
                held = 0
        return starts

    def distance(self, base: Whole, new: Whole) -> Any:  # noqa: ANN401 - a number, or one for each pair
        """KS of numbers, total variation of categories, over filled cells; in the last axis."""
        p, q = (side[..., :-1] / np.maximum(side[..., :-1].sum(axis=-1, keepdims=True), 1) for side in (base, new))
        if self.ordered:
            return np.abs(np.cumsum(p - q, axis=-1)).max(axis=-1)
        return np.abs(p - q).sum(axis=-1) / 2

    @staticmethod
    def missing(counts: Whole) -> float:
        """The share of missing cells."""
        return float(counts[-1] / max(int(counts.sum()), 1))


def of_rows(column: Column, base: Coded, new: Coded, picture: dict[str, Any] | None = None) -> Counts:
    """Both sides from rows at hand: quantiles of numbers, levels of categories.

    Args:
        column: of the schema.
        base: rows learned from.
        new: real rows that came since, coded alike.
        picture: for a chart.
    """
    name = column.name
    if column.is_number:
        filled = base.numbers[name][~base.missing[name]]
        cuts = np.unique(np.quantile(filled, np.arange(1, FINE) / FINE)) if len(filled) else np.empty(0)
        first, second = (_binned(side, name, cuts, "left") for side in (base, new))
    elif column.is_discrete:
        first, second = (_levels(side, name) for side in (base, new))
    else:
        first, second = (_filled(side, name) for side in (base, new))
    return Counts(name, column.kind, column.is_number, first, second, picture)


def of_profile(
    column: Column, new: Coded, profile: Mapping[str, Any] | None, places: Mapping[str, int], rows: int
) -> Counts:
    """The baseline from the shares that the record keeps, the new rows counted in its bins.

    Args:
        column: of the schema.
        new: real rows that came since.
        profile: what the scorecard keeps of the column, of all real rows then.
        places: category -> its code in `new`.
        rows: real rows at release.
    """
    name, profile = column.name, profile or {}
    gone = round(float((profile.get("missing") or {}).get("real") or 0.0) * rows)
    shares = np.asarray(profile.get("real") or (), dtype=float)
    if not len(shares):
        base = np.array([rows - gone, gone], np.int64)
        return Counts(name, column.kind, ordered=False, base=base, new=_filled(new, name))
    base = np.append(np.rint(shares * (rows - gone)), gone).astype(np.int64)
    if column.is_number:
        edges = np.array([_edge(e) for e in profile["edges"]])
        counts = _binned(new, name, edges[1:-1], "right")
        return Counts(name, column.kind, True, base, counts, _histogram(profile["edges"], base, counts))
    return _named(column, new, profile["levels"], places, base)


def _named(column: Column, new: Coded, levels: list[str], places: Mapping[str, int], base: Whole) -> Counts:
    """Categories by the names that the record keeps; all others are its last bin."""
    codes = new.codes[column.name]
    at = [places.get(level, -1) for level in levels]
    counts = np.array([int((codes == place).sum()) for place in at])
    rest = int((codes > 0).sum()) - int(counts.sum())
    missing = int((codes == 0).sum())
    if places.get(levels[-1], -1) < 0:  # the record's own "other"
        counts[-1] += rest
    else:
        base, counts = np.insert(base, -1, 0), np.append(counts, rest)
        levels = [*levels, "never seen then"]
    counts = np.append(counts, missing)
    return Counts(column.name, column.kind, False, base, counts, _bars(levels, base, counts))


def _edge(edge: object) -> float:
    if isinstance(edge, str):
        return float(np.datetime64(edge, "us").astype("int64"))
    return float(edge)  # type: ignore[arg-type]


def _binned(side: Coded, name: str, cuts: NDArray[np.float64], closed: Any) -> Whole:  # noqa: ANN401 - numpy's word
    gone = side.missing[name]
    places = np.searchsorted(cuts, side.numbers[name][~gone], side=closed)
    return np.append(np.bincount(places, minlength=len(cuts) + 1), int(gone.sum()))


def _levels(side: Coded, name: str) -> Whole:
    """The most frequent levels of the baseline, then all others with those it never had, then missing."""
    codes = side.codes[name]
    kept = min(side.known[name], LEVELS)
    counts = np.bincount(np.minimum(codes, kept + 1), minlength=kept + 2)
    return np.append(counts[1:], counts[0])


def _filled(side: Coded, name: str) -> Whole:
    gone = int(side.missing[name].sum())
    return np.array([side.rows - gone, gone], np.int64)


def _histogram(edges: list[Any], base: Whole, new: Whole) -> dict[str, Any] | None:
    """Neighbouring bins together until five new rows share each, or none is in it."""
    kept, held, first, second = [0], [0, 0], [], []
    for place in range(1, len(base)):
        held = [held[0] + int(base[place - 1]), held[1] + int(new[place - 1])]
        if held[0] >= FEW and (held[1] == 0 or held[1] >= FEW):
            kept.append(place)
            first.append(held[0])
            second.append(held[1])
            held = [0, 0]
    if not first or int(new[:-1].sum()) < FEW:
        return None
    kept[-1] = len(base) - 1
    first[-1] += held[0]
    second[-1] += held[1]
    while len(second) > 1 and 0 < second[-1] < FEW:
        kept.pop(-2)
        first[-2:], second[-2:] = [sum(first[-2:])], [sum(second[-2:])]
    return {"edges": [edges[k] for k in kept], "real": _parts(first), "synthetic": _parts(second)}


def _bars(levels: list[str], base: Whole, new: Whole) -> dict[str, Any] | None:
    """Levels that five new rows share, or none has; the others together, if they are five."""
    pairs = sorted(zip(levels[:-1], base[:-2].tolist(), new[:-2].tolist(), strict=True), key=lambda t: -t[1])
    shown = [t for t in pairs if t[2] == 0 or t[2] >= FEW]
    rest = [t for t in pairs if t not in shown]
    others = [int(base[-2]) + sum(t[1] for t in rest), int(new[-2]) + sum(t[2] for t in rest)]
    while 0 < others[1] < FEW and shown:
        smallest = min((t for t in shown if t[2]), key=lambda t: t[2], default=None)
        if smallest is None:
            return None
        shown.remove(smallest)
        others = [others[0] + smallest[1], others[1] + smallest[2]]
    if 0 < others[1] < FEW:
        return None
    if any(others):
        shown.append(("all others", *others))
    if not shown:
        return None
    names, first, second = zip(*shown, strict=True)
    return {"levels": list(names), "real": _parts(first), "synthetic": _parts(second)}


def _parts(counts: Any) -> list[float]:  # noqa: ANN401 - a list or a tuple of numbers
    total = sum(counts) or 1
    return [round(c / total, 6) for c in counts]
