"""Independent columns: the control. It keeps each law and no relation between columns, so it cannot copy a row."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Self

import numpy as np

from synthkit.data.table import Table
from synthkit.encode.columns import Numbers
from synthkit.encode.encoder import Coded, Encoder
from synthkit.errors import NotFitted
from synthkit.models import artifact
from synthkit.models._guard import Guard
from synthkit.models.card import Card
from synthkit.progress import Progress, silent

__all__ = ["MODEL", "Marginals"]


class Marginals:
    """Each column drawn from its own law, whatever the others hold.

    What a score says about this model is what the metric can see without any relation between columns; a generator that
    is no better has learned nothing jointly, and one that leaks more has copied.

    Args:
        privacy: rows that have to stand behind whatever is given out (see `Guard`); the usual few if None.

    >>> import numpy as np, pandas as pd
    >>> from synthkit.data.schema import Column, Schema
    >>> table = Table(pd.DataFrame({"sex": ["f", "m"] * 20}, dtype=object), Schema((Column("sex", "categorical"),)))
    >>> model = Marginals().fit(table, rng=np.random.default_rng(0))
    >>> sorted(set(model.sample(50, rng=np.random.default_rng(1)).frame["sex"]))
    ['f', 'm']
    """

    name: ClassVar[str] = "marginals"
    card: ClassVar[Card] = Card(
        family="independent marginals",
        rung=10,
        summary="Each column is drawn from its own empirical law.",
        assumes="Nothing about single columns; that columns do not matter to each other.",
        fails_when="Any two columns are related, which is nearly always: it is the control, not a candidate.",
        data_hunger="Any.",
        latency="Millions of cells a second.",
        control="None.",
        cost="Milliseconds.",
        licence="MIT (ours)",
        references=("Efron 1979",),
    )

    def __init__(self, *, privacy: int | None = None) -> None:
        self.guard = Guard(privacy)
        self._encoder: Encoder | None = None
        self._shares: dict[str, np.ndarray] = {}

    def fit(self, table: Table, *, rng: np.random.Generator, progress: Progress = silent) -> Self:
        """Count."""
        learn, spread = rng.spawn(2)
        self._encoder = Encoder.learn(table, learn, rare=self.guard.rare)
        arrays = self._encoder.encode(table, spread)
        self._shares = {
            name: np.bincount(arrays[name], minlength=1) / max(len(table), 1)
            for name, code in self._encoder.codes.items()
            if not isinstance(code, Numbers)
        }
        progress("fit", 1.0)
        return self

    def sample(self, n: int, *, rng: np.random.Generator) -> Table:
        """`n` new rows."""
        return self.coded(n, rng=rng).table()

    def coded(self, n: int, *, rng: np.random.Generator) -> Coded:
        """The same rows, not yet decoded."""
        encoder = self._fitted()
        words, *children = rng.spawn(1 + len(encoder.codes))
        arrays = {}
        for (name, code), child in zip(encoder.codes.items(), children, strict=True):
            if isinstance(code, Numbers):
                values = np.full(n, np.nan)
                if len(code.support):
                    values = child.choice(code.support, n, p=code.counts / code.counts.sum())
                values[child.random(n) < code.missing] = np.nan
                arrays[name] = code.blur(values, self.guard.blur(), child)
            else:
                shares = self._shares[name]
                arrays[name] = child.choice(len(shares), n, p=shares).astype(np.int32)
        return Coded(encoder, arrays, words, n)

    @property
    def protected(self) -> dict[str, int]:
        """Rows whose category was too rare to give out, by column."""
        return self._fitted().protected

    def _fitted(self) -> Encoder:
        if self._encoder is None:
            raise NotFitted(self.name)
        return self._encoder

    def save(self, folder: Path) -> None:
        """Write the fitted model (JSON and arrays, no code)."""
        plain, arrays = self._fitted().to_state()
        shares = {f"shares{at}": s for at, s in enumerate(self._shares.values())}
        artifact.save(
            folder,
            self.name,
            {"encoder": plain, "columns": list(self._shares), "privacy": self.guard.rows},
            arrays | shares,
        )

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        plain, arrays = artifact.load(folder, cls.name)
        model = cls(privacy=plain.get("privacy"))
        model._encoder = Encoder.from_state(plain["encoder"], arrays)
        model._shares = {name: arrays[f"shares{at}"] for at, name in enumerate(plain["columns"])}
        return model


MODEL = Marginals
