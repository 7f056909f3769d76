"""A spline flow of rows, one column after the other: a law of each code, zuko's splines for scores. Tensors only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import nn
from torch.nn import functional
from zuko.transforms import ComposedTransform, MonotonicAffineTransform, MonotonicRQSTransform

from synthkit.models.nn.pupil import Learner
from synthkit.models.nn.spans import Spans
from synthkit.models.nn.towers import Tower

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

__all__ = ["Flow", "Pupil", "Shape"]

_END = 1e-12  # keeps points of the latent space finite


@dataclass(frozen=True)
class Shape:
    """Sizes of the networks.

    Args:
        order: of the spans; each is conditioned on those before it.
        hidden: units in each of the two layers of the network of a span or of a score.
        bins: of a spline.
    """

    order: tuple[int, ...]
    hidden: int = 64
    bins: int = 8


class Flow(nn.Module):
    """A triangular map between rows and independent standard normals, one for each span.

    A span's code is the step of its conditional cdf that a uniform falls on, its score a spline of the place within the
    step. All that comes later is conditioned on code and score, and on nothing that dequantising made up, so that
    probabilities of codes are exact.

    Args:
        spans: of a row.
        shape: sizes.
    """

    usual: Tensor

    def __init__(self, spans: Spans, shape: Shape) -> None:
        super().__init__()
        self.spans, self.shape = spans, shape
        sees, own = _seen(spans, shape.order)
        scored = list(spans.scored)
        outputs = 3 * shape.bins + 1
        self.codes = Tower(sees, shape.hidden)
        self.scores = Tower((sees | own)[scored], shape.hidden)
        self.law = nn.Parameter(torch.zeros(spans.levels, shape.hidden))
        self.law_straight = nn.Parameter(torch.zeros(spans.levels, spans.width))
        self.law_base = nn.Parameter(torch.zeros(spans.levels))
        self.bend = nn.Parameter(torch.zeros(len(scored), outputs, shape.hidden))
        self.bend_straight = nn.Parameter(torch.zeros(len(scored), spans.width))
        self.bend_base = nn.Parameter(torch.zeros(len(scored), outputs))
        self.register_buffer("usual", torch.zeros(len(spans.sizes)))
        self._cuts = [0, *torch.as_tensor(spans.sizes, dtype=torch.long).cumsum(0).tolist()]

    def axes(self) -> dict[str, tuple[tuple[int | str, ...], ...]]:
        """What each place of each weight stands for: sizes, "columns", "scores", "levels", or "width" of a row."""
        size, outputs = (self.shape.hidden,), (3 * self.shape.bins + 1,)
        axes = self.codes.axes("codes", "columns") | self.scores.axes("scores", "scores")
        axes |= {"law": (("levels",), size), "law_straight": (("levels",), ("width",)), "law_base": (("levels",),)}
        axes |= {"bend": (("scores",), outputs, size), "bend_straight": (("scores",), ("width",))}
        return axes | {"bend_base": (("scores",), outputs)}

    def _laws(self, x: Tensor) -> list[Tensor]:
        """Log shares of the codes of each span that has more than one."""
        sizes = list(self.spans.sizes)
        sees = self.codes.sees.repeat_interleave(torch.as_tensor(sizes, device=x.device), 0)
        straight = torch.split(functional.linear(x, self.law_straight * sees, self.law_base), sizes, 1)
        open_, laws = self.spans.open, torch.split(self.law, sizes)
        parts = zip(self.codes(x, open_).unbind(1), open_, strict=True)
        return [torch.log_softmax(functional.linear(own, laws[at]) + straight[at], 1) for own, at in parts]

    def _law(self, at: int, x: Tensor) -> Tensor:
        """(n, k) log shares of the codes of one span."""
        a, b = self._cuts[at : at + 2]
        straight = functional.linear(x, self.law_straight[a:b] * self.codes.sees[at], self.law_base[a:b])
        return torch.log_softmax(functional.linear(self.codes.one(at, x), self.law[a:b]) + straight, 1)

    def _bends(self, x: Tensor) -> ComposedTransform:
        """Of all scores at once."""
        out = torch.einsum("nph,poh->npo", self.scores(x, range(len(self.bend))), self.bend) + self.bend_base
        return self._bent(out, functional.linear(x, self.bend_straight * self.scores.sees))

    def _bend(self, place: int, x: Tensor) -> ComposedTransform:
        """Of one score."""
        out = functional.linear(self.scores.one(place, x), self.bend[place], self.bend_base[place])
        return self._bent(out, x @ (self.bend_straight[place] * self.scores.sees[place]))

    def _bent(self, out: Tensor, straight: Tensor) -> ComposedTransform:
        """A straight line, so that tails can lean, then a spline on [-5, 5]; at first it changes nothing."""
        bins = self.shape.bins
        shift, scale, widths, heights, slopes = torch.split(out, [1, 1, bins, bins, bins - 1], -1)
        line = MonotonicAffineTransform(shift[..., 0] + straight, scale[..., 0])
        return ComposedTransform(line, MonotonicRQSTransform(widths, heights, slopes))

    def surprises(self, codes: Tensor, scores: Tensor) -> tuple[Tensor, Tensor]:
        """(n, s) and (n, p) negative log likelihoods of codes, and of the ranks that scores stand for."""
        x = self.spans.vector(codes, scores)
        of_codes = torch.zeros(len(codes), len(self.spans.sizes), device=codes.device)
        if self.spans.open:
            laws = zip(self.spans.open, self._laws(x), strict=True)
            found = torch.stack([-law.gather(1, codes[:, at, None].long())[:, 0] for at, law in laws], 1)
            of_codes = of_codes.index_add(1, torch.as_tensor(self.spans.open, device=codes.device), found)
        if not self.spans.scored:
            return of_codes, scores
        latent, stretch = self._bends(x).call_and_ladj(scores)
        of_scores = (latent.square() - scores.square()) / 2 - stretch
        return of_codes, of_scores * self.spans.has_place(codes)

    def by_span(self, of_codes: Tensor, of_scores: Tensor) -> Tensor:
        """(n, s) what codes and scores of a span have together."""
        scored = torch.as_tensor(self.spans.scored, dtype=torch.long, device=of_codes.device)
        return of_codes.index_add(1, scored, of_scores)

    @torch.no_grad()
    def encode(self, codes: Tensor, scores: Tensor) -> Tensor:
        """(n, s) float64 latent points; a code without places is the middle of its step."""
        x = self.spans.vector(codes, scores)
        places = {at: place for place, at in enumerate(self.spans.scored)}
        inner = torch.zeros(codes.shape, dtype=torch.float64)
        if places:
            inner[:, list(places)] = (self._bends(x)(scores) * self.spans.has_place(codes)).double()
        for at in self.spans.open:
            steps = _steps(self._law(at, x))
            low, high = (steps.gather(1, codes[:, at, None].long() + end)[:, 0] for end in (0, 1))
            part = torch.special.ndtr(inner[:, at])
            inner[:, at] = torch.special.ndtri((low + (high - low) * part).clamp(_END, 1 - _END))
        return inner

    @torch.no_grad()
    def decode(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """The codes and scores of (n, s) latent points."""
        rows = _Rows.empty(len(points), self)
        for at in self.shape.order:
            self._place(rows, at, points[:, at].double())
        return rows.codes, rows.scores

    def _place(self, rows: _Rows, at: int, points: Tensor) -> None:
        """Fill a span of rows by its latent points."""
        inner = points
        if self.spans.sizes[at] > 1:
            steps, uniform = _steps(self._law(at, rows.x)), torch.special.ndtr(points)
            code = (steps[:, 1:-1] <= uniform[:, None]).sum(1)
            low, high = (steps.gather(1, code[:, None] + end)[:, 0] for end in (0, 1))
            inner = torch.special.ndtri(((uniform - low) / (high - low).clamp(min=_END)).clamp(_END, 1 - _END))
            rows.put(at, code)
        else:
            rows.put(at, torch.zeros(len(points), dtype=torch.long, device=points.device))
        if at in self.spans.scored:
            place = self.spans.scored.index(at)
            found = self._bend(place, rows.x).inv(inner.float())
            rows.put_score(place, found * self.spans.has_place(rows.codes)[:, place])

    @torch.no_grad()
    def sample(self, n: int, chance: torch.Generator) -> tuple[Tensor, Tensor]:
        """Codes and scores of `n` new rows."""
        device = self.law.device
        rows = _Rows.empty(n, self)
        for at in self.shape.order:
            self._place(rows, at, torch.randn(n, generator=chance, device=device, dtype=torch.float64))
        return rows.codes, rows.scores

    @torch.no_grad()
    def sample_where(
        self, fixed: Mapping[int, tuple[Tensor, Tensor]], pools: tuple[int, int, int], chance: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """A row for each of the (n,) codes and scores that spans are fixed at.

        Exact where the fixed spans come first in the order. Else, up to the last of them, a pool of rows for each kind
        of condition is drawn, and drawn again by the likelihood of each fixed cell (sequential importance resampling,
        Gordon et al. 1993); what comes after is drawn anew for each row.

        Args:
            fixed: span -> codes and scores.
            pools: fewest and most rows of the pool of a kind, and of all pools together.
            chance: decides all chance.
        """
        if not len(next(iter(fixed.values()))[0]):
            return self.sample(0, chance)
        spans = sorted(fixed, key=self.shape.order.index)
        wanted = torch.stack([part for at in spans for part in (fixed[at][0].float(), fixed[at][1])], 1)
        kinds, back, counts = torch.unique(wanted, dim=0, return_inverse=True, return_counts=True)
        last = self.shape.order.index(spans[-1]) + 1
        head = self.shape.order[:last]
        if len(spans) == last:
            rows = _Rows.empty(len(wanted), self)
            self._fix_all(rows, head, wanted)
        else:
            pool = min(max(pools[2] // len(kinds), pools[0]), pools[1])
            rows = self._resampled(head, spans, kinds, max(pool, int(counts.max())), chance)
            rows = rows.take(_dealt(back, counts, rows.count // len(kinds), chance))
        for at in self.shape.order[last:]:
            self._place(rows, at, torch.randn(rows.count, generator=chance, dtype=torch.float64))
        return rows.codes, rows.scores

    def _fix_all(self, rows: _Rows, spans: Sequence[int], wanted: Tensor) -> None:
        for number, at in enumerate(spans):
            self._fix(rows, at, wanted[:, 2 * number].long(), wanted[:, 2 * number + 1])

    def _fix(self, rows: _Rows, at: int, code: Tensor, score: Tensor) -> None:
        rows.put(at, code)
        if at in self.spans.scored:
            place = self.spans.scored.index(at)
            rows.put_score(place, score * self.spans.has_place(rows.codes)[:, place])

    def _resampled(
        self, head: Sequence[int], spans: list[int], kinds: Tensor, pool: int, chance: torch.Generator
    ) -> _Rows:
        """`pool` rows of each kind, filled up to the last of the fixed spans."""
        rows = _Rows.empty(len(kinds) * pool, self)
        wanted = kinds.repeat_interleave(pool, 0)
        for at in head:
            if at not in spans:
                self._place(rows, at, torch.randn(rows.count, generator=chance, dtype=torch.float64))
                continue
            number = spans.index(at)
            code, score = wanted[:, 2 * number].long(), wanted[:, 2 * number + 1]
            weight = self._law(at, rows.x).gather(1, code[:, None])[:, 0]
            self._fix(rows, at, code, score)
            if at in self.spans.scored:
                place = self.spans.scored.index(at)
                latent, stretch = self._bend(place, rows.x).call_and_ladj(rows.scores[:, place])
                weight += (stretch - latent.square() / 2) * self.spans.has_place(rows.codes)[:, place]
            share = torch.softmax(weight.view(-1, pool).double(), 1)
            pick = torch.multinomial(share, pool, replacement=True, generator=chance)
            rows = rows.take((pick + torch.arange(len(kinds))[:, None] * pool).flatten())
        return rows


@dataclass
class _Rows:
    """Rows that are filled span by span, and what a network reads of them."""

    spans: Spans
    x: Tensor
    codes: Tensor
    scores: Tensor

    @classmethod
    def empty(cls, n: int, net: Flow) -> _Rows:
        spans, device = net.spans, net.law.device
        codes = torch.zeros(n, len(spans.sizes), dtype=torch.long, device=device)
        width, scores = (torch.zeros(n, size, device=device) for size in (spans.width, len(spans.scored)))
        return cls(spans, width, codes, scores)

    @property
    def count(self) -> int:
        return len(self.codes)

    def put(self, at: int, code: Tensor) -> None:
        self.codes[:, at] = code
        self.x.scatter_(1, (code + int(self.spans.starts[at]))[:, None], 1.0)

    def put_score(self, place: int, score: Tensor) -> None:
        self.scores[:, place] = score
        self.x[:, self.spans.levels + place] = score

    def take(self, rows: Tensor) -> _Rows:
        return _Rows(self.spans, self.x[rows], self.codes[rows], self.scores[rows])


def _seen(spans: Spans, order: Sequence[int]) -> tuple[Tensor, Tensor]:
    """(s, width) bool: what stands for spans before each span in the order; what stands for its own code."""
    span = torch.repeat_interleave(torch.arange(len(spans.sizes)), torch.as_tensor(spans.sizes, dtype=torch.long))
    whose = torch.cat([span, torch.as_tensor(spans.scored, dtype=torch.long)])
    rank = torch.empty(len(spans.sizes), dtype=torch.long)
    rank[list(order)] = torch.arange(len(order))
    own = (whose == torch.arange(len(spans.sizes))[:, None]) & (torch.arange(spans.width) < spans.levels)
    return rank[whose] < rank[:, None], own


def _steps(law: Tensor) -> Tensor:
    """(n, k + 1) float64 ends of the steps of a cdf."""
    share = law.double().exp()
    ends = torch.cat([torch.zeros(len(share), 1, dtype=share.dtype, device=share.device), share.cumsum(1)], 1)
    return ends / ends[:, -1:]


def _dealt(back: Tensor, counts: Tensor, pool: int, chance: torch.Generator) -> Tensor:
    """For each row a place among the `pool` of its kind, none twice."""
    order = torch.argsort(torch.rand(len(counts), pool, generator=chance), 1)
    sorted_rows = torch.argsort(back, stable=True)
    starts = torch.cumsum(counts, 0) - counts
    turn = torch.empty_like(back)
    turn[sorted_rows] = torch.arange(len(back)) - starts[back[sorted_rows]]
    return order[back, turn] + back * pool


class Pupil(Learner[Flow]):
    """A flow in training.

    Args:
        spans: of a row.
        shape: sizes of the networks.
        codes, scores: the (n, s) and (n, p) rows to learn.
        seed: decides all chance.
        decay: of the weights.
        rate: of AdamW, at the beginning.
        batch: rows a step.
    """

    steepest: ClassVar[float] = 10.0

    def __init__(
        self,
        spans: Spans,
        shape: Shape,
        codes: np.ndarray,
        scores: np.ndarray,
        *,
        seed: int,
        decay: float,
        rate: float,
        batch: int,
    ) -> None:
        def make() -> Flow:
            net = Flow(spans, shape)
            with torch.no_grad():
                net.law_base[:] = spans.log_shares(codes)
            return net

        self._decay = decay
        super().__init__(make, codes, scores, seed=seed, rate=rate, batch=batch)

    def _optimizer(self, rate: float) -> torch.optim.Optimizer:
        free = [weight for name, weight in self.live.named_parameters() if not name.endswith(("bias", "base"))]
        bases = [weight for name, weight in self.live.named_parameters() if name.endswith(("bias", "base"))]
        groups = [{"params": free, "weight_decay": self._decay}, {"params": bases, "weight_decay": 0.0}]
        return torch.optim.AdamW(groups, lr=rate)

    def _loss(self, *rows: Tensor) -> Tensor:
        of_codes, of_scores = self.live.surprises(*rows)
        return (of_codes.sum(1) + of_scores.sum(1)).mean()
