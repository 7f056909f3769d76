"""Facts about a model as data: the ladder, the docs and `synthkit models` all read the same card."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Card"]


@dataclass(frozen=True, slots=True)
class Card:
    """What a model is, when it works and when it does not.

    Args:
        family: the kind of model ("independent marginals", "copula", "sequential trees", ...).
        rung: its place on the ladder; lower is simpler and is tried first.
        summary: one sentence on how it works.
        assumes: what has to hold for it to be right.
        fails_when: what it is known to get wrong.
        data_hunger: rows below which it is not worth trying.
        latency: how fast it samples.
        control: what can be asked of it (conditions, seeds).
        cost: how long a fit takes, and on what.
        licence: of the code that runs.
        references: papers and packages.
    """

    family: str
    rung: int
    summary: str
    assumes: str
    fails_when: str
    data_hunger: str
    latency: str
    control: str
    cost: str
    licence: str
    references: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)
