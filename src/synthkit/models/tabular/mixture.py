"""A mixture of rows for small tables: what a few hundred rows can tell, by likelihood, and with exact conditions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from synthkit.data.schema import Schema
from synthkit.data.table import Table
from synthkit.encode.columns import Numbers
from synthkit.encode.encoder import Encoder
from synthkit.errors import NotFitted
from synthkit.models import artifact
from synthkit.models._guard import Guard
from synthkit.models.card import Card
from synthkit.models.tabular._drawn import Drawn
from synthkit.models.tabular._mixture.cells import likeliest, odds, seen
from synthkit.models.tabular._mixture.choice import Choice, chosen
from synthkit.models.tabular._mixture.joined import Joined
from synthkit.models.tabular._mixture.law import Settings, learned
from synthkit.models.tabular._mixture.parts import Parts
from synthkit.models.tabular._odd import unseen
from synthkit.progress import Progress, silent

__all__ = ["MODEL", "Mixture"]

_MOST = 10_000  # rows to learn from; a law of few parameters has no use for more
_USUAL = 2_000  # of them that tell how likely cells usually are
_JOINED = 2_000  # rows up to which all mixtures are joined; with more, one alone errs less
_SMALL = 1_000  # rows up to which it is tried unasked
_LEAST = 3  # rows behind a component


class Mixture(Drawn):
    """A finite mixture: kinds of rows, within which little is left to know.

    Within a component, levels (categories, missing cells, values that many rows share) are given at most one other
    level each, and the other numbers are jointly normal in their normal scores. With one component it is a Gaussian
    copula of the numbers beside a tree of the categories. How many components there are and how much each is drawn
    towards what is common to all is chosen by the likelihood of held-out rows. Several mixtures that were begun at
    random are joined to one.

    Args:
        mixtures: to join; fewer on more than 2,000 rows.
        apart: whether each component belongs to one class of the target: models of it that learn from the rows are
            then better, and all columns together are about as good.
        choose: whether held-out rows choose the settings, which is most of the time it takes; the usual ones if not.
        privacy: rows that have to stand behind whatever is given out (see `Guard`); the usual few if None.

    References:
        McLachlan and Peel (2000), Finite Mixture Models. Chow and Liu (1968), Approximating discrete probability
        distributions with dependence trees. Meila and Jordan (2000), Learning with mixtures of trees.
        Tewari, Giering and Raghunathan (2011), Gaussian mixture copulas.
    """

    name: ClassVar[str] = "mixture"
    card: ClassVar[Card] = Card(
        family="finite mixture",
        rung=25,
        summary="Kinds of rows: within each, categories in a tree of pairs and numbers jointly normal in their ranks.",
        assumes="Rows come in a few kinds, within which relations are simple.",
        fails_when="Rows are many and relations sharp: borders, formulas and steps need more kinds than rows can tell.",
        data_hunger="A hundred rows; from some thousand on trees see more.",
        latency="About a million cells a second.",
        control="Any columns can be fixed (sample_where) by exact conditioning; imputes, and knows its log density.",
        cost="Three to fifteen seconds on a laptop CPU, most of it to choose by held-out rows; twenty for 10,000 rows.",
        licence="MIT (ours)",
        references=("McLachlan and Peel 2000", "Chow and Liu 1968", "Meila and Jordan 2000", "Tewari et al. 2011"),
    )

    def __init__(
        self, *, mixtures: int = 8, apart: bool = True, choose: bool = True, privacy: int | None = None
    ) -> None:
        self.guard = Guard(privacy)
        self.mixtures, self.apart, self.choose = mixtures, apart, choose
        self._state: tuple[Parts, Joined, Choice] | None = None
        self._rows, self._usual = 0, np.zeros(0)

    @classmethod
    def suits(cls, rows: int) -> bool:
        """Whether it is worth trying on so many rows: above some thousand the trees see more."""
        return rows <= _SMALL

    def fit(self, table: Table, *, rng: np.random.Generator, progress: Progress = silent) -> Self:
        """Choose by held-out rows, then learn from all of them."""
        learn, spread, few, choose, ties, *children = rng.spawn(5 + self.mixtures)
        encoder = Encoder.learn(table, learn, rare=self.guard.rare)
        arrays = encoder.encode(table, spread)
        n, least = len(table), self.guard.leaf(_LEAST)
        if n > _MOST:
            some = few.permutation(n)[:_MOST]
            arrays, n = {name: array[some] for name, array in arrays.items()}, _MOST
        found = chosen(
            encoder,
            arrays,
            n,
            least=least,
            rng=choose,
            apart=self.apart,
            usual=not self.choose,
            told=lambda share: progress("fit", 0.7 * share),
        )
        parts = Parts(encoder, found.settings.share)
        rows = parts.encode(arrays, n, ties)
        mixtures = []
        children = children[: max(1, min(self.mixtures, self.mixtures * _JOINED // max(n, 1)))]
        for done, child in enumerate(children):
            mixtures.append(learned(rows, parts.sizes, found.settings, least=least, target=parts.target, rng=child))
            progress("fit", 0.7 + 0.3 * (done + 1) / len(children))
        law = Joined(tuple(mixtures), parts.ranked)
        self._state, self._rows = (parts, law, found), n
        few_rows = rows.take(np.arange(min(n, _USUAL)))
        self._usual = odds(law, few_rows).sum(0) / max(len(few_rows), 1)
        return self

    @property
    def _encoder(self) -> Encoder:
        return self._fitted()[0].encoder

    def _fitted(self) -> tuple[Parts, Joined, Choice]:
        if self._state is None:
            raise NotFitted(self.name)
        return self._state

    def _draw(self, n: int, fixed: Mapping[str, np.ndarray], rng: np.random.Generator) -> dict[str, np.ndarray]:
        parts, law, _ = self._fitted()
        ties, draw, *children = rng.spawn(2 + len(parts.encoder.codes))
        arrays = parts.decode(law.fill(parts.encode(fixed, n, ties), draw))
        for (name, code), child in zip(parts.encoder.codes.items(), children, strict=True):
            if isinstance(code, Numbers):
                arrays[name] = code.blur(arrays[name], self.guard.blur(), child)
        return arrays | dict(fixed)

    @property
    def schema(self) -> Schema:
        """Of the fitted table."""
        return self._encoder.schema

    def impute(self, table: Table, *, rng: np.random.Generator | None = None) -> Table:
        """The table with no cell missing, but for keys and texts, and columns that were all missing in the fit.

        Args:
            table: with the columns of the fitted table.
            rng: draws each missing cell given the others of its row; without it the expected number or the likeliest
                category is put in.

        Raises:
            SchemaError: a column of the fitted table is missing.
        """
        parts, law, _ = self._fitted()
        rows, empty = seen(parts, table)
        asked = np.flatnonzero(empty.any(1))
        arrays = parts.decode(rows)
        if rng is not None:
            draw, *children = rng.spawn(1 + len(parts.names))
            drawn = parts.decode(law.fill(rows.take(asked), draw))
            for name, child in zip(parts.names, children, strict=True):
                code = parts.encoder.codes[name]
                whole = drawn[name]
                arrays[name][asked] = code.blur(whole, self.guard.blur(), child) if isinstance(code, Numbers) else whole
        else:
            likeliest(parts, law, rows, empty, arrays)
        frame = table.frame.copy()
        for at, name in enumerate(parts.names):
            if empty[:, at].any():
                cells = parts.encoder.codes[name].decode(arrays[name], np.random.default_rng(0))
                frame[name] = frame[name].where(~empty[:, at], cells.set_axis(frame.index)).astype(frame[name].dtype)
        return Table(frame, table.schema)

    def log_density(self, table: Table) -> np.ndarray:
        """(n,) log densities in nats, in the measure of `Density`.

        A cell that is missing in a column that never was is as likely as one in one more row than were learned.

        Raises:
            SchemaError: a column of the fitted table is missing.
        """
        parts, law, _ = self._fitted()
        rows, _ = seen(parts, table, missing=True)
        never = (rows.codes < 0).sum(1) * np.log(self._rows + 1)
        return np.asarray(law.log_density(rows) - parts.shares(rows).sum(1) - never)

    def surprise(self, table: Table) -> tuple[np.ndarray, tuple[str, ...]]:
        """(n, c) nats by which each cell is less likely, given the others of its row, than its column's usually are.

        What was never seen (a category, a missing cell, a number beyond all others, the more the further it is) counts
        as one in as many rows as were learned, at least.

        Raises:
            SchemaError: a column of the fitted table is missing.
        """
        parts, law, _ = self._fitted()
        rows, _ = seen(parts, table, missing=True)
        return odds(law, rows) - self._usual + unseen(parts.encoder, parts.names, table, self._rows), parts.names

    @property
    def notes(self) -> dict[str, Any]:
        """What was chosen, and how likely held-out rows are."""
        if self._state is None:
            return {}
        _, law, choice = self._state
        settings = {k: v for k, v in asdict(choice.settings).items() if np.isfinite(v)}
        likelihood = round(choice.likelihood, 4) if np.isfinite(choice.likelihood) else None
        return settings | {"mixtures": len(law.mixtures), "held out": likelihood, "tried": choice.tried}

    def save(self, folder: Path) -> None:
        """Write the fitted model (JSON and arrays, no code)."""
        parts, law, choice = self._fitted()
        plain, arrays = parts.encoder.to_state()
        mixtures, held = law.to_state()
        kept = asdict(choice.settings)
        kept["price"] = kept["price"] if np.isfinite(kept["price"]) else None
        likelihood = choice.likelihood if np.isfinite(choice.likelihood) else None
        state = {
            "encoder": plain, "mixtures": mixtures, "settings": kept, "likelihood": likelihood, "tried": choice.tried,
            "rows": self._rows, "options": {
                "mixtures": self.mixtures, "apart": self.apart, "choose": self.choose, "privacy": self.guard.rows,
            },
        }  # fmt: skip
        artifact.save(folder, self.name, state, arrays | held | {"usual": self._usual})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        plain, arrays = artifact.load(folder, cls.name)
        model = cls(**plain["options"])
        settings = Settings(**plain["settings"])
        if settings.price is None:
            settings = replace(settings, price=float("inf"))
        likelihood = float("nan") if plain["likelihood"] is None else plain["likelihood"]
        parts = Parts(Encoder.from_state(plain["encoder"], arrays), settings.share)
        law = Joined.from_state(plain["mixtures"], arrays, parts.ranked)
        model._state = (parts, law, Choice(settings, likelihood, plain["tried"]))
        model._rows, model._usual = plain["rows"], arrays["usual"]
        return model


MODEL = Mixture
