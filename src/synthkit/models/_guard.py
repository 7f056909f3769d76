"""The privacy dial: how many rows have to stand behind whatever a model of tables gives out."""

from __future__ import annotations

from dataclasses import dataclass

from synthkit.data.schema import RARE
from synthkit.errors import ConfigError

__all__ = ["Guard"]

_BLUR = 3.0  # ranks


@dataclass(frozen=True, slots=True)
class Guard:
    """What the dial asks of the parts of a model; at least what is usual.

    Args:
        rows: that share a category before it is given out, and that a leaf draws from; a number moves by up to half as
            many ranks. None for the usual: 5 rows, leaves of a few, 3 ranks.

    Raises:
        ConfigError: fewer than one row.

    >>> Guard(20).rare, Guard(20).leaf(3), Guard(20).blur(3.0), Guard().rare
    (20, 20, 10.0, 5)
    """

    rows: int | None = None

    def __post_init__(self) -> None:
        if self.rows is not None and self.rows < 1:
            raise ConfigError(f"a privacy of {self.rows} rows makes no sense", hint="give at least 1; 20 is strict")

    @property
    def rare(self) -> int:
        """Rows that have to share a category, or a value that is given out as it is."""
        return max(RARE, self.rows or 0)

    def leaf(self, usual: int) -> int:
        """Rows in a leaf at least."""
        return max(usual, self.rows or 0)

    def blur(self, usual: float = _BLUR) -> float:
        """Ranks that a number moves at most."""
        return max(usual, (self.rows or 0) / 2)
