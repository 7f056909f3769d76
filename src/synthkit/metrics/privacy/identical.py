"""Identical rows: how many synthetic rows are a training row, cell for cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from synthkit.metrics import _codes, _intervals
from synthkit.metrics.base import Score

if TYPE_CHECKING:
    from synthkit.data.table import Table
    from synthkit.metrics._codes import Coded
    from synthkit.metrics.base import Family, Reference

__all__ = ["METRIC", "Identical"]


class Identical:
    """Share of synthetic rows that equal a training row in every modelled column, missing cells included.

    The floor is the same share for the holdout: real rows repeat each other too, above all where columns are few and
    discrete, and a match up to that base rate is no leak. Every row of both tables is looked at.
    """

    name: ClassVar[str] = "identical"
    family: ClassVar[Family] = "privacy"
    label: ClassVar[str] = "Identical rows"
    question: ClassVar[str] = (
        "How many synthetic rows are exactly a training row? Up to the floor, the share among fresh real rows, is what"
        " chance gives."
    )

    def __call__(
        self,
        real: Reference,
        synthetic: Table,
        *,
        rng: np.random.Generator,  # noqa: ARG002  (every row is looked at)
    ) -> list[Score]:
        sides = _codes.sides(real)
        if not sides.train.columns:
            return []
        known = real.once("rows as bytes", lambda: frozenset(_rows(sides.train)))
        floor = real.once("identical floor", lambda: sum(row in known for row in _rows(sides.holdout)))
        fake = _rows(sides.code(synthetic))
        same = sum(row in known for row in fake)
        note = f"{same:,} of {len(fake):,} synthetic rows; {floor:,} of {sides.holdout.rows:,} holdout rows."
        return [
            Score(
                self.name,
                self.family,
                same / len(fake),
                "lower",
                floor=floor / sides.holdout.rows,
                ci=_intervals.wilson(same, len(fake)),
                n=len(fake),
                note=note,
            )
        ]


METRIC = Identical()


def _rows(table: Coded) -> list[bytes]:
    """Each row's modelled cells as bytes: equal if and only if the rows are."""
    columns = [np.nan_to_num(cells, nan=0.0) + 0.0 for cells in table.numbers.values()]  # + 0.0 turns -0.0 into 0.0
    columns += [table.missing[name].astype(float) for name in table.numbers]
    columns += [codes.astype(float) for codes in table.codes.values()]
    return [row.tobytes() for row in np.column_stack(columns)]
