"""Several seasons whose shape moves from round to round, around a law of what is left."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from synthkit.models.series._ets import Ets
from synthkit.models.series._regression import Regression
from synthkit.models.series._structure import Law, Origin

__all__ = ["Pattern", "Seasonal", "bridged", "decomposed"]

_MEMORY = (0.7, 0.99)  # autocorrelation of the shape from round to round; loess makes shapes move slowly


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """The shape of one season in every round, and how it moves.

    Args:
        rounds: (rounds, m) its values; the last round is filled up with the one before.
        memory: autocorrelation of the departures from the mean shape, from one round to the next.
    """

    rounds: np.ndarray
    memory: float

    @classmethod
    def learn(cls, seasonal: np.ndarray, m: int) -> Self:
        """From (T,) values of a season of `m` rows, T >= 2 m."""
        n = len(seasonal)
        whole = -(-n // m)
        rows = np.empty(whole * m)
        rows[:n] = seasonal
        rows[n:] = rows[n - m : whole * m - m]
        rounds = rows.reshape(whole, m)
        away = rounds - rounds.mean(axis=0)
        power = float((away[:-1] ** 2).sum() + (away[1:] ** 2).sum()) / 2
        memory = float((away[:-1] * away[1:]).sum()) / power if power > 0 else 0.0
        memory += (1 + 3 * memory) / whole  # the estimate is short by as much (Kendall 1954)
        return cls(rounds, float(np.clip(memory, *_MEMORY)))

    def repeated(self, n: int, total: int, origin: Origin) -> np.ndarray:
        """(n,) the season as it was fitted, or the last round again and again after `total` rows."""
        m = self.rounds.shape[1]
        flat = self.rounds.ravel()
        if origin == "end":
            return np.resize(flat[total - m : total], n)
        more = max(n - len(flat), 0)
        return np.concatenate([flat, np.resize(flat[-m:], more)])[:n]

    def drawn(self, paths: int, n: int, total: int, origin: Origin, rng: np.random.Generator) -> np.ndarray:
        """(paths, n) rounds whose departures from the mean shape are an autoregression over rounds.

        Its shocks are random mixtures of the departures that were seen, so they are as smooth and as large as these.
        After the end, rounds are counted from there and the last one fades out.
        """
        from scipy.signal import lfilter

        count, m = self.rounds.shape
        turn = total % m if origin == "end" else 0
        mean = np.roll(self.rounds.mean(axis=0), -turn)
        away = np.roll(self.rounds, -turn, axis=1) - mean
        needed = -(-n // m)
        fading = np.zeros((needed, m))
        if origin == "end":
            fading = self.memory ** np.arange(1, needed + 1)[:, None] * (self.repeated(m, total, "end") - mean)
        step = np.sqrt(1 - self.memory**2)
        made = np.empty((paths, n))
        for i in range(paths):
            mixture = step * rng.standard_normal((needed, count)) / np.sqrt(count)
            if origin == "start":
                mixture[0] /= step
            mixture = lfilter(np.ones(1), np.array([1.0, -self.memory]), mixture, axis=0)
            made[i] = (mixture @ away + fading + mean).ravel()[:n]
        return made


class Seasonal:
    """Seasons plus a law of the adjusted series (satisfies `Law`).

    Args:
        patterns: shortest season first.
        rest: of the series less its seasons.
    """

    kind: ClassVar[str] = "seasonal"

    def __init__(self, patterns: Sequence[Pattern], rest: Law) -> None:
        self._patterns, self._rest = tuple(patterns), rest
        self.innovations = rest.innovations
        self.parameters: Mapping[str, float] = {
            **{f"memory of season {p.rounds.shape[1]}": p.memory for p in self._patterns},
            **rest.parameters,
        }

    @classmethod
    def fit(cls, values: np.ndarray, *, seasons: Sequence[int]) -> Self:
        """Decompose by MSTL; the adjusted series is exponential smoothing or an autoregression, whichever fits better.

        Args:
            values: (T,) on the working scale, NaN for missing.
            seasons: rows of each, shortest first; those not held twice are left out.
        """
        found = decomposed(bridged(values, seasons), seasons)
        adjusted = values - sum(found.values(), np.zeros(len(values)))
        laws: list[Law] = [Ets.fit(adjusted), Regression.fit(adjusted)]
        return cls([Pattern.learn(part, m) for m, part in found.items()], min(laws, key=_criterion(laws)))

    def __len__(self) -> int:
        return len(self.innovations)

    def simulate(
        self,
        shocks: np.ndarray,
        *,
        origin: Origin,
        exog: np.ndarray | None = None,  # noqa: ARG002 - part of the protocol; this law has none
        rng: np.random.Generator | None = None,
    ) -> np.ndarray:
        """Paths driven by standardised innovations; see `Law.simulate`. Seasons are drawn anew where `rng` is given."""
        paths, n = shocks.shape
        made = self._rest.simulate(shocks, origin=origin, rng=rng)
        for pattern in self._patterns:
            if rng is None:
                made = made + pattern.repeated(n, len(self), origin)
            else:
                made = made + pattern.drawn(paths, n, len(self), origin, rng)
        return np.asarray(made)

    def to_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """JSON values and arrays."""
        plain, arrays = self._rest.to_state()
        own = {f"rounds {i}": p.rounds for i, p in enumerate(self._patterns)}
        more = {"memory": [p.memory for p in self._patterns], "rest": {"kind": self._rest.kind, "state": plain}}
        return more, {**own, **{f"rest {name}": array for name, array in arrays.items()}}

    @classmethod
    def from_state(cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """Read what `to_state` wrote."""
        patterns = [Pattern(arrays[f"rounds {i}"], memory) for i, memory in enumerate(plain["memory"])]
        own = {name.removeprefix("rest "): value for name, value in arrays.items() if name.startswith("rest ")}
        kinds: dict[str, type[Law]] = {Ets.kind: Ets, Regression.kind: Regression}
        return cls(patterns, kinds[plain["rest"]["kind"]].from_state(plain["rest"]["state"], own))


def bridged(values: np.ndarray, seasons: Sequence[int]) -> np.ndarray:
    """(T,) values with the missing ones between their neighbours, by the mean shape of the longest season."""
    known = np.isfinite(values)
    if known.all():
        return values
    rows = np.arange(len(values))
    shape = np.zeros(len(values))
    m = max((m for m in seasons if 2 * m <= len(values)), default=1)
    if m > 1:
        level = np.interp(rows, rows[known], values[known])
        smooth = np.convolve(np.pad(level, m, mode="edge"), np.ones(m) / m, mode="same")[m:-m]
        away = np.where(known, values - smooth, 0.0)
        counts = np.bincount(rows[known] % m, minlength=m)
        shape = (np.bincount(rows % m, weights=away, minlength=m) / np.maximum(counts, 1))[rows % m]
    return np.asarray(shape + np.interp(rows, rows[known], (values - shape)[known]))


def decomposed(whole: np.ndarray, seasons: Sequence[int]) -> dict[int, np.ndarray]:
    """Rows of a season -> (T,) its values, by MSTL; local lines are fitted at every tenth of a season."""
    from statsmodels.tsa.seasonal import MSTL

    usable = [m for m in sorted(set(seasons)) if m > 1 and 2 * m < len(whole)]
    if not usable:
        return {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        jump = max(1, usable[0] // 10)
        options = {"seasonal_deg": 0, "seasonal_jump": jump, "trend_jump": jump, "low_pass_jump": jump}
        found = MSTL(whole, periods=tuple(usable), stl_kwargs=options).fit()
    parts = np.asarray(found.seasonal).reshape(len(whole), len(usable))
    return {m: parts[:, i] for i, m in enumerate(usable)}


def _criterion(laws: Sequence[Law]) -> Callable[[Law], float]:
    """AICc on the rows all have innovations for."""
    shared = np.all([np.isfinite(law.innovations) for law in laws], axis=0)

    def of(law: Law) -> float:
        n = int(shared.sum())
        k = law.parameters.get("ar order", 3.0) + 2
        squares = float(np.sum((law.innovations[shared] * law.parameters["sigma"]) ** 2))
        return n * float(np.log(max(squares / max(n, 1), 1e-300))) + 2 * k * n / max(n - k - 1, 1)

    return of
