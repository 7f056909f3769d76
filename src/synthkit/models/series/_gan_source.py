"""A causal network as the law of innovations: trained on their normal scores, calibrated back to their marginals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from synthkit.models.series._marginal import Marginal, to_scores
from synthkit.progress import Progress, silent
from synthkit.rng import seed_of

if TYPE_CHECKING:
    from synthkit.models.nn.gan import Network, Recipe

__all__ = ["Gan", "first_part", "last_part"]

_HELD = 0.15  # of each series, for stopping
_LONG = 40_000  # steps of the network's own output that tell its quantiles
_KNOTS = 801
_MANY = 20  # series from which on paths may differ for good


class Gan:
    """Innovations from a causal generator (satisfies `Source`).

    The network sees normal scores, so that heavy tails cannot unsettle it. Its output is brought back by rank: by a
    rising map of each channel's own quantiles onto those of the data, with Pareto tails; then to mean 0, variance 1.

    Args:
        network: the trained generator.
        laws: of each channel of the data.
        knots: (k, 801) quantiles of each channel of the network's output.
        centre, spread: (k,) of the calibrated output over the long run.
        limits: (2, c) least and largest conditions seen; others are moved to these.
        record: how the training went.

    References:
        Wiese et al. (2020), Quant GANs, Quantitative Finance 20(9). Gulrajani et al. (2017), Improved Training of
        Wasserstein GANs. Dahl and Sorensen (2021), Time Series (re)sampling using Generative Adversarial Networks.
    """

    kind: ClassVar[str] = "gan"

    def __init__(
        self,
        network: Network,
        laws: tuple[Marginal, ...],
        *,
        knots: np.ndarray,
        centre: np.ndarray,
        spread: np.ndarray,
        limits: np.ndarray,
        record: Mapping[str, Any],
    ) -> None:
        self.network, self.laws, self.record = network, laws, dict(record)
        self._knots, self._centre, self._spread, self._limits = knots, centre, spread, limits

    @classmethod
    def learn(
        cls,
        innovations: Sequence[np.ndarray],
        context: Sequence[np.ndarray],
        *,
        rng: np.random.Generator,
        recipe: Recipe | None = None,
        steps: int | None = None,
        progress: Progress = silent,
    ) -> Self:
        """Train on (T, k) innovations with (T, c) conditions.

        Args:
            innovations: one array a series; rows with NaN are in no window.
            context: one array a series.
            rng: decides all chance.
            recipe: of the training; its defaults take about a minute on one core.
            steps: exactly so many steps (unless time runs out), instead of stopping by the last rows of each series.
            progress: is told the share of the steps or of the time that is used, whichever is more.
        """
        from synthkit.models.nn.gan import Recipe, Training
        from synthkit.models.nn.tcn import Shape
        from synthkit.models.nn.windows import longest_window

        recipe = recipe or Recipe()
        pool = np.vstack(list(innovations))
        laws = tuple(Marginal.learn(column) for column in pool.T)
        scores = [to_scores(laws, rows) for rows in innovations]
        limits = _limits(context)
        known = [np.clip(c, *limits) for c in context]
        learnt = scores if steps else [first_part(rows, _HELD) for rows in scores]
        shape = Shape(
            values=pool.shape[1],
            conditions=known[0].shape[1],
            common=2 if len(pool) and len(innovations) >= _MANY else 0,
            window=longest_window(learnt),
        )
        training = Training(shape, recipe, seed=seed_of(rng), mixing=_root(np.vstack(scores)))
        held = None
        if not steps:
            held = [last_part(rows, _HELD) for rows in scores], [last_part(rows, _HELD) for rows in known]
            known = [first_part(rows, _HELD) for rows in known]
        network = training.run(learnt, known, held=held, steps=steps, progress=progress)
        return cls(network, laws, limits=limits, record=training.record, **_calibration(network, laws, known, rng))

    def draw(self, paths: int, context: np.ndarray, *, series: int | None, rng: np.random.Generator) -> np.ndarray:
        """(paths, n, k) innovations in one pass; no fitted series is treated apart."""
        from synthkit.models.nn.gan import sample

        del series
        if not len(context) or not paths:
            return np.zeros((paths, len(context), len(self.laws)))
        made = sample(self.network, np.clip(context, *self._limits), paths, seed=seed_of(rng))
        return np.asarray((_mapped(made, self._knots, self.laws) - self._centre) / self._spread)

    def to_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """JSON values and arrays."""
        plain = {"shape": self.network.shape.to_dict(), "record": self.record}
        arrays = {f"weight.{name}": array for name, array in self.network.weights.items()}
        own = {"knots": self._knots, "centre": self._centre, "spread": self._spread, "limits": self._limits}
        middles, tails = np.stack([law.middle for law in self.laws]), np.stack([law.tails for law in self.laws])
        return plain, {**arrays, **own, "middles": middles, "tails": tails}

    @classmethod
    def from_state(cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """Read what `to_state` wrote."""
        from synthkit.models.nn.gan import Network
        from synthkit.models.nn.tcn import Shape

        weights = {name[len("weight.") :]: array for name, array in arrays.items() if name.startswith("weight.")}
        laws = tuple(Marginal(m, t) for m, t in zip(arrays["middles"], arrays["tails"], strict=True))
        own = {name: arrays[name] for name in ("knots", "centre", "spread", "limits")}
        return cls(Network(Shape.from_dict(plain["shape"]), weights), laws, record=plain["record"], **own)


def first_part(rows: np.ndarray, share: float) -> np.ndarray:
    """All but the last `share` of the rows."""
    return rows[: len(rows) - int(share * len(rows))]


def last_part(rows: np.ndarray, share: float) -> np.ndarray:
    """The last `share` of the rows."""
    return rows[len(rows) - int(share * len(rows)) :]


def _limits(context: Sequence[np.ndarray]) -> np.ndarray:
    rows = np.vstack(list(context))
    return np.stack([rows.min(0), rows.max(0)]) if len(rows) else np.zeros((2, rows.shape[1]))


def _root(scores: np.ndarray) -> np.ndarray:
    """(k, k) lower triangle of the scores' correlation, drawn a little toward none."""
    rows = scores[np.isfinite(scores).all(1)]
    n, k = rows.shape
    joint = rows.T @ rows / max(n, 1)
    size = np.sqrt(np.maximum(np.diag(joint), 1e-12))
    joint = joint / np.outer(size, size) * (n / (n + 20.0))
    np.fill_diagonal(joint, 1.0)
    return np.linalg.cholesky(joint + 1e-6 * np.eye(k))


