"""An energy of boosted trees over the sequential trees: rows they get wrong are drawn less, rows they miss more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from synthkit.data.table import Table
from synthkit.encode.encoder import Encoder
from synthkit.errors import NotFitted
from synthkit.models import artifact
from synthkit.models._forest import Growth
from synthkit.models._guard import Guard
from synthkit.models.card import Card
from synthkit.models.tabular._choice import Choice
from synthkit.models.tabular._drawn import Drawn
from synthkit.models.tabular._sequential import Sequential
from synthkit.models.tabular._tilt import LESSONS, Boost, Lesson, Noise, Tilt, dealt, lessons
from synthkit.progress import Progress, silent

if TYPE_CHECKING:
    import numpy as np

__all__ = ["MODEL", "Energy"]


class Energy(Drawn):
    """Sequential trees, tilted by boosted trees that learned to tell their rows from real ones.

    The law is q(x) exp(s f(x)) up to a constant: q is that of the sequential trees, f the log odds of a boosting
    between real rows and rows of q, and s the strength that makes unseen rows likeliest: 0 where the trees cannot be
    bettered. Rows are drawn from q and chosen by their weights, none twice; the weights are raked, so that each
    single column keeps the law that q has right already. What the trees cannot say one column at a time (smooth
    surfaces, sums of parts) the boosting sees over all columns at once.

    Args:
        rounds: trees of each of the two boosters at most; they stop when unseen rows gain no more.
        rate: their learning rate.
        leaves: of a tree.
        leaf: rows in a leaf at least.
        noise: rows of q for each real row to learn from.
        proposals: rows of q to choose one from.
        cap: the largest weight of a row; one that is much likelier than q says is not drawn at any price.
        blur: ranks a number moves at most when it is drawn.
        privacy: rows that have to stand behind whatever is given out (see `Guard`); the usual few if None.

    References:
        Gutmann and Hyvärinen (2010), Noise-contrastive estimation. Azadi et al. (2019), Discriminator rejection
        sampling. Reiter (2005), Using CART to generate partially synthetic public use microdata.
    """

    name: ClassVar[str] = "energy"
    card: ClassVar[Card] = Card(
        family="energy-based model (boosted trees)",
        rung=35,
        summary="The sequential trees, and boosted trees that see all columns at once choose among their rows.",
        assumes="The trees propose rows in every region that holds real ones.",
        fails_when="A relation is exact: no proposal meets it, and choosing cannot mend that.",
        data_hunger="Some thousand rows; with a few hundred the boosting finds little to correct.",
        latency="About a hundred thousand cells a second.",
        control="Any columns can be fixed (sample_where) by conditioning; same seed, same rows.",
        cost="About eight times the trees: a quarter of a minute for 20,000 rows, minutes for 100,000.",
        licence="MIT (ours), on scikit-learn (BSD-3-Clause) and LightGBM (MIT)",
        references=("Gutmann and Hyvärinen 2010", "Azadi et al. 2019", "Reiter 2005"),
    )

    def __init__(
        self,
        *,
        rounds: int = 600,
        rate: float = 0.1,
        leaves: int = 31,
        leaf: int = 40,
        noise: int = 2,
        proposals: int = 4,
        cap: float = 20.0,
        blur: float = 3.0,
        privacy: int | None = None,
    ) -> None:
        self.guard = Guard(privacy)
        self.boost = Boost(rounds, rate, leaves, self.guard.leaf(leaf))
        usual = Growth()
        self.growth = Growth(leaf=self.guard.leaf(usual.leaf), wide_leaf=self.guard.leaf(usual.wide_leaf))
        self.noise, self.proposals, self.cap, self.blur = noise, proposals, cap, self.guard.blur(blur)
        self._state: tuple[Sequential, Tilt] | None = None

    @property
    def options(self) -> dict[str, Any]:
        """Arguments that make this model again."""
        named = {name: getattr(self, name) for name in ("noise", "proposals", "cap", "blur")}
        return asdict(self.boost) | named | {"privacy": self.guard.rows}

    def fit(self, table: Table, *, rng: np.random.Generator, progress: Progress = silent) -> Self:
        """Learn the trees, draw rows of them, and learn what tells these from the real ones."""
        learn, spread, deal, tell, *children = rng.spawn(4 + len(table.schema))
        encoder = Encoder.learn(table, learn, rare=self.guard.rare)
        arrays = encoder.encode(table, spread)

        def told(stage: str, part: float, note: str = "") -> None:
            progress(stage, 0.3 * part, note)

        law = Sequential.learn(encoder, arrays, self.growth, blur=self.blur, rngs=children, progress=told)
        learned = list[Lesson]()
        for one in lessons(arrays, dealt(arrays, deal), self.noise, partial(self._of_some, encoder), deal):
            learned.append(one)
            progress("fit", 0.3 + 0.3 * len(learned) / LESSONS)
        self._state = law, Tilt.learn(encoder, learned, self.boost, tell)
        progress("fit", 1.0)
        return self

    def _of_some(self, encoder: Encoder, real: Mapping[str, np.ndarray], rng: np.random.Generator) -> Noise:
        """Rows of trees that learned from some of the real ones."""
        law = Sequential.learn(encoder, real, self.growth, blur=self.blur, rngs=rng.spawn(len(real)))
        return lambda n, draw: law.draw(n, {}, draw)

    @property
    def notes(self) -> Mapping[str, Any]:
        """How much of what the boosting says is used, and what it adds on rows that nothing had seen."""
        if self._state is None:
            return {}
        tilt = self._state[1]
        return {"strength": round(tilt.strength, 2), "gain on unseen rows": f"{tilt.gain:.3f} nats a row"}

    @property
    def _encoder(self) -> Encoder:
        return self._fitted()[0].encoder

    def _draw(self, n: int, fixed: Mapping[str, np.ndarray], rng: np.random.Generator) -> dict[str, np.ndarray]:
        law, tilt = self._fitted()
        return Choice(law.encoder, self.proposals, weigh=tilt, cap=self.cap).draw(n, fixed, law.draw, rng)

    def _fitted(self) -> tuple[Sequential, Tilt]:
        if self._state is None:
            raise NotFitted(self.name)
        return self._state

    def save(self, folder: Path) -> None:
        """Write the fitted model (JSON and arrays, no code)."""
        law, tilt = self._fitted()
        plain, arrays = law.to_state()
        told, more = tilt.to_state()
        artifact.save(folder, self.name, plain | {"tilt": told, "options": self.options}, arrays | more)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        plain, arrays = artifact.load(folder, cls.name)
        model = cls(**plain["options"])
        law = Sequential.from_state(plain, arrays, model.growth, blur=model.blur)
        model._state = law, Tilt.from_state(law.encoder, plain["tilt"], arrays)
        return model


MODEL = Energy
