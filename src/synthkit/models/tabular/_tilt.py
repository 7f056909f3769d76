"""How much likelier a row is among real rows than among those of a simpler model: boosted trees, as plain arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from synthkit.encode.columns import Numbers
from synthkit.encode.encoder import Columns, Encoder, length
from synthkit.errors import ArtifactError
from synthkit.rng import seed_of
from synthkit.threads import one_thread

if TYPE_CHECKING:
    from lightgbm import Booster

__all__ = ["LESSONS", "Boost", "Lesson", "Tilt", "dealt", "lessons"]

Lesson = tuple[Columns, Columns, Columns, Columns]
"""Real rows and noise to learn from, real ones that were kept aside and fresh noise to ask about."""

Noise = Callable[[int, np.random.Generator], Columns]
"""Draws so many rows."""

Law = Callable[[Columns, np.random.Generator], Noise]
"""A model that may have learned from the given rows alone."""

_REAL = 100_000  # rows that the boosting learns from at most: its trees have no use for more
_FEWEST = 500  # real rows; with fewer it has nothing to tell
_FOLDS, LESSONS = 5, 2  # each booster is held against another fifth of the rows

_PATIENCE = 20  # rounds without gain on unseen rows after which a boosting stops
_STRONGEST = 2.0
_SEEN, _FEW = 0.6, 6  # share of the columns that a tree sees, and of how few it sees all
_SETTINGS = {
    "objective": "binary", "verbosity": -1, "num_threads": 1, "deterministic": True, "force_row_wise": True,
    "min_data_per_group": 50, "lambda_l2": 5.0, "bagging_fraction": 0.7, "bagging_freq": 1,
    "feature_pre_filter": False,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Boost:
    """How to boost.

    Args:
        rounds: trees of a booster at most.
        rate: learning rate.
        leaves: of a tree.
        leaf: rows in a leaf at least.
    """

    rounds: int
    rate: float
    leaves: int
    leaf: int


@dataclass(frozen=True)
class Tilt:
    """The log of a ratio of two laws, up to a constant.

    Args:
        encoder: of the rows.
        columns: that it looks at.
        boosters: LightGBM's, whose raw scores are averaged; none where there was nothing to learn.
        strength: what their mean is multiplied with.
        gain: log likelihood that it adds to a held-out row, in nats.
    """

    encoder: Encoder
    columns: tuple[str, ...]
    boosters: tuple[Booster, ...] = ()
    strength: float = 0.0
    gain: float = 0.0

    @classmethod
    def learn(cls, encoder: Encoder, lessons: Sequence[Lesson], boost: Boost, rng: np.random.Generator) -> Tilt:
        """Tell real rows from noise (Gutmann and Hyvärinen 2010): the log odds are the log of the ratio.

        Boosters overdo what they saw. So each is asked about real rows that neither it nor its noise had seen, and
        the strength is what makes these likeliest.

        Args:
            encoder: of the rows.
            lessons: one a booster; with none there is no ratio.
            boost: how.
            rng: decides the seeds.
        """
        columns = tuple(name for name in encoder.codes if all(name in part for one in lessons for part in one))
        if not columns or not lessons:
            return cls(encoder, columns)

        def one(lesson: Lesson, seed: int) -> tuple[Booster, np.ndarray, np.ndarray]:
            real, noise, unseen, fresh = (_matrix(encoder, columns, part) for part in lesson)
            booster = _boosted((real, noise), (unseen, fresh), _kinds(encoder, columns), boost, seed)
            return booster, _raw(booster, unseen), _raw(booster, fresh)

        with ThreadPoolExecutor(len(lessons)) as pool:
            told = list(pool.map(one, lessons, [seed_of(child) for child in rng.spawn(len(lessons))]))
        boosters, real, noise = zip(*told, strict=True)
        return cls(encoder, columns, tuple(boosters), *_strength(np.concatenate(real), np.concatenate(noise)))

    def __call__(self, rows: Columns) -> np.ndarray:
        """The log ratio of each of n encoded rows, (n,)."""
        n = length(rows)
        if not self.boosters or not n or not self.strength:
            return np.zeros(n)
        x = _matrix(self.encoder, self.columns, rows)
        with ThreadPoolExecutor(len(self.boosters)) as pool:
            scores = list(pool.map(lambda booster: _raw(booster, x), self.boosters))
        return np.asarray(self.strength * np.mean(scores, axis=0))

    def to_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Plain values and arrays; the trees as LightGBM's own text, which holds numbers and no code."""
        texts = [booster.model_to_string().encode() for booster in self.boosters]
        arrays = {f"booster{at}": np.frombuffer(text, np.uint8) for at, text in enumerate(texts)}
        plain = {"columns": list(self.columns), "boosters": len(texts), "strength": self.strength, "gain": self.gain}
        return plain, arrays

    @classmethod
    def from_state(cls, encoder: Encoder, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Tilt:
        """Read what `to_state` gave.

        Raises:
            ArtifactError: the trees cannot be read.
        """
        import lightgbm as lgb

        columns = tuple(plain["columns"])
        try:
            texts = [arrays[f"booster{at}"].tobytes().decode() for at in range(plain["boosters"])]
            boosters = tuple(lgb.Booster(model_str=text) for text in texts)
        except (KeyError, UnicodeDecodeError, lgb.basic.LightGBMError) as error:
            raise ArtifactError(f"the boosted trees of the model cannot be read: {type(error).__name__}") from None
        if any(booster.num_feature() != len(columns) for booster in boosters):
            raise ArtifactError("the boosted trees of the model do not fit its columns")
        return cls(encoder, columns, boosters, plain["strength"], plain["gain"])


def dealt(arrays: Columns, rng: np.random.Generator) -> np.ndarray:
    """Places of the real rows to learn from, in any order; none if they are too few."""
    n = length(arrays)
    return rng.permutation(n)[: _REAL if n >= _FEWEST else 0]


def lessons(arrays: Columns, rows: np.ndarray, noise: int, law: Law, rng: np.random.Generator) -> Iterator[Lesson]:
    """What the boosters learn from, one after the other.

    Args:
        arrays: encoded real rows.
        rows: places of those to learn from, as `dealt`.
        noise: rows of the simpler model for each of them.
        law: the simpler model.
        rng: draws the noise.
    """
    for at, child in enumerate(rng.spawn(LESSONS if len(rows) else 0)):
        away = np.arange(len(rows)) % _FOLDS == at
        real, held = ({name: array[rows[part]] for name, array in arrays.items()} for part in (~away, away))
        learned, fresh = child.spawn(1)[0].spawn(2)
        drawn, n = law(real, child), int((~away).sum())
        yield real, drawn(noise * n, learned), held, drawn(n, fresh)


def _kinds(encoder: Encoder, columns: Sequence[str]) -> list[int]:
    """The places of the columns that are codes."""
    return [at for at, name in enumerate(columns) if not isinstance(encoder.codes[name], Numbers)]


def _boosted(
    learn: tuple[np.ndarray, np.ndarray],
    ask: tuple[np.ndarray, np.ndarray],
    kinds: list[int],
    boost: Boost,
    seed: int,
) -> Booster:
    """Trees that tell the first of a pair from the second, as many as help on the pair they are asked about."""
    import lightgbm as lgb

    settings = _SETTINGS | {
        "learning_rate": boost.rate, "num_leaves": boost.leaves, "min_data_in_leaf": boost.leaf, "seed": seed,
        "feature_fraction": min(max(_SEEN, _FEW / learn[0].shape[1]), 1.0),
    }  # fmt: skip
    (x, y, weight), (x_ask, y_ask, weight_ask) = (_told(*pair) for pair in (learn, ask))
    with one_thread():
        data = lgb.Dataset(x, y, weight=weight, categorical_feature=kinds, params=settings)
        watch = lgb.Dataset(x_ask, y_ask, weight=weight_ask, reference=data)
        stop = lgb.early_stopping(_PATIENCE, verbose=False)
        return lgb.train(settings, data, boost.rounds, [watch], callbacks=[stop])


def _told(real: np.ndarray, noise: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features, 1 for real, and weights under which both kinds weigh the same."""
    sizes = len(real), len(noise)
    x, y = np.concatenate([real, noise]), np.repeat([1.0, 0.0], sizes)
    return x, y, np.repeat([1.0, sizes[0] / sizes[1]], sizes)


def _raw(booster: Booster, x: np.ndarray) -> np.ndarray:
    with one_thread():
        return np.asarray(booster.predict(x, raw_score=True))


def _strength(real: np.ndarray, noise: np.ndarray) -> tuple[float, float]:
    """The multiple of the scores under which real rows are likeliest, from 0 to 2, and the log likelihood it adds."""
    from scipy.optimize import minimize_scalar
    from scipy.special import logsumexp

    def loss(strength: float) -> float:
        return float(logsumexp(strength * noise) - np.log(len(noise)) - strength * real.mean())

    found = minimize_scalar(loss, bounds=(0.0, _STRONGEST), method="bounded", options={"xatol": 0.01})
    return (float(found.x), float(-found.fun)) if found.fun < 0 else (0.0, 0.0)


def _matrix(encoder: Encoder, columns: Sequence[str], rows: Mapping[str, np.ndarray]) -> np.ndarray:
    """(n, columns): numbers as they are given out, NaN where missing, and codes."""
    parts = [
        code.round(rows[name]) if isinstance(code := encoder.codes[name], Numbers) else rows[name] for name in columns
    ]
    return np.column_stack(parts).astype(np.float64)
