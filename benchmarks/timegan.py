"""The published judges of length-24 windows: TimeGAN's two scores, ported to PyTorch, and the distance to train.

The protocol (Yoon, Jarrett, van der Schaar 2019, as in its repository): every column is scaled to 0..1 over all rows,
windows are cut at every row, real and synthetic windows are shuffled and split 80/20, and a GRU of int(columns / 2)
units is trained for 2,000 steps of 128 to tell them apart; the score is |accuracy - 0.5|. The predictive score trains a
GRU on synthetic windows to say the last column one step ahead, and is its mean absolute error on all real windows.
As in the original, the GRU applies its reset gate before the product and starts from Glorot weights and gate biases of
one. Several seeds of a judge are trained side by side, which costs little more than one. Windows are judged backwards
in time, as the original reads them. None of this looks for copies: see `nearest`, and the row `copy-train`.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

LENGTH = 24
BATCH = 128
FLAT = 1e-3  # a channel of a window whose deviation is below this share of its range counts as flat

Windows = NDArray[np.float32]


@dataclass(frozen=True)
class Scaling:
    """Each column's smallest value and range over all rows."""

    low: NDArray[np.float64]
    span: NDArray[np.float64]

    @classmethod
    def of(cls, rows: NDArray[np.float64]) -> Scaling:
        """From an array of (time, columns); a constant column gets range one."""
        low, span = rows.min(axis=0), np.ptp(rows, axis=0)
        return cls(low=low, span=np.where(span > 0, span, 1.0))

    def __call__(self, values: NDArray[np.float64]) -> Windows:
        """Values of any leading shape, scaled; synthetic ones may leave 0..1."""
        return ((values - self.low) / self.span).astype(np.float32)


def windows(rows: NDArray[np.float64], length: int = LENGTH) -> NDArray[np.float64]:
    """A window from every row but the last `length`, as the protocol cuts them: (rows - length, length, columns)."""
    cut = np.lib.stride_tricks.sliding_window_view(rows, length, axis=0)[:-1]
    return np.ascontiguousarray(cut.transpose(0, 2, 1))


def discriminative(
    real: Windows, synthetic: Windows, *, seeds: tuple[int, ...], steps: int = 2_000, units: int | None = None
) -> list[float]:
    """|accuracy - 0.5| of a GRU at telling the two apart on a random fifth of each, one figure a seed."""
    import torch

    width = units or real.shape[2] // 2
    rngs = [np.random.default_rng([seed, 1]) for seed in seeds]
    orders = [[rng.permutation(len(part)) for part in (real, synthetic)] for rng in rngs]
    cuts = [int(0.8 * len(part)) for part in (real, synthetic)]
    both = [_backwards(part) for part in (real, synthetic)]
    judge = _Gru(real.shape[2], width, rngs)
    optimiser = torch.optim.Adam(judge.weights, lr=1e-3, fused=True)
    target = torch.cat([torch.ones(BATCH), torch.zeros(BATCH)]).expand(len(seeds), -1)
    for _ in range(steps):
        picks = [
            [rng.choice(o[:c], BATCH) for o, c in zip(order, cuts, strict=True)]
            for rng, order in zip(rngs, orders, strict=True)
        ]
        rows = torch.stack([torch.cat([part[i] for part, i in zip(both, pick, strict=True)]) for pick in picks])
        logits = judge(rows)[:, :, -1]
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, target) * len(seeds)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
    hits = torch.zeros(len(seeds))
    with torch.no_grad():
        for kind, (part, cut) in enumerate(zip(both, cuts, strict=True)):
            rows = torch.stack([part[order[kind][cut:]] for order in orders])
            hits += ((judge(rows)[:, :, -1] > 0) == (kind == 0)).float().sum(dim=1)
    accuracy = hits / sum(len(part) - cut for part, cut in zip(both, cuts, strict=True))
    return [abs(float(value) - 0.5) for value in accuracy]


