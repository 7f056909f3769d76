"""What a model is: the protocol every synthesizer keeps, and the abilities some add."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self, runtime_checkable

from synthkit.models.card import Card
from synthkit.progress import Progress, silent

if TYPE_CHECKING:
    import numpy as np

    from synthkit.data.table import Table

__all__ = ["Conditional", "Synthesizer"]


@runtime_checkable
class Synthesizer(Protocol):
    """Learns a table and makes new rows with the same schema.

    `fit` leaves its input untouched and returns the model itself; `sample` is a pure function of the fitted state, `n`
    and `rng`; `save` writes plain arrays and JSON (never pickle) into a folder that `load` reads back in any process.
    """

    name: ClassVar[str]
    card: ClassVar[Card]

    def fit(self, table: Table, *, rng: np.random.Generator, progress: Progress = silent) -> Self: ...

    def sample(self, n: int, *, rng: np.random.Generator) -> Table: ...

    def save(self, folder: Path) -> None: ...

    @classmethod
    def load(cls, folder: Path) -> Self: ...


@runtime_checkable
class Conditional(Protocol):
    """Samples rows that agree with given values, by conditioning and not by throwing rows away."""

    def sample_where(self, n: int, given: Mapping[str, Any | Sequence[Any]], *, rng: np.random.Generator) -> Table:
        """`n` rows with `given[column]` (one value, or `n` of them) in the named columns."""
        ...
