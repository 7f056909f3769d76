"""What models of noisy marginals share: how they are fitted, drawn from and saved."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, Self

import numpy as np

from synthkit.errors import NotFitted
from synthkit.models import artifact
from synthkit.models.card import Card
from synthkit.models.private._coarse import Groups
from synthkit.models.private._draw import drawn, evenly
from synthkit.models.private._estimate import Estimate
from synthkit.models.private._sketch import Sketch
from synthkit.private.domain import Domain
from synthkit.private.guarantee import Guarantee
from synthkit.progress import Progress, silent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.table import Table
    from synthkit.private.curator import Curator

__all__ = ["Marginal"]

_FINAL: Final = 300
"""Steps of the last descent."""


class Marginal(ABC):
    """A junction tree made from noisy counts of columns and pairs of columns.

    `fit` is given a curator and never a row; all it keeps are the curator's answers and what follows from them.
    """

    name: ClassVar[str]
    card: ClassVar[Card]
    adds_up: ClassVar[Literal["rho", "epsilon"]] = "rho"
    mechanism: ClassVar[str]

    def __init__(self) -> None:
        self._fitted: tuple[Domain, tuple[Groups, ...], Estimate, Guarantee] | None = None

    def fit(self, curator: Curator, domain: Domain, *, rng: np.random.Generator, progress: Progress = silent) -> Self:
        """Spend the curator's budget.

        Args:
            curator: of rows in cells of the domain.
            domain: public.
            rng: for what is drawn from no data (which pairs to look at, if there are very many).
            progress: told how much of the budget is spent.
        """
        sketch = Sketch.begun(curator, domain)
        self._measure(sketch, domain, rng, progress)
        sketch.law.descend(_FINAL)
        guarantee = Guarantee.of(curator, domain, self.mechanism)
        self._fitted = domain, sketch.groups, sketch.law, guarantee
        progress("fit", 1.0)
        return self

    @abstractmethod
    def _measure(self, sketch: Sketch, domain: Domain, rng: np.random.Generator, progress: Progress) -> None:
        """Ask for pairs until the budget is spent."""

    @property
    def guarantee(self) -> Guarantee:
        """What was spent, on whom, for what."""
        return self._state()[3]

    @property
    def rows(self) -> int:
        """How many rows the data have, as far as the noise tells."""
        return round(self._state()[2].total)

    def sample(self, n: int, *, rng: np.random.Generator) -> Table:
        """`n` rows. Drawing costs no privacy, however often."""
        domain, groups, law, _ = self._state()
        tree, inside, values, order = rng.spawn(4)
        rows = drawn(law.tree, law.marginals, n, tree)
        cells = np.empty_like(rows)
        for at, (each, child) in enumerate(zip(groups, inside.spawn(len(groups)), strict=True)):
            keys = [rows[:, at], *(rows[:, other] for other in range(len(groups)) if other != at)]
            cells[:, at] = each.inside(rows[:, at], evenly(keys, n, child))
        return domain.table(cells[order.permutation(n)], values)

    def save(self, folder: Path) -> None:
        """Write the noisy statistics (JSON and arrays): the file gives away no more than the rows it makes."""
        domain, groups, law, guarantee = self._state()
        factors = {f"factor {' '.join(map(str, columns))}": factor for columns, factor in law.factors.items()}
        arrays: dict[str, NDArray[Any]] = {f"labels {at}": each.labels for at, each in enumerate(groups)}
        arrays |= {f"weights {at}": each.weights for at, each in enumerate(groups)}
        plain = {"domain": domain.to_dict(), "total": law.total, "guarantee": guarantee.to_dict()}
        artifact.save(folder, self.name, plain, arrays | factors)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        plain, arrays = artifact.load(folder, cls.name)
        domain = Domain.of(plain["domain"])
        groups = tuple(
            Groups(arrays[f"labels {at}"], arrays[f"weights {at}"], {}) for at in range(len(domain.attributes))
        )
        factors = {
            tuple(int(c) for c in key.split()[1:]): array for key, array in arrays.items() if key.startswith("factor ")
        }
        law = Estimate(tuple(each.size for each in groups), plain["total"], factors)
        model = cls()
        model._fitted = domain, groups, law, Guarantee.from_dict(plain["guarantee"])
        return model

    def _state(self) -> tuple[Domain, tuple[Groups, ...], Estimate, Guarantee]:
        if self._fitted is None:
            raise NotFitted(self.name)
        return self._fitted
