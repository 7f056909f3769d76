"""A causal network as the law of innovations: trained on their normal scores, calibrated back to their marginals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from synthkit.models.series._calibrated import LONG, Calibration, correlated, packed, prepared, unpacked
from synthkit.models.series._innovations import first_part, last_part
from synthkit.progress import Progress, silent
from synthkit.rng import seed_of

if TYPE_CHECKING:
    from synthkit.models.nn.gan import Network, Recipe

__all__ = ["Gan"]

_HELD = 0.15  # of each series, for stopping
_MANY = 20  # series from which on paths may differ for good


class Gan:
    """Innovations from a causal generator (satisfies `Learnt`).

    The network sees normal scores, so that heavy tails cannot unsettle it. Its output is brought back by rank: by a
    rising map of each channel's own quantiles onto those of the data, with Pareto tails.

    Args:
        network: the trained generator.
        calibration: of its output.
        limits: (2, c) least and largest conditions seen; others are moved to these.
        record: how the training went.

    References:
        Wiese et al. (2020), Quant GANs, Quantitative Finance 20(9). Gulrajani et al. (2017), Improved Training of
        Wasserstein GANs. Dahl and Sorensen (2021), Time Series (re)sampling using Generative Adversarial Networks.
    """

    kind: ClassVar[str] = "gan"

    def __init__(
        self, network: Network, calibration: Calibration, *, limits: np.ndarray, record: Mapping[str, Any]
    ) -> None:
        self.network, self.record = network, record
        self._calibration, self._limits = calibration, limits

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
        laws, scores, limits, known = prepared(innovations, context)
        learnt = scores if steps else [first_part(rows, _HELD) for rows in scores]
        shape = Shape(
            values=len(laws),
            conditions=known[0].shape[1],
            common=2 if any(map(len, scores)) and len(innovations) >= _MANY else 0,
            window=longest_window(learnt),
        )
        training = Training(shape, recipe, seed=seed_of(rng), mixing=correlated(np.vstack(scores)))
        held = None
        if not steps:
            held = [last_part(rows, _HELD) for rows in scores], [last_part(rows, _HELD) for rows in known]
            known = [first_part(rows, _HELD) for rows in known]
        network = training.run(learnt, known, held=held, steps=steps, progress=progress)
        calibration = Calibration.learn(laws, _long_run(network, known, rng))
        return cls(network, calibration, limits=limits, record=training.record)

    @property
    def settled(self) -> dict[str, Any]:
        """With which a training on more rows does the same without rows held back: the steps that were best."""
        return {"steps": int(self.record["best_step"]) or int(self.record["steps"])}

    def draw(self, paths: int, context: np.ndarray, *, series: int | None, rng: np.random.Generator) -> np.ndarray:
        """(paths, n, k) innovations in one pass; no fitted series is treated apart."""
        from synthkit.models.nn.gan import sample

        del series
        if not len(context) or not paths:
            return np.zeros((paths, len(context), self.network.shape.values))
        return self._calibration(sample(self.network, np.clip(context, *self._limits), paths, seed=seed_of(rng)))

    def to_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """JSON values and arrays."""
        plain = {"shape": self.network.shape.to_dict(), "record": self.record}
        return plain, {**packed(self.network.weights), "limits": self._limits, **self._calibration.to_arrays()}

    @classmethod
    def from_state(cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """Read what `to_state` wrote."""
        from synthkit.models.nn.gan import Network
        from synthkit.models.nn.tcn import Shape

        network = Network(Shape.from_dict(plain["shape"]), unpacked(arrays))
        return cls(network, Calibration.from_arrays(arrays), limits=arrays["limits"], record=plain["record"])


def _long_run(network: Network, known: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """(N, k) output of the network under the conditions of the data."""
    from synthkit.models.nn.gan import sample

    used = [c for c in known if len(c)]
    used = [used[i] for i in np.unique(np.linspace(0, len(used) - 1, 64).astype(int))]
    paths = max(1, LONG // sum(len(c) for c in used))
    return np.vstack([
        sample(network, c, paths, seed=seed_of(rng)).reshape(-1, network.shape.values) for c in used
    ])  # fmt: skip
