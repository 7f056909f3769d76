"""A warm start: the weights of a network of one table as the beginning of another's, where their columns agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from synthkit.encode.columns import Levels, Numbers
from synthkit.models.tabular._layout import Layout

if TYPE_CHECKING:
    from synthkit.models.nn.training import Pupil

__all__ = ["transfer"]


def transfer(pupil: Pupil, layout: Layout, before: Layout, weights: Mapping[str, np.ndarray]) -> str:
    """Begin a pupil with the weights of another model of its kind.

    Inputs and outputs that stand for the same category, or for the same stretch of the same number, take their weights
    over; layers between take them over where their sizes agree; everything else begins at random.

    Args:
        pupil: not yet trained.
        layout: of its rows.
        before: layout of the other model's rows.
        weights: of the other model.

    Returns:
        What was taken over, in words.
    """
    import torch

    levels = _levels(layout, before)
    scores = _scores(layout, before)
    width = np.r_[levels, np.where(scores < 0, -1, scores + sum(before.sizes))]
    maps = {"levels": levels, "width": width, "classes": _classes(layout, before, levels)}
    maps |= {"scores": scores, "columns": _where(layout.names, before.names)}
    state = pupil.mean.state_dict()
    taken = 0
    for name, axes in pupil.mean.axes().items():
        if name not in weights:
            continue
        places = [_places(blocks, maps) for blocks in axes]
        old = weights[name]
        if any(p[p >= 0].max(initial=-1) >= size for p, size in zip(places, old.shape, strict=True)):
            continue  # a layer of another size
        inside = np.ix_(*[p >= 0 for p in places])
        fresh = state[name].cpu().numpy().copy()
        fresh[inside] = old[np.ix_(*[p[p >= 0] for p in places])]
        state[name] = torch.as_tensor(fresh)
        taken += fresh[inside].size
    pupil.begin(state)
    whole = sum(state[name].numel() for name in pupil.mean.axes())
    return f"{taken / max(whole, 1):.0%} of the weights, {int((levels >= 0).sum())} of {len(levels)} levels known"


def _places(blocks: Sequence[int | str], maps: Mapping[str, np.ndarray]) -> np.ndarray:
    """Where each place of an axis was before; -1 for nowhere."""
    parts, offset = [], 0
    for block in blocks:
        if isinstance(block, int):
            parts.append(np.arange(block) + offset)
            offset += block
        else:
            found = maps[block]  # always the last block of an axis
            parts.append(np.where(found < 0, -1, found + offset))
    return np.concatenate(parts)


def _levels(layout: Layout, before: Layout) -> np.ndarray:
    """For each level of each span, the place of its like before; -1 where there is none."""
    starts = dict(zip(before.names, np.cumsum([0, *before.sizes]), strict=False))
    parts = []
    for name, size in zip(layout.names, layout.sizes, strict=True):
        alike = _alike(name, layout, before) if name in starts else None
        here = np.full(size, -1) if alike is None else alike
        parts.append(np.where(here < 0, -1, here + starts.get(name, 0)))
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def _alike(name: str, layout: Layout, before: Layout) -> np.ndarray | None:
    """Of one column: the level before that stands for the same words or values."""
    new, old = layout.encoder.codes[name], before.encoder.codes[name]
    if isinstance(new, Levels) and isinstance(old, Levels) and not {name} & ({*layout.groups} | {*before.groups}):
        known = {word: at for at, word in enumerate(old.levels)}
        words = [known.get(word, -1) for word in new.levels]
        gap = [len(old.levels) if old.missing else -1] if new.missing else []
        return np.array([*words, *gap] or [-1])
    if isinstance(new, Numbers) and isinstance(old, Numbers) and len(old.support) and len(new.support):
        bins = layout.bins[name]
        middles = np.searchsorted(bins.below, (bins.ends[:-1] + bins.ends[1:]) / 2, side="right") - 1
        found = before.one(name, new.support[middles] + (new.origin - old.origin), np.random.default_rng(0))[0]
        none = before.bins[name].size if before.bins[name].missing else -1
        return np.concatenate([found, np.full(int(bins.missing), none)])
    return None


def _scores(layout: Layout, before: Layout) -> np.ndarray:
    mine, names = ([name for name in one.names if name in one.bins] for one in (layout, before))
    return _where(mine, names)


def _where(mine: Sequence[str], names: Sequence[str]) -> np.ndarray:
    """The place of each name among those before; -1 where there is none."""
    return np.array([names.index(name) if name in names else -1 for name in mine], np.int64)


def _classes(layout: Layout, before: Layout, levels: np.ndarray) -> np.ndarray:
    """For each class of the target, its place before."""
    target, old = layout.encoder.schema.target, before.encoder.schema.target
    if target is None or target not in layout.names:
        return np.zeros(1, np.int64)
    at = layout.names.index(target)
    size = layout.sizes[at]
    if target != old or target not in before.names:
        return np.full(size, -1)
    start, begun = sum(layout.sizes[:at]), sum(before.sizes[: before.names.index(target)])
    mine = levels[start : start + size]
    return np.where(mine < 0, -1, mine - begun)
