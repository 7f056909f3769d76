"""How a classical model and the law of its innovations are kept apart, and joined again.

    y --transform--> x --structure--> u (standardised one-step innovations) --scale--> e (as good as independent)
    y* <--transform-- x* <--structure-- u* <--scale-- e* <--source-- (chance)

A `Law` is the structure of one channel, a `Structure` that of all channels of a series together. Both run on the
working scale, after the transform. A `Source` learns the innovations of all series of a panel and draws new ones:
normal, by blocks of the old, or from a GAN. Any source can drive any structure; that is the whole point.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, Self

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Law", "Origin", "Source", "Structure"]

Origin = Literal["start", "end"]
"""Where a simulation begins: before the first row of the fitted series, or after its last."""


class Law(Protocol):
    """One channel of one fitted series on its working scale."""

    kind: ClassVar[str]
    """Names the class in saved models."""
    parameters: Mapping[str, float]
    """Point estimates, for the record."""
    innovations: np.ndarray
    """(T,) standardised one-step innovations of the fitted series; NaN where there is none (burn-in, missing value)."""

    def simulate(
        self,
        shocks: np.ndarray,
        *,
        origin: Origin,
        exog: np.ndarray | None = None,
        rng: np.random.Generator | None = None,
    ) -> np.ndarray:
        """Paths driven by standardised innovations.

        Args:
            shocks: (paths, n) standardised innovations.
            origin: where to begin.
            exog: (n, e) exogenous values of the rows made, where the law was fitted with some.
            rng: draws parameters and initial state for each path from their sampling distribution; with None both are
                the point estimates, and `simulate(innovations[None], origin="start")` then rebuilds the fitted series
                to 1e-8 (with 0 for the innovations of missing values).

        Returns:
            (paths, n) on the working scale.
        """
        ...

    def to_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """JSON values and arrays; `from_state` gives the same law back without the data or statsmodels."""
        ...

    @classmethod
    def from_state(cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self: ...


class Structure(Protocol):
    """All channels of one fitted series on their working scale: as a `Law`, with shapes (T, k) and (paths, n, k)."""

    kind: ClassVar[str]
    parameters: Mapping[str, float]
    innovations: np.ndarray

    def simulate(
        self,
        shocks: np.ndarray,
        *,
        origin: Origin,
        exog: np.ndarray | None = None,
        rng: np.random.Generator | None = None,
    ) -> np.ndarray: ...

    def to_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]: ...

    @classmethod
    def from_state(cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self: ...


class Source(Protocol):
    """The law of standardised innovations, pooled over the series of a panel."""

    kind: ClassVar[str]

    @classmethod
    def learn(
        cls, innovations: Sequence[np.ndarray], context: Sequence[np.ndarray], *, rng: np.random.Generator
    ) -> Self:
        """Learn from one (T, k) array a series (NaN allowed) and (T, c) conditions that are known for every row, also
        in the future: calendar, exogenous and static values (c may be 0).
        """
        ...

    def draw(self, paths: int, context: np.ndarray, *, series: int | None, rng: np.random.Generator) -> np.ndarray:
        """(paths, n, k) new innovations, mean 0 and variance 1 over the long run, for the (n, c) conditions.

        `series` is the position of the fitted series they are for; None for a new entity.
        """
        ...

    def to_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]: ...

    @classmethod
    def from_state(cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self: ...
