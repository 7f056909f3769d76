"""The Gaussian copula of the Synthetic Data Vault, fed with normal scores of our encoder. Runs BUSL-1.1 code (sdv)."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from synthkit.data.table import Table
from synthkit.encode.columns import Numbers
from synthkit.encode.encoder import Coded, Encoder
from synthkit.encode.normal import NormalScores
from synthkit.errors import NotFitted
from synthkit.models import artifact
from synthkit.models._guard import Guard
from synthkit.models.card import Card
from synthkit.progress import Progress, silent
from synthkit.rng import seed_of

__all__ = ["MODEL", "Copula"]


class Copula:
    """Each column's own law, joined by one correlation matrix.

    sdv's `GaussianCopulaSynthesizer` learns the joint law. It is given normal scores instead of the raw columns, so
    that the column laws are exact, missing cells are part of the model, keys and free text stay out of it, and one
    infinite cell cannot turn a column into nothing. It is rebuilt from its parameters, never from a pickle.

    Args:
        privacy: rows that have to stand behind whatever is given out (see `Guard`); the usual few if None.

    References:
        Patki, Wedge and Veeramachaneni (2016), The Synthetic Data Vault. Nelsen (2006), An Introduction to Copulas.
    """

    name: ClassVar[str] = "copula"
    card: ClassVar[Card] = Card(
        family="copula",
        rung=20,
        summary="Column laws as they are, joined by the correlations of their normal scores.",
        assumes="What one column says of another is monotone and the same everywhere.",
        fails_when="Categories without an order interact, relations bend, or one column is a formula of others.",
        data_hunger="A few hundred rows.",
        latency="About a million cells a second.",
        control="None here: conditions on categories are intervals, which sdv samples by rejection.",
        cost="Seconds; grows with the square of the number of columns.",
        licence="BUSL-1.1 (sdv, copulas): no commercial synthetic data service; MIT after four years",
        references=("Patki, Wedge and Veeramachaneni 2016", "Nelsen 2006"),
    )

    def __init__(self, *, privacy: int | None = None) -> None:
        self.guard = Guard(privacy)
        self._scores: NormalScores | None = None
        self._copula: dict[str, Any] = {}

    def fit(self, table: Table, *, rng: np.random.Generator, progress: Progress = silent) -> Self:
        """Learn the column laws and their correlations."""
        learn, spread, place = rng.spawn(3)
        encoder = Encoder.learn(table, learn, rare=self.guard.rare)
        arrays = encoder.encode(table, spread)
        self._scores = NormalScores.learn(encoder, arrays)
        progress("fit", 0.3)
        names = _positions(encoder)
        scores = self._scores.encode(arrays, place)
        self._copula = _learned({at: scores[name] for at, name in names.items()})
        progress("fit", 1.0)
        return self

    def sample(self, n: int, *, rng: np.random.Generator) -> Table:
        """`n` new rows."""
        return self.coded(n, rng=rng).table()

    def coded(self, n: int, *, rng: np.random.Generator) -> Coded:
        """The same rows, not yet decoded."""
        scores = self._fitted()
        encoder = scores.encoder
        draw, words, *children = rng.spawn(2 + len(encoder.codes))
        drawn = _drawn(self._copula, n, seed_of(draw))
        arrays = scores.decode({name: drawn[at] for at, name in _positions(encoder).items()})
        for (name, code), child in zip(encoder.codes.items(), children, strict=True):
            if isinstance(code, Numbers):
                arrays[name] = code.blur(arrays[name], self.guard.blur(), child)
        return Coded(encoder, arrays, words, n)

    @property
    def protected(self) -> dict[str, int]:
        """Rows whose category was too rare to give out, by column."""
        return self._fitted().encoder.protected

    def _fitted(self) -> NormalScores:
        if self._scores is None:
            raise NotFitted(self.name)
        return self._scores

    def save(self, folder: Path) -> None:
        """Write the fitted model (JSON and arrays, no code)."""
        scores = self._fitted()
        plain, arrays = scores.encoder.to_state()
        names = list(scores.shares)
        arrays |= {f"shares{at}": scores.shares[name] for at, name in enumerate(names)}
        kept = {"encoder": plain, "shares": names, "copula": self._copula, "privacy": self.guard.rows}
        artifact.save(folder, self.name, kept, arrays)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        plain, arrays = artifact.load(folder, cls.name)
        model = cls(privacy=plain.get("privacy"))
        shares = {name: arrays[f"shares{at}"] for at, name in enumerate(plain["shares"])}
        model._scores = NormalScores(Encoder.from_state(plain["encoder"], arrays), shares)
        model._copula = plain["copula"]
        return model


def _positions(encoder: Encoder) -> dict[str, str]:
    """Names that sdv sees ("c0", "c1", ...): those of the data may hold anything."""
    return {f"c{at}": name for at, name in enumerate(encoder.codes)}


def _learned(scores: dict[str, np.ndarray]) -> dict[str, Any]:
    """Fit sdv's synthesizer and return the parameters of its copula as plain values."""
    import pandas as pd
    from sdv.metadata import Metadata
    from sdv.single_table import GaussianCopulaSynthesizer

    columns = {name: {"sdtype": "numerical"} for name in scores}
    metadata = Metadata.load_from_dict({"tables": {"scores": {"columns": columns}}})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # advice on metadata files and on column counts, meant for direct users of sdv
        model = GaussianCopulaSynthesizer(
            metadata, default_distribution="norm", enforce_min_max_values=False, enforce_rounding=False
        )
        model.fit({"scores": pd.DataFrame(scores)})
    learned: dict[str, Any] = _plain(model._model.to_dict())  # noqa: SLF001 - sdv offers no public way to the correlation matrix
    return learned


def _drawn(copula: dict[str, Any], n: int, seed: int) -> dict[str, np.ndarray]:
    """`n` draws from a copula, by the package that sdv itself draws with."""
    from copulas.multivariate import GaussianMultivariate

    if n == 0:
        return {name: np.zeros(0) for name in copula["columns"]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a constant column makes the correlation singular, which is harmless here
        model = GaussianMultivariate.from_dict(copula)
        model.set_random_state(seed)
        drawn = model.sample(n)
    return {name: drawn[name].to_numpy(float) for name in drawn}


def _plain(value: Any) -> Any:  # noqa: ANN401
    """Numpy scalars as Python's own, for JSON."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(v) for v in value]
    return value.item() if isinstance(value, np.generic) else value


MODEL = Copula
