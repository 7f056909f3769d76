"""A linear model of rows with an intercept, and perhaps a slope, that belong to the entity and are drawn with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthkit.models.series._sequence.parts import State

__all__ = ["Mixed", "joint", "learn"]

_PENALTIES = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
_ROUNDS = 80
_FLOOR = 1e-8


@dataclass(frozen=True)
class Mixed:
    """`y = x @ beta + basis @ effect of the entity + rest`.

    With the first value among the columns of x this is a dynamic panel model whose effects may depend on where the
    entity began (Wooldridge 2005), so its lags are not mistaken for persistence of entities.

    Args:
        beta: (p,) weights.
        rest: standard deviation of what is left.
        spread: (q, q) covariance of the effects over entities; q is 0, 1 (intercept) or 2 (and slope).
        centre: (n, q) what is expected of the effects of each fitted entity.
        doubt: (n, q, q) their covariance.
    """

    beta: np.ndarray
    rest: float
    spread: np.ndarray
    centre: np.ndarray
    doubt: np.ndarray

    @property
    def effects(self) -> int:
        """How many effects an entity has."""
        return len(self.spread)

    def to_state(self) -> State:
        """Plain values and arrays."""
        arrays = {"beta": self.beta, "spread": self.spread, "centre": self.centre, "doubt": self.doubt}
        return {"rest": self.rest}, arrays

    @classmethod
    def from_state(cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Mixed:
        """Read what `to_state` gave."""
        return cls(rest=plain["rest"], **arrays)


def learn(x: np.ndarray, y: np.ndarray, groups: np.ndarray, count: int, basis: np.ndarray) -> Mixed:
    """Fit by EM; the number of effects, up to the columns of `basis`, by BIC over entities.

    Args:
        x: (n, p) columns of even scale, the first of them ones.
        y: (n,) what they tell.
        groups: (n,) 0..count-1, whose row it is.
        count: entities.
        basis: (n, q) columns of the effects; none for a table of one row an entity.

    References:
        Laird and Ware (1982), Random-effects models for longitudinal data.
        Wooldridge (2005), Simple solutions to the initial conditions problem in dynamic, nonlinear panel data models.
    """
    penalty = _penalty(x, y)
    best, least = _plain(x, y, penalty, count), np.inf
    for q in range(basis.shape[1] + 1):
        found, loss = _fitted(x, y, _Rows.of(groups, count, basis[:, :q]), penalty)
        if loss < least - 1e-6:
            best, least = (found if q else best), loss
    return best


def joint(parts: list[Mixed]) -> np.ndarray:
    """The covariance of the effects of several channels together.

    Each channel's own block is as fitted. Between channels it is the correlation of what is expected of the effects,
    raised for what shrinkage took from it (Spearman 1904) and lowered for few entities.
    """
    sizes = [part.effects for part in parts]
    total = sum(sizes)
    out = np.zeros((total, total))
    ends = np.cumsum([0, *sizes])
    for part, begin in zip(parts, ends, strict=False):
        out[begin : begin + part.effects, begin : begin + part.effects] = part.spread
    if total == 0 or len(parts) < 2:
        return out
    centre = np.column_stack([part.centre for part in parts])
    scale = np.sqrt(np.maximum(np.diag(out), _FLOOR))
    seen = np.maximum(centre.std(0), _FLOOR)
    trust = len(centre) / (len(centre) + 10)
    raised = (centre - centre.mean(0)).T @ (centre - centre.mean(0)) / len(centre) / np.outer(seen, seen)
    raised = np.clip(trust * raised / np.outer(*[np.clip(seen / scale, 0.2, 1)] * 2), -0.95, 0.95)
    of = np.repeat(np.arange(len(parts)), sizes)
    apart = of[:, None] != of[None, :]
    out[apart] = (raised * np.outer(scale, scale))[apart]
    values, vectors = np.linalg.eigh(out)
    whole: np.ndarray = (vectors * np.maximum(values, 0)) @ vectors.T
    return whole


def _penalty(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The ridge penalty of each column (none for the first), by generalised cross-validation."""
    ones = np.zeros(x.shape[1])
    ones[1:] = 1.0
    rest = x[:, 1:] - x[:, 1:].mean(0)
    left, values, _ = np.linalg.svd(rest, full_matrices=False)
    told = left.T @ (y - y.mean())
    total = float(((y - y.mean()) ** 2).sum())
    losses = []
    for penalty in _PENALTIES:
        kept = values**2 / (values**2 + penalty)
        error = max(total - float((told**2 * (1 - (1 - kept) ** 2)).sum()), 0.0)
        losses.append(error / max(1 - (1 + kept.sum()) / len(y), 0.05) ** 2)
    return ones * _PENALTIES[int(np.argmin(losses))]


