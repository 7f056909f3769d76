"""An any-order autoregressive model of rows: the law of each column given any of the others. Tensors only."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from synthkit.models.nn.pupil import Learner
from synthkit.models.nn.spans import Spans

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Conditionals", "Cuts", "Pupil", "Shape"]

_NARROWEST, _WIDEST = -5.0, 2.0  # log spread of a component, in normal scores
_LEAST = 1e-7  # share of a stretch
_WARMING = 100  # steps over which the learning rate rises
_NEAR = 2  # stretches that a number may move, as others see it in training
_ASKED = 64  # columns that are learned in a step at most
_CELLS = 2**23  # numbers in the vectors of a batch at most
_ROWS = 2_000  # drawn together: what is worked on then stays near the processor
_FEW = 8  # stretches of a number below which no density lies under them

Cuts = tuple[np.ndarray | None, ...]
"""For each span of a number the shares of its rows at which its stretches begin and end, from 0 to 1."""


@dataclass(frozen=True)
class Shape:
    """Sizes of the networks.

    Args:
        width: of the context, a sum of one vector a cell.
        hidden: of the layers of each column.
        layers: of each column after the first.
        waves: cosines over the ranks of a number, in which its vectors and its law are smooth.
        components: of the mixture density of a number.
        drop: share of the inputs of a layer that are left out in training.
    """

    width: int = 256
    hidden: int = 64
    layers: int = 2
    waves: int = 16
    components: int = 8
    drop: float = 0.05


class Conditionals(nn.Module):
    """A law for each column given any set of the others.

    The cells that are known each have a vector; their sum is the context, from which layers of the column's own make
    its law. Of a number the vectors and the logits of its stretches are smooth functions of the rank and a part for
    each stretch; under the logits lies a mixture of logistic densities over the normal score (Uria, Murray and
    Larochelle 2014; Salimans et al. 2017).

    Args:
        spans: of a row.
        shape: sizes.
        cuts: of the numbers.
        order: in which columns are drawn.
    """

    def __init__(self, spans: Spans, shape: Shape, cuts: Cuts, order: Sequence[int]) -> None:
        super().__init__()
        self.spans, self.shape, self.order = spans, shape, tuple(order)
        self.waves: Tensor
        self.widths: Tensor
        self.edges: Tensor
        self.before: Tensor
        many, width, hidden = len(spans.sizes), shape.width, shape.hidden
        self._starts = [int(at) for at in spans.starts]
        place = torch.as_tensor(np.argsort(self.order))
        self.register_buffer("before", (place[None] < place[:, None]).float(), persistent=False)
        self.tokens = nn.Parameter(torch.randn(spans.levels, width) * 0.3)
        self.ripples = nn.Parameter(torch.randn(many, shape.waves, width) * 0.1)
        self.shift = nn.Parameter(torch.zeros(many, width))
        self.first = nn.Parameter(torch.randn(many, width, hidden) / math.sqrt(width))
        self.first_shift = nn.Parameter(torch.zeros(many, 1, hidden))
        deep = torch.randn(shape.layers, many, hidden, hidden) * 0.7 / math.sqrt(hidden)
        self.deep = nn.Parameter(deep)
        self.deep_shift = nn.Parameter(torch.zeros(shape.layers, many, 1, hidden))
        self.out = nn.Parameter(torch.zeros(spans.levels, hidden))
        self.out_shift = nn.Parameter(torch.zeros(spans.levels))
        self.out_waves = nn.Parameter(torch.zeros(many, shape.waves, hidden))
        self.mixture = nn.Parameter(torch.randn(many, 3 * shape.components, hidden) * 0.02)
        self.mixture_shift = nn.Parameter(_even(shape.components).repeat(many, 1))
        self._numbers({at: ends for at, ends in enumerate(cuts) if ends is not None and len(ends) > 1})

    def _numbers(self, cuts: Mapping[int, np.ndarray]) -> None:
        """What is known of the numbers beforehand: waves over ranks, edges as normal scores, widths."""
        spans = self.spans
        waves, widths, edges = torch.zeros(spans.levels, self.shape.waves), torch.zeros(spans.levels), []
        number = torch.arange(1, self.shape.waves + 1)
        self._under_it: dict[int, tuple[int, int]] = {}  # span -> where its edges are
        self._numeric = frozenset(cuts)
        begin = 0
        for at, ends in cuts.items():
            inside = slice(self._starts[at], self._starts[at] + len(ends) - 1)
            middles = torch.as_tensor((ends[1:] + ends[:-1]) / 2, dtype=torch.float32)
            waves[inside] = torch.cos(math.pi * middles[:, None] * number) / number.sqrt()
            widths[inside] = torch.as_tensor(np.log(np.diff(ends)), dtype=torch.float32)
            if len(ends) > _FEW:
                edges.append(torch.special.ndtri(torch.as_tensor(ends[1:-1], dtype=torch.float64)).float())
                self._under_it[at] = (begin, begin + len(edges[-1]))
                begin += len(edges[-1])
        known = {"waves": waves, "widths": widths}
        for name, tensor in (known | {"edges": torch.cat([*edges, torch.zeros(0)])}).items():
            self.register_buffer(name, tensor, persistent=False)
        with torch.no_grad():
            self.tokens.mul_((waves == 0).all(1, keepdim=True))  # a stretch begins as a smooth function of its rank

    def axes(self) -> dict[str, tuple[tuple[int | str, ...], ...]]:
        """What each place of each weight stands for: sizes, "levels" or "columns" of a row."""
        shape = self.shape
        width, hidden, waves, layers = (shape.width,), (shape.hidden,), (shape.waves,), (shape.layers,)
        mixture, one = (3 * shape.components,), (1,)
        levels: tuple[int | str, ...] = ("levels",)
        spans: tuple[int | str, ...] = ("columns",)
        return {
            "tokens": (levels, width), "ripples": (spans, waves, width), "shift": (spans, width),
            "first": (spans, width, hidden), "first_shift": (spans, one, hidden),
            "deep": (layers, spans, hidden, hidden), "deep_shift": (layers, spans, one, hidden),
            "out": (levels, hidden), "out_shift": (levels,), "out_waves": (spans, waves, hidden),
            "mixture": (spans, mixture, hidden), "mixture_shift": (spans, mixture),
        }  # fmt: skip

    def vectors(self) -> Tensor:
        """(levels, width) a vector for each level of each span, scaled so that a whole row has about unit size."""
        spans = (slice(start, start + size) for start, size in zip(self._starts, self.spans.sizes, strict=True))
        smooth = torch.cat([self.waves[own] @ ripples for own, ripples in zip(spans, self.ripples, strict=True)])
        return (self.tokens + smooth) / math.sqrt(max(len(self.spans.sizes) / 2, 1.0))

    def cells(self, vectors: Tensor, codes: Tensor) -> Tensor:
        """(s, n, width) the vectors of cells."""
        starts = torch.as_tensor(self.spans.starts, device=codes.device)
        return functional.embedding((codes.long() + starts).T, vectors)

    def hidden(self, contexts: Tensor, spans: slice | Sequence[int], chance: torch.Generator | None = None) -> Tensor:
        """(s, n, hidden) what the layers of some columns make of a (s, n, width) context each.

        With `chance`, in training, a part of their inputs is left out.
        """
        x = functional.silu(contexts + self.shift[spans, None])
        z = functional.silu(torch.baddbmm(self.first_shift[spans], x, self.first[spans]))
        for weights, shift in zip(self.deep, self.deep_shift, strict=True):
            seen = z
            if chance is not None and self.shape.drop:
                stays = torch.rand(z.shape, generator=chance, device=z.device) >= self.shape.drop
                seen = z * stays / (1 - self.shape.drop)
            z = z + functional.silu(torch.baddbmm(shift[spans], seen, weights[spans]))
        return z

    def logits(self, z: Tensor, at: int) -> Tensor:
        """(n, levels) of one span."""
        own = slice(self._starts[at], self._starts[at] + self.spans.sizes[at])
        found = torch.addmm(self.out_shift[own], z, self.out[own].T)
        if at in self._numeric:
            found = found + (z @ self.out_waves[at].T) @ self.waves[own].T
        if at not in self._under_it:
            return found
        under = self._under(z, at)
        return found + functional.pad(under, (0, found.shape[1] - under.shape[1]))

    def _under(self, z: Tensor, at: int) -> Tensor:
        """(n, stretches) log density of a mixture over the ranks of a number."""
        parts = torch.addmm(self.mixture_shift[at], z, self.mixture[at].T)
        weight, middle, spread = torch.split(parts, self.shape.components, 1)
        sharp = torch.exp(-spread.clamp(_NARROWEST, _WIDEST))
        edges = self.edges[slice(*self._under_it[at])]
        below = torch.sigmoid(torch.addcmul(-(middle * sharp)[:, None], edges[None, :, None], sharp[:, None]))
        law = torch.bmm(below, torch.softmax(weight, 1)[:, :, None])[:, :, 0]
        shares = torch.diff(functional.pad(law, (1, 1)) + _last_one(law), dim=1)
        start = self._starts[at]
        return shares.clamp(min=_LEAST).log() - self.widths[start : start + shares.shape[1]]

    def surprises(
        self,
        codes: Tensor,
        seen: Tensor | None = None,
        shown: Tensor | None = None,
        chance: torch.Generator | None = None,
        among: Sequence[int] | None = None,
    ) -> Tensor:
        """(n, m) nats of each cell given those before it in the order, and those that are seen anyway.

        Args:
            codes: (n, s) rows.
            seen: (n, s) whether a cell is known before all others; its own entry is then 0. None for none.
            shown: (n, s) rows as the other columns see them, where they are not the same.
            chance: in training, decides what is left out.
            among: the m spans that are asked about; all in turn if None.
        """
        asked = list(among) if among is not None else list(range(len(self.order)))
        cells = self.cells(self.vectors(), codes if shown is None else shown)
        turned = cells if seen is None else cells * ~seen.T[..., None]
        contexts = (self.before[asked] @ turned.flatten(1)).view(len(asked), *cells.shape[1:])
        if seen is not None:
            contexts = contexts + (cells - turned).sum(0)
        z = self.hidden(contexts, asked, chance)
        lost = self._missed(z, codes, asked)
        return lost if seen is None else lost * (1 - seen[:, asked].float())

    def _missed(self, z: Tensor, codes: Tensor, asked: Sequence[int]) -> Tensor:
        """(n, m) cross entropies of the codes of some spans."""
        logits = (self.logits(of_one, at) for of_one, at in zip(z.unbind(), asked, strict=True))
        targets = (codes[:, at].long() for at in asked)
        lost = [functional.cross_entropy(x, y, reduction="none") for x, y in zip(logits, targets, strict=True)]
        return torch.stack(lost, 1)

    @torch.no_grad()
    def misses(self, codes: Tensor) -> Tensor:
        """(n, s) nats of each cell given all others of its row."""
        cells = self.cells(self.vectors(), codes)
        return self._missed(self.hidden(cells.sum(0) - cells, slice(None)), codes, range(len(self.order)))

    @torch.no_grad()
    def fill(self, codes: Tensor, known: Tensor, chance: torch.Generator, barred: Mapping[int, int]) -> Tensor:
        """Rows whose unknown cells are drawn one column after the other, given the known ones and those drawn.

        Args:
            codes: (n, s) rows; what stands in unknown cells does not matter.
            known: (n, s) which cells to keep.
            chance: decides all chance.
            barred: span -> a code of it that is not drawn (a missing cell).
        """
        if len(codes) > _ROWS:
            parts = zip(torch.split(codes, _ROWS), torch.split(known, _ROWS), strict=True)
            return torch.cat([self.fill(some, those, chance, barred) for some, those in parts])
        codes, vectors = codes.clone().long(), self.vectors()
        context = self._context(vectors, codes, known)
        for at in self.order:
            rows = (~known[:, at]).nonzero()[:, 0]
            if not len(rows):
                continue
            z = self.hidden(context[rows][None], slice(at, at + 1))[0]
            logits = self.logits(z, at)
            if at in barred:
                logits[:, barred[at]] = -math.inf
            codes[rows, at] = self.spans.drawn([logits], chance)[:, 0]
            context[rows] += vectors[codes[rows, at] + self._starts[at]]
        return codes

    @torch.no_grad()
    def context(self, codes: Tensor, known: Tensor) -> Tensor:
        """(n, width) the context of what is known of rows."""
        return self._context(self.vectors(), codes.long(), known)

    def _context(self, vectors: Tensor, codes: Tensor, known: Tensor) -> Tensor:
        context = torch.zeros(len(codes), vectors.shape[1], device=codes.device)
        for at, start in enumerate(self._starts):
            rows = known[:, at].nonzero()[:, 0]
            if len(rows):
                context[rows] += vectors[codes[rows, at] + start]
        return context

    @torch.no_grad()
    def law(self, context: Tensor, at: int) -> Tensor:
        """(n, levels) the law of one cell of each row in its context."""
        return torch.softmax(self.logits(self.hidden(context[None], slice(at, at + 1))[0], at), 1)

    @torch.no_grad()
    def sample(self, n: int, chance: torch.Generator) -> tuple[Tensor, Tensor]:
        """Codes and scores of `n` new rows."""
        nothing = torch.zeros(n, len(self.order), dtype=torch.long, device=self.tokens.device)
        return self.placed(self.fill(nothing, nothing.bool(), chance, {}), chance)

    @torch.no_grad()
    def sample_where(self, fixed: Mapping[int, Tensor], chance: torch.Generator) -> tuple[Tensor, Tensor]:
        """A row for each of the (n,) codes that spans are fixed at."""
        n = len(next(iter(fixed.values())))
        codes, known = torch.zeros(n, len(self.order), dtype=torch.long), torch.zeros(n, len(self.order)).bool()
        for at, wanted in fixed.items():
            codes[:, at], known[:, at] = wanted.long(), True
        return self.placed(self.fill(codes, known, chance, {}), chance)

    def placed(self, codes: Tensor, chance: torch.Generator) -> tuple[Tensor, Tensor]:
        """Codes, and places drawn within the stretches, where ranks are as good as uniform."""
        scores = torch.randn(len(codes), len(self.spans.scored), generator=chance, device=codes.device)
        return codes, scores * self.spans.has_place(codes)


def _even(components: int) -> Tensor:
    """Weights, middles and log spreads of a mixture that is about standard normal."""
    middles = torch.special.ndtri((torch.arange(components, dtype=torch.float64) + 0.5) / components).float()
    return torch.cat([torch.zeros(components), middles, torch.full((components,), math.log(1.5 / components))])


def _last_one(law: Tensor) -> Tensor:
    """(1, m + 2) zeros and at last a one: what lies below the end."""
    return functional.pad(torch.zeros(1, law.shape[1] + 1, device=law.device), (0, 1), value=1.0)


class Pupil(Learner[Conditionals]):
    """The conditionals in training.

    Half of each batch is learned in the order of drawing with nothing known beforehand, half with a random set of
    columns known: so every column is learned given any others (Uria et al. 2014; Hoogeboom et al. 2022).

    Args:
        spans: of a row.
        shape: sizes of the networks.
        cuts: of the numbers.
        order: in which columns are drawn.
        codes: (n, s) rows to learn.
        seed: decides all chance.
        rate: of AdamW, at the beginning.
        decay: of the weights that stand for single levels; a tenth of it for the others.
        batch: rows a step.
    """

    steepest: ClassVar[float] = 5.0

    def __init__(
        self,
        spans: Spans,
        shape: Shape,
        cuts: Cuts,
        order: Sequence[int],
        codes: np.ndarray,
        *,
        seed: int,
        rate: float,
        decay: float,
        batch: int,
    ) -> None:
        def make() -> Conditionals:
            net = Conditionals(spans, shape, cuts, order)
            with torch.no_grad():
                net.out_shift[:] = spans.log_shares(codes)
            return net

        self._decay = decay
        most = max(_CELLS // max(len(spans.sizes) * shape.width, 1), 32)
        super().__init__(make, codes, seed=seed, rate=rate, batch=min(batch, most))
        self._starts = torch.as_tensor(spans.starts, device=self.device)
        self._sizes = torch.as_tensor(spans.sizes, device=self.device)
        self._broad = torch.zeros(spans.levels, dtype=torch.bool)
        for at, mask in zip(spans.scored, spans.broad, strict=True):
            self._broad[spans.starts[at] : spans.starts[at] + len(mask)] = torch.as_tensor(mask)
        self._broad = self._broad.to(self.device)

    def _optimizer(self, rate: float) -> torch.optim.Optimizer:
        single = [self.live.tokens, self.live.out, self.live.first, self.live.deep]
        others = [p for p in self.live.parameters() if all(p is not q for q in single)]
        groups = [{"params": single, "weight_decay": self._decay}, {"params": others, "weight_decay": self._decay / 10}]
        return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.99))

    def step(self, pace: float) -> float:
        """Learn from one batch, slowly at first; the loss."""
        done = next((float(state["step"]) for state in self.optimizers[0].state.values()), 0.0)
        return super().step(pace * min(1.0, (done + 1) / _WARMING))

    def _loss(self, *rows: Tensor) -> Tensor:
        (codes,) = rows
        asked = self._asked()
        lost = self.live.surprises(codes, self._seen(codes), self._moved(codes), self.chance, asked)
        return lost.sum() / len(codes) * len(self._sizes) / len(asked)

    def _asked(self) -> Sequence[int]:
        """The columns to learn in a step: all, or a random few of a wide table."""
        many = len(self._sizes)
        if many <= _ASKED:
            return range(many)
        picked: list[int] = torch.randperm(many, generator=self.chance, device=self.device)[:_ASKED].tolist()
        return picked

    def _seen(self, codes: Tensor) -> Tensor:
        """(n, s) what is known beforehand: nothing in half of the rows, a few or many columns in the others."""
        n = len(codes)
        part = torch.rand(n, 1, generator=self.chance, device=self.device) ** 3
        part[: n // 2] = 0.0
        return torch.rand(codes.shape, generator=self.chance, device=self.device) < part

    def _moved(self, codes: Tensor) -> Tensor:
        """Rows as the others see them: a number may have moved to a stretch near by, so that laws are smooth in it."""
        by = torch.randint(-_NEAR, _NEAR + 1, codes.shape, generator=self.chance, device=self.device)
        moved = torch.minimum((codes + by).clamp(min=0), self._sizes - 1)
        fits = self._broad[moved + self._starts] & self._broad[codes + self._starts]
        return torch.where(fits, moved, codes.long())
