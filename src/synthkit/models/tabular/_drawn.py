"""What models of encoded rows share: any columns fixed at given values, and which categories are given out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from synthkit.encode.encoder import Coded
from synthkit.models._given import categories_of, fixed_codes

if TYPE_CHECKING:
    import numpy as np

    from synthkit.data.table import Table
    from synthkit.encode.encoder import Encoder

__all__ = ["Drawn"]


class Drawn(ABC):
    """A model that draws encoded rows, some of whose columns can be fixed."""

    @property
    @abstractmethod
    def _encoder(self) -> Encoder:
        """Of the fitted columns; NotFitted before the fit."""

    @abstractmethod
    def _draw(self, n: int, fixed: Mapping[str, np.ndarray], rng: np.random.Generator) -> dict[str, np.ndarray]:
        """`n` encoded rows, some columns fixed at `n` codes each."""

    def sample(self, n: int, *, rng: np.random.Generator) -> Table:
        """`n` new rows."""
        return self.coded(n, rng=rng).table()

    def sample_where(self, n: int, given: Mapping[str, Any | Sequence[Any]], *, rng: np.random.Generator) -> Table:
        """`n` rows that hold `given`, the rest drawn from its law given those values.

        A rare condition costs no more than a common one. Trees learn another order at the first call that fixes columns
        which are not at the head of theirs, and keep it.

        Args:
            n: rows.
            given: column -> one value for all rows, or `n` values; None is a missing cell.
            rng: draws the rows.

        Raises:
            UnknownName: no such column, or a category the model does not give out.
            ConfigError: an id or text column, a value of the wrong kind, or not `n` of them.
        """
        return self.coded(n, given, rng=rng).table()

    def coded(
        self, n: int, given: Mapping[str, Any | Sequence[Any]] | None = None, *, rng: np.random.Generator
    ) -> Coded:
        """The same rows, not yet decoded."""
        encoder, (draws, words) = self._encoder, rng.spawn(2)
        fixed = {name: fixed_codes(encoder, name, value, n) for name, value in (given or {}).items()}
        return Coded(encoder, self._draw(n, fixed, draws), words, n)

    def categories(self, column: str) -> tuple[str, ...]:
        """The categories of a column that it gives out, most frequent first."""
        return categories_of(self._encoder, column)

    @property
    def protected(self) -> dict[str, int]:
        """Rows whose category was too rare to give out, by column."""
        return self._encoder.protected