def predictive(real: Windows, synthetic: Windows, *, seeds: tuple[int, ...], steps: int = 5_000) -> list[float]:
    """Mean absolute error, on all real windows, of a GRU trained on synthetic ones to foretell the last column."""
    import torch

    rngs = [np.random.default_rng([seed, 2]) for seed in seeds]
    truth, made = _backwards(real), _backwards(synthetic)
    judge = _Gru(real.shape[2] - 1, real.shape[2] // 2, rngs)
    optimiser = torch.optim.Adam(judge.weights, lr=1e-3, fused=True)
    for _ in range(steps):
        rows = torch.stack([made[rng.choice(len(made), BATCH)] for rng in rngs])
        said = torch.sigmoid(judge(rows[:, :, :-1, :-1]))
        loss = (said - rows[:, :, 1:, -1]).abs().mean() * len(seeds)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
    errors = torch.zeros(len(seeds))
    with torch.no_grad():
        for rows in truth.split(2_000):
            said = torch.sigmoid(judge(rows[:, :-1, :-1].expand(len(seeds), -1, -1, -1)))
            errors += (said - rows[:, 1:, -1]).abs().mean(dim=2).sum(dim=1)
    return [float(value) for value in errors / len(truth)]


@dataclass(frozen=True)
class Nearness:
    """Distances to the nearest train window: of synthetic windows, and of real ones from blocks left out in turn."""

    median: float
    held_out_median: float
    low: float
    held_out_low: float

    @property
    def ratios(self) -> tuple[float, float]:
        """Synthetic over held out, of the medians and of the 5 % quantiles: below one is closer than reality."""
        return self.median / self.held_out_median, self.low / self.held_out_low


def nearest(
    real: Windows, synthetic: Windows, *, rng: np.random.Generator, blocks: int = 5, sample: int = 2_000
) -> Nearness:
    """How near synthetic windows come to train, beside how near real windows come to rows that do not touch theirs.

    Each channel of each window is brought to mean zero and deviation one. Real windows are cut into consecutive blocks;
    those of a block are held out, and compared with the windows outside that are at least a window away from the block.
    """
    shape, made = _shape(real), _shape(synthetic[rng.permutation(len(synthetic))[:sample]])
    ours = _distances(made, shape)
    edges = np.linspace(0, len(real), blocks + 1).astype(int)
    theirs = []
    for start, stop in itertools.pairwise(edges):
        block = shape[start + rng.permutation(stop - start)[: sample // blocks]]
        rest = np.concatenate([shape[: max(0, start - real.shape[1])], shape[stop + real.shape[1] :]])
        theirs.append(_distances(block, rest))
    held = np.concatenate(theirs)
    return Nearness(
        median=float(np.median(ours)),
        held_out_median=float(np.median(held)),
        low=float(np.quantile(ours, 0.05)),
        held_out_low=float(np.quantile(held, 0.05)),
    )


def _shape(values: Windows) -> Windows:
    centred = values - values.mean(axis=1, keepdims=True)
    scaled = centred / np.maximum(values.std(axis=1, keepdims=True), FLAT)
    return np.ascontiguousarray(scaled.reshape(len(values), -1), dtype=np.float32)


def _distances(queries: Windows, train: Windows) -> NDArray[np.float32]:
    """Euclidean distance of each query to the nearest row of train."""
    square = (train**2).sum(axis=1)
    parts = [
        ((part**2).sum(axis=1) + (square - 2 * part @ train.T).min(axis=1))
        for part in np.array_split(queries, max(1, len(queries) // 250))
    ]
    return np.sqrt(np.maximum(np.concatenate(parts), 0))


def _backwards(values: Windows) -> torch.Tensor:
    import torch

    return torch.from_numpy(np.ascontiguousarray(values[:, ::-1], dtype=np.float32))


class _Gru:
    """One GRU of TensorFlow's form and a dense unit on every step, for each of several seeds at once."""

    def __init__(self, inputs: int, units: int, rngs: list[np.random.Generator]) -> None:
        self.units = units
        gates = _stack(_glorot(inputs + units, 2 * units, rngs))
        candidate = _stack(_glorot(inputs + units, units, rngs))
        dense = _stack(_glorot(units, 1, rngs))
        ones = _stack([np.ones((1, 2 * units))] * len(rngs))
        zeros = _stack([np.zeros((1, units))] * len(rngs))
        offset = _stack([np.zeros((1, 1))] * len(rngs))
        self.weights = [
            _leaf(gates[:, :inputs]), _leaf(gates[:, inputs:]), _leaf(ones),
            _leaf(candidate[:, :inputs]), _leaf(candidate[:, inputs:]), _leaf(zeros),
            _leaf(dense), _leaf(offset),
        ]  # fmt: skip

    def __call__(self, rows: torch.Tensor) -> torch.Tensor:
        """From (seeds, windows, steps, columns) to one number a step: (seeds, windows, steps)."""
        import torch

        into, over, bias, into_c, over_c, bias_c, dense, offset = self.weights
        seeds, count, length, columns = rows.shape
        by_step = rows.transpose(1, 2).reshape(seeds, length * count, columns)
        sums = torch.baddbmm(torch.cat([bias, bias_c], dim=2), by_step, torch.cat([into, into_c], dim=2))
        steps = sums.view(seeds, length, count, -1).unbind(dim=1)
        state, states = torch.zeros(seeds, count, self.units), []
        for step in steps:
            gate = torch.sigmoid(torch.baddbmm(step[..., : 2 * self.units], state, over))
            reset, keep = gate[..., : self.units], gate[..., self.units :]
            new = torch.tanh(torch.baddbmm(step[..., 2 * self.units :], reset * state, over_c))
            state = torch.lerp(new, state, keep)
            states.append(state)
        out = torch.baddbmm(offset, torch.stack(states, dim=2).view(seeds, -1, self.units), dense)
        return out.view(seeds, count, length)


def _glorot(rows: int, columns: int, rngs: list[np.random.Generator]) -> list[NDArray[np.float64]]:
    bound = np.sqrt(6 / (rows + columns))
    return [rng.uniform(-bound, bound, (rows, columns)) for rng in rngs]


def _stack(parts: list[NDArray[np.float64]]) -> torch.Tensor:
    import torch

    return torch.from_numpy(np.stack(parts).astype(np.float32))


def _leaf(values: torch.Tensor) -> torch.Tensor:
    return values.clone().contiguous().requires_grad_()