def _plain(x: np.ndarray, y: np.ndarray, penalty: np.ndarray, count: int) -> Mixed:
    square = x.T @ x + np.diag(penalty + _FLOOR)
    beta = np.linalg.solve(square, x.T @ y)
    used = float(np.trace(np.linalg.solve(square, x.T @ x)))
    rest = float(np.sqrt(((y - x @ beta) ** 2).sum() / max(len(y) - used, 1.0)))
    return Mixed(beta, rest, np.zeros((0, 0)), np.zeros((count, 0)), np.zeros((count, 0, 0)))


@dataclass(frozen=True)
class _Rows:
    """Which rows are whose, and the sums of the effects' columns over them."""

    groups: np.ndarray
    basis: np.ndarray
    outer: np.ndarray

    @classmethod
    def of(cls, groups: np.ndarray, count: int, basis: np.ndarray) -> _Rows:
        outer = np.zeros((count, basis.shape[1], basis.shape[1]))
        np.add.at(outer, groups, basis[:, :, None] * basis[:, None, :])
        return cls(groups, basis, outer)

    def told(self, left: np.ndarray) -> np.ndarray:
        """(n, q) sums over each entity's rows of the effects' columns times what is left of y."""
        out = np.zeros((len(self.outer), self.basis.shape[1]))
        np.add.at(out, self.groups, self.basis * left[:, None])
        return out

    def expected(self, left: np.ndarray, spread: np.ndarray, rest: float) -> tuple[np.ndarray, np.ndarray]:
        """What is expected of each entity's effects given its rows, and the covariance of that."""
        doubt = np.linalg.inv(self.outer / rest + np.linalg.inv(spread))
        return np.einsum("nij,nj->ni", doubt, self.told(left)) / rest, doubt

    def bic(self, left: np.ndarray, spread: np.ndarray, rest: float) -> float:
        """Minus twice the log likelihood, and log(entities) for each parameter of the effects."""
        q = len(spread)
        loss = len(left) * np.log(rest) + float((left**2).sum()) / rest
        if q:
            told = self.told(left)
            inner = np.eye(q) + spread @ self.outer / rest
            centre = np.linalg.solve(inner, (spread @ told[:, :, None]) / rest)[:, :, 0]
            loss += float(np.linalg.slogdet(inner)[1].sum()) - float((told * centre).sum()) / rest
        return float(loss + q * (q + 1) / 2 * np.log(len(self.outer)))


def _fitted(x: np.ndarray, y: np.ndarray, rows: _Rows, penalty: np.ndarray) -> tuple[Mixed, float]:
    """EM, and the BIC of where it ends."""
    q = rows.basis.shape[1]
    square = x.T @ x + np.diag(penalty + _FLOOR)
    beta = np.linalg.solve(square, x.T @ y)
    rest = float(np.mean((y - x @ beta) ** 2)) + _FLOOR
    spread = np.eye(q) * rest * 0.3
    centre, doubt = rows.expected(y - x @ beta, spread, rest)
    for _ in range(_ROUNDS if q else 0):
        spread = (centre[:, :, None] * centre[:, None, :] + doubt).mean(0) + np.eye(q) * _FLOOR
        told = y - (rows.basis * centre[rows.groups]).sum(1)
        beta = np.linalg.solve(square, x.T @ told)
        rest = (float(((told - x @ beta) ** 2).sum()) + float((rows.outer * doubt).sum())) / len(y) + _FLOOR
        centre, doubt = rows.expected(y - x @ beta, spread, rest)
    return Mixed(beta, float(np.sqrt(rest)), spread, centre, doubt), rows.bic(y - x @ beta, spread, rest)