def _calibration(
    network: Network, laws: tuple[Marginal, ...], known: Sequence[np.ndarray], rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Quantiles of a long run of the network under the conditions of the data, and mean and size after the map."""
    from synthkit.models.nn.gan import sample

    used = [c for c in known if len(c)]
    used = [used[i] for i in np.unique(np.linspace(0, len(used) - 1, 64).astype(int))]
    paths = max(1, _LONG // sum(len(c) for c in used))
    runs = [sample(network, c, paths, seed=seed_of(rng)).reshape(-1, len(laws)) for c in used]
    made = np.vstack(runs)
    inner = (np.arange(_KNOTS) + 0.5) / _KNOTS
    knots = np.quantile(made, inner, axis=0).T
    knots += 1e-9 * np.arange(_KNOTS)  # rising even where the network gave one value
    mapped = _mapped(made, knots, laws)
    spread = mapped.std(0)
    return {"knots": knots, "centre": mapped.mean(0), "spread": np.where(spread > 1e-9, spread, 1.0)}


def _mapped(made: np.ndarray, knots: np.ndarray, laws: tuple[Marginal, ...]) -> np.ndarray:
    """Each channel by rank onto its law: rising in the network's output, so the order of values is kept."""
    from scipy.special import ndtr, ndtri

    levels = ndtri((np.arange(_KNOTS) + 0.5) / _KNOTS)
    found = np.empty_like(made)
    for j, law in enumerate(laws):
        x, own = made[..., j], knots[j]
        score = np.interp(x, own, levels)
        for edge, inner, beyond in ((0, 20, x < own[0]), (-1, -21, x > own[-1])):
            slope = (levels[edge] - levels[inner]) / (own[edge] - own[inner])
            score = np.where(beyond, levels[edge] + slope * (x - own[edge]), score)
        found[..., j] = law.ppf(np.clip(ndtr(score), 1e-9, 1 - 1e-9))
    return found
