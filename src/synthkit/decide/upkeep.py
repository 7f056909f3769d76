"""The plan for afterwards: when to look again, when to retrain, when to retire. Monitoring keeps to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from synthkit.errors import ConfigError, UnknownName

__all__ = ["Upkeep"]

_MONTH = 30.4375  # days


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What is watched once rows are in use, as plain limits.

    Args:
        review: months after which a person looks at the decision again, whatever was measured.
        drift_auc: a classifier that tells new real rows from those learned from better than this means: retrain.
        psi: so does a population stability index of one column above this (0.1 is small, 0.25 large by custom).
        growth: so does this share of new rows on top of those learned from.
        missed: of series, so does this share of new rows outside the central 80 % of the continuations.
        lost_auc: beyond this the world the rows stand for is gone: retire.

    >>> Upkeep().due(dt.date(2026, 1, 31)).isoformat()
    '2027-01-31'
    """

    review: int = 12
    drift_auc: float = 0.6
    psi: float = 0.25
    growth: float = 0.1
    missed: float = 0.4
    lost_auc: float = 0.9

    def __post_init__(self) -> None:
        shares = (self.growth, self.missed)
        aucs = (self.drift_auc, self.lost_auc)
        if self.review < 1 or self.psi <= 0 or min(shares) <= 0:
            raise ConfigError("the plan for afterwards needs a review, and limits above 0")
        if not 0.5 < min(aucs) <= max(aucs) <= 1 or self.drift_auc > self.lost_auc:
            raise ConfigError("drift_auc and lost_auc lie between 0.5 and 1, the first below the second")

    def due(self, decided: dt.date) -> dt.date:
        """The date of the review."""
        return decided + dt.timedelta(days=round(self.review * _MONTH))

    def retrain(self, kind: str) -> str:
        """When to fit again, in one sentence."""
        more = f"{100 * self.growth:g} % more rows"
        if kind == "series":
            return (
                f"Retrain when {more} have come in, when the central 80 % of continuations has missed more than "
                f"{100 * self.missed:g} % of the rows that came since, or when the calendar, the seasons or an "
                "exogenous input change."
            )
        return (
            f"Retrain when the source gains {more}, when a classifier tells new real rows from those learned from "
            f"with an AUC above {self.drift_auc:g}, when a column's population stability index passes {self.psi:g}, "
            "when a column changes its kind or gains categories, or when the criteria above are no longer met by new "
            "real rows."
        )

    def retire(self, kind: str) -> str:
        """When to take the rows back, in one sentence."""
        its = "their" if kind == "series" else "its"
        return (
            f"Retire the {kind} when {its} purpose ends, when new real rows are told from the old ones with an AUC "
            f"above {self.lost_auc:g}, when a person's data must be erased from the source, or when an attack stronger "
            "than those run here is published and has not been tried on it."
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read what `to_dict` gave; what is missing is as usual.

        Raises:
            UnknownName: there is no such limit.
        ConfigError: a limit makes no sense.
        """
        known = cls.__dataclass_fields__
        if unknown := sorted(set(values) - set(known)):
            raise UnknownName("limit of the plan for afterwards", unknown[0], known)
        return cls(**values)
