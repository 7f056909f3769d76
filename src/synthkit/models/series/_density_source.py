"""An autoregressive mixture density network as the law of innovations: row after row, each given those before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from synthkit.models.series._calibrated import LONG, Calibration, correlated, packed, prepared, unpacked
from synthkit.progress import Progress, part, silent
from synthkit.rng import seed_of

if TYPE_CHECKING:
    from synthkit.models.nn.density import Network, State

__all__ = ["Density"]

_HELD = 0.15  # of each series, for stopping
_STEPS, _CHECK, _PATIENCE, _GAIN = 2000, 25, 16, 1e-4  # of training: at most; between looks; looks; nats that count
_LEAST_GAIN = 0.002  # nats a row by which conditions have to pay, to be seen at all
_STRETCHES, _RUN_IN = 200, 64  # of the long run: how many side by side, and rows before each that are thrown away
_BURN = 32  # rows before the first of a path, to get used to its conditions


class Density:
    """Innovations from an autoregressive mixture density network (satisfies `Learnt`).

    The network sees normal scores and says the law of each row given the rows before it and its conditions; it is
    trained by maximum likelihood. Conditions are left out where, on the last rows of each series, the network says no
    more with them than without. Its output is brought back to the marginals of the data by rank.

    Args:
        network: trained.
        calibration: of its output.
        states: what it can have behind it, from a long run of its own.
        limits: (2, c) least and largest conditions seen; others are moved to these.
        record: how the training went.

    References:
        Bishop (1994), Mixture Density Networks. Salinas et al. (2020), DeepAR: Probabilistic forecasting with
        autoregressive recurrent networks.
    """

    kind: ClassVar[str] = "density"

    def __init__(
        self,
        network: Network,
        calibration: Calibration,
        *,
        states: State,
        limits: np.ndarray,
        record: Mapping[str, Any],
    ) -> None:
        self.network, self.record = network, record
        self._calibration, self._states, self._limits = calibration, states, limits

    @classmethod
    def learn(
        cls,
        innovations: Sequence[np.ndarray],
        context: Sequence[np.ndarray],
        *,
        rng: np.random.Generator,
        steps: int | None = None,
        conditioned: bool | None = None,
        seconds: float = 60.0,
        progress: Progress = silent,
    ) -> Self:
        """Train on (T, k) innovations with (T, c) conditions.

        Args:
            innovations: one array a series; a row with NaN is not learned.
            context: one array a series.
            rng: decides all chance.
            steps: exactly so many steps (unless time runs out), instead of stopping by the last rows of each series.
            conditioned: whether conditions are seen; None to try both.
            seconds: of each training, at most.
            progress: is told the share that is done.

        Raises:
            ValueError: too few rows are whole.
        """
        laws, scores, limits, known = prepared(innovations, context)
        tries = (False, True) if conditioned is None and not steps else (conditioned is not False,)
        tries = tries if limits.shape[1] else (False,)
        seed, best = seed_of(rng), None
        for at, seen in enumerate(tries):
            told = part(progress, "training", at / len(tries), (at + 1) / len(tries))
            found = _trained(scores, known, seen=seen, steps=steps, seed=seed, seconds=seconds, progress=told)
            if best is None or found[1]["surprise"] < best[1]["surprise"] - _LEAST_GAIN:
                best = found
        assert best is not None
        network, record = best
        made, states = _long_run(network, known, rng)
        return cls(network, Calibration.learn(laws, made), states=states, limits=limits, record=record)

    @property
    def settled(self) -> dict[str, Any]:
        """With which a training on more rows does the same without rows held back."""
        return {"steps": max(int(self.record["best_step"]), 1), "conditioned": bool(self.record["conditioned"])}

    def draw(self, paths: int, context: np.ndarray, *, series: int | None, rng: np.random.Generator) -> np.ndarray:
        """(paths, n, k) innovations, row after row; no fitted series is treated apart."""
        from synthkit.models.nn.density import run
        from synthkit.models.nn.windows import mirrored

        del series
        if not len(context) or not paths:
            return np.zeros((paths, len(context), self.network.shape.values))
        known = mirrored(np.clip(context, *self._limits), _BURN)
        made, _ = run(self.network, known, paths, seed=seed_of(rng), begin=self._states)
        return self._calibration(made[:, _BURN:])

    def to_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """JSON values and arrays."""
        plain = {"shape": self.network.shape.to_dict(), "record": self.record}
        own = {"limits": self._limits, "last": self._states[0], "running": self._states[1]}
        return plain, {**packed(self.network.weights), **own, **self._calibration.to_arrays()}

    @classmethod
    def from_state(cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """Read what `to_state` wrote."""
        from synthkit.models.nn.density import Network, Shape

        network, states = (
            Network(Shape.from_dict(plain["shape"]), unpacked(arrays)),
            (arrays["last"], arrays["running"]),
        )
        calibration = Calibration.from_arrays(arrays)
        return cls(network, calibration, states=states, limits=arrays["limits"], record=plain["record"])


def _trained(
    scores: Sequence[np.ndarray],
    known: Sequence[np.ndarray],
    *,
    seen: bool,
    steps: int | None,
    seed: int,
    seconds: float,
    progress: Progress,
) -> tuple[Network, dict[str, Any]]:
    """A network and how its training went."""
    from synthkit.models.nn.density import Network, Past, Pupil, Shape, judge_of
    from synthkit.models.nn.training import Recipe, train

    shape = Shape(values=scores[0].shape[1], conditions=known[0].shape[1] if seen else 0)
    past = Past(scores, [c[:, : shape.conditions] for c in known], shape)
    learnt, held = past.rows(0.0 if steps else _HELD)
    held = learnt if steps else held
    if min(len(learnt), len(held)) < 2:
        raise ValueError("too few rows are whole")
    pupil = Pupil(shape, past, learnt, root=correlated(np.vstack(scores)), seed=seed)
    judge = judge_of(past, held)
    first = judge(pupil.mean).told
    recipe = Recipe(steps or _STEPS, steps or _CHECK, _PATIENCE, _GAIN, sees="surprise by rows held back")
    done = train(pupil, recipe, judge, seconds=seconds, progress=progress)
    record = {
        "steps": done.step,
        "best_step": done.best_step,
        "stopped": done.stopped,
        "seconds": round(done.seconds, 2),
        "conditioned": seen,
        "surprise_at_start": first,
        "surprise": done.told,
    }
    return Network.of(pupil.mean), record


def _long_run(network: Network, known: Sequence[np.ndarray], rng: np.random.Generator) -> tuple[np.ndarray, State]:
    """(N, k) output of the network under the conditions of the data, and the states it came to.

    Stretches begin evenly spaced over the rows of all series, and turn back at the ends of theirs.
    """
    from synthkit.models.nn.density import run

    used = [c for c in known if len(c)]
    ends = np.cumsum([len(c) for c in used])
    rows = LONG // _STRETCHES
    along = np.arange(-_RUN_IN, rows)
    stretches = []
    for at in np.linspace(0, ends[-1] - 1, _STRETCHES).astype(int):
        series = int(np.searchsorted(ends, at, side="right"))
        size = len(used[series])
        place = (at - ends[series] + size + along) % max(2 * (size - 1), 1)
        stretches.append(used[series][np.minimum(place, 2 * (size - 1) - place)])
    made, states = run(network, np.stack(stretches), _STRETCHES, seed=seed_of(rng))
    return made[:, _RUN_IN:].reshape(-1, network.shape.values), states
