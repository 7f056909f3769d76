"""From the values of a channel to its working scale, and back: the scale on which changes add up and spread is even."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, Self

import numpy as np

__all__ = ["Transform"]

Kind = Literal["identity", "log", "boxcox", "log1p", "logit"]

_LARGEST = 700.0  # exp of more overflows
_NEARLY = 0.2  # lambdas this close to 0 or to 1 are taken for log and identity: Guerrero's estimate is no sharper
_LEAST = 0.35  # lambda where there are zeros: lower ones send them far away from the rest
_EVEN = 1.5  # largest over smallest value below which no power makes a difference worth having
_ZEROS = 0.3  # share of zeros above which a count is rather "nothing or something" than a size


@dataclass(frozen=True, slots=True)
class Transform:
    """Working scale = (power(value) - centre) / spread.

    Args:
        kind: the power.
        power: lambda of "boxcox", in (0, 1).
        centre, spread: of the transformed values; spread > 0.
        floor: no value below it comes back; None for no floor.
        reason: why this kind.

    >>> t = Transform.learn(np.exp(np.arange(40) / 8) * (2 + np.arange(40) % 2), season=2)
    >>> t.kind
    'log'
    >>> bool(np.isclose(t.inverse(t.forward(np.array([3.0]))), 3.0)[0])
    True
    """

    kind: Kind
    power: float = 1.0
    centre: float = 0.0
    spread: float = 1.0
    floor: float | None = None
    reason: str = "given"

    @classmethod
    def learn(cls, values: np.ndarray, season: int = 1) -> Self:
        """Choose by rule from (T,) values, NaN for missing; `season` rows are a block in which the level is even."""
        known = values[np.isfinite(values)]
        if len(known) == 0:
            return cls("identity", reason="no values")
        kind, power, floor, reason = _chosen(known, values, season)
        bare = cls(kind, power, floor=floor, reason=reason)
        raised = bare.forward(known)
        centre, spread = float(raised.mean()), float(raised.std())
        tiny = 1e-12 * abs(centre)  # a constant series stays on its own scale
        return replace(bare, centre=centre, spread=spread if spread > tiny else 1.0)

    def forward(self, values: np.ndarray) -> np.ndarray:
        """Values on the working scale, NaN where missing (or where the power has no value)."""
        with np.errstate(invalid="ignore", divide="ignore"):
            match self.kind:
                case "identity":
                    raised = np.asarray(values, dtype=np.float64)
                case "log":
                    raised = np.log(values)
                case "boxcox":
                    raised = (np.power(values, self.power) - 1) / self.power
                case "log1p":
                    raised = np.log1p(values)
                case "logit":
                    raised = np.log(values) - np.log1p(-values)
        raised = np.where(np.isfinite(raised), raised, np.nan)
        return (raised - self.centre) / self.spread

    def inverse(self, working: np.ndarray) -> np.ndarray:
        """Values again, always finite where `working` is."""
        raised = np.asarray(working, dtype=np.float64) * self.spread + self.centre
        match self.kind:
            case "identity":
                values = raised
            case "log":
                values = np.exp(np.clip(raised, -_LARGEST, _LARGEST))
            case "boxcox":
                base = np.clip(self.power * raised + 1, 0.0, np.exp(_LARGEST * self.power))
                values = np.power(base, 1 / self.power)
            case "log1p":
                values = np.expm1(np.clip(raised, 0.0, _LARGEST))
            case "logit":
                values = 1 / (1 + np.exp(np.clip(-raised, -_LARGEST, _LARGEST)))
        return values if self.floor is None else np.maximum(values, self.floor)

    def moved(self, centre: float, spread: float) -> Self:
        """The same power around another centre and spread (the level and size of a new entity)."""
        return replace(self, centre=centre, spread=spread)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote."""
        return cls(**values)


def _chosen(  # noqa: PLR0911 - one rule a line
    known: np.ndarray, values: np.ndarray, season: int
) -> tuple[Kind, float, float | None, str]:
    """Kind, power, floor and the reason."""
    low, high = float(known.min()), float(known.max())
    if low < 0:
        return "identity", 1.0, None, "there are values below zero"
    if low == 0:
        zeros = float((known == 0).mean())
        if zeros > _ZEROS:
            return "identity", 1.0, 0.0, f"{zeros:.0%} zeros: no power evens them out; values are held at zero or more"
        power = max(_guerrero(values, season), _LEAST)
        if power > 1 - _NEARLY:
            return "identity", 1.0, 0.0, f"spread does not grow with the level (Guerrero lambda {power:.2f})"
        if power <= _LEAST and (known == np.round(known)).all() and high >= 3:
            return "log1p", 1.0, 0.0, "counts with some zeros whose spread grows with the level"
        return "boxcox", round(power, 3), 0.0, f"spread grows with the level (Guerrero lambda {power:.2f}), some zeros"
    if high < 1 and (low < 0.05 or high > 0.95) and high - low > 0.1:
        return "logit", 1.0, None, "shares between 0 and 1 that come near an end"
    if high < _EVEN * low:
        return "identity", 1.0, None, "values vary too little for a power to matter"
    power = _guerrero(values, season)
    if power < _NEARLY:
        return "log", 0.0, None, f"spread grows with the level (Guerrero lambda {power:.2f})"
    if power > 1 - _NEARLY:
        return "identity", 1.0, 0.0, f"spread does not grow with the level (Guerrero lambda {power:.2f})"
    return "boxcox", round(power, 3), 0.0, f"spread grows with the level (Guerrero lambda {power:.2f})"


def _guerrero(values: np.ndarray, season: int) -> float:
    """The power in [0, 1] that makes spread over level**(1 - power) most even over blocks (Guerrero 1993)."""
    length = season if 2 <= season <= len(values) // 4 else max(4, min(12, len(values) // 8))
    blocks = values[len(values) % length :].reshape(-1, length)
    enough = np.isfinite(blocks).sum(axis=1) >= max(2, length // 2)
    enough[enough] = np.nanmean(blocks[enough], axis=1) > 0
    if enough.sum() < 3:
        return 0.0 if (values[np.isfinite(values)] > 0).all() and _skewed(values) else 1.0
    blocks = blocks[enough]
    level, spread = np.nanmean(blocks, axis=1), np.nanstd(blocks, axis=1)
    powers = np.linspace(0, 1, 41)
    ratios = spread[:, None] / level[:, None] ** (1 - powers)
    means = ratios.mean(axis=0)
    if not (means > 0).all():
        return 1.0
    uneven = ratios.std(axis=0) / means
    return float(powers[int(uneven.argmin())])


def _skewed(values: np.ndarray) -> bool:
    """Whether the logarithm is closer to even sides than the values are."""
    known = values[np.isfinite(values)]

    def lean(x: np.ndarray) -> float:
        return abs(float(np.mean((x - x.mean()) ** 3))) / (float(x.std()) ** 3 or 1.0)

    return lean(np.log(known)) < lean(known)
