"""PAR's network from deepecho, taught rows and attributes as codes and numbers. Lists in, lists out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import torch
from deepecho import PARModel
from deepecho.models.par import PARNet
from torch.nn import functional

from synthkit.progress import Progress, silent
from synthkit.threads import one_torch_thread

__all__ = ["Column", "Network"]

Column = list[Any]
"""Numbers (None where missing) or whole-number codes, one for each row."""
_TOKEN = "<TOKEN>"  # noqa: S105 - deepecho's name for where a sequence begins and ends
_PLAIN = ("_ctx_dims", "_data_dims", "_min_length", "_max_length", "_fixed_length", "epochs")
_MAPS = ("_ctx_map", "_data_map")


class Network(PARModel):  # type: ignore[misc]
    """deepecho's model, with the likelihood of each row taken at that row, for all sequences at once.

    deepecho 0.8.1 holds the numbers of all but the longest sequences against the wrong rows, loops over sequences in
    Python, and also learns numbers from the row that only says "end".

    Args:
        epochs: passes over all sequences, which are one batch.
        progress: is told after each of them.
    """

    def __init__(self, epochs: int, progress: Progress = silent) -> None:
        super().__init__(epochs=epochs, cuda=False, verbose=False)
        self._progress, self._done = progress, 0

    @one_torch_thread()
    def learn(
        self,
        contexts: Sequence[Sequence[Any]],
        sequences: Sequence[Sequence[Column]],
        *,
        kinds: tuple[Sequence[str], Sequence[str]],
        seed: int,
    ) -> Self:
        """Train on sequences: each a list of columns, with one value of each attribute.

        Args:
            contexts: the attributes of each sequence.
            sequences: of any lengths.
            kinds: "continuous" or "categorical", for each attribute and for each column.
            seed: of all chance.
        """
        pairs = zip(contexts, sequences, strict=True)
        lessons = [{"context": list(context), "data": list(data)} for context, data in pairs]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.fit_sequences(lessons, *map(list, kinds))
        return self

    @one_torch_thread()
    def draw(self, contexts: Sequence[Sequence[Any]], *, seed: int) -> list[list[Column]]:
        """A sequence for each context, no shorter and no longer than those that were learned from."""
        found = []
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            torch.manual_seed(seed)
            for context in contexts:
                known = self._context_to_tensor(context)
                known = None if known is None else known.unsqueeze(0)
                rows, _ = self._sample_sequence(known, self._min_length + 1, self._max_length + 1)
                found.append(self._tensor_to_data(rows[: self._until_end(rows)]))
        return found

    def _until_end(self, rows: Any) -> int:  # noqa: ANN401 - a tensor
        """Rows before the one that says "end", or as many as a sequence has at most."""
        ended = (rows[:, 0, self._data_map[_TOKEN]["indices"]["<END>"]] > 0).tolist()
        first = ended.index(True) if True in ended else len(ended)
        return int(np.clip(first, self._min_length, self._max_length))

    def _compute_loss(self, X_padded: Any, Y_padded: Any, seq_len: Any) -> Any:  # noqa: ANN401, N803
        """Mean negative log-likelihood of a row; (T, N, d) targets and predictions."""
        tokens = self._data_map[_TOKEN]["indices"]
        there = torch.arange(len(X_padded))[:, None] < (seq_len - 1)[None, :]
        rows = there & (X_padded[:, :, tokens["<END>"]] == 0)
        total = torch.zeros(())
        for key, column in self._data_map.items():
            where = there if key == _TOKEN else rows
            total = total + _likelihood(column, X_padded[where], Y_padded[where]).sum()
        self._done += 1
        self._progress("fit", min(self._done / self.epochs, 1.0))
        return -total / there.sum()

    def to_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Plain values and arrays."""
        maps = {name: [[key, _listed(column)] for key, column in getattr(self, name).items()] for name in _MAPS}
        arrays = {key: weight.cpu().numpy().copy() for key, weight in self._model.state_dict().items()}
        return {name: _unboxed(getattr(self, name)) for name in _PLAIN} | maps, arrays

    @classmethod
    def from_state(cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """Read what `to_state` gave."""
        model = cls(plain["epochs"])
        for name in _PLAIN:
            setattr(model, name, plain[name])
        for name in _MAPS:
            setattr(model, name, {key: _mapped(column) for key, column in plain[name]})
        with torch.random.fork_rng(devices=[]):
            model._model = PARNet(plain["_data_dims"], plain["_ctx_dims"])
        model._model.load_state_dict({key: torch.as_tensor(value) for key, value in arrays.items()})
        return model


def _likelihood(column: Mapping[str, Any], truth: Any, told: Any) -> Any:  # noqa: ANN401 - tensors
    """(n,) log-likelihoods of one column."""
    if column["type"] == "categorical":
        at = list(column["indices"].values())
        return (functional.log_softmax(told[:, at], dim=1) * truth[:, at]).sum(dim=1)
    centre, spread, missing = column["indices"]
    law = torch.distributions.Normal(told[:, centre], functional.softplus(told[:, spread]))
    gone = truth[:, missing]
    hidden = -functional.binary_cross_entropy_with_logits(told[:, missing], gone, reduction="none")
    shown = law.log_prob(truth[:, centre])  # type: ignore[no-untyped-call]
    return shown * (1 - gone) + hidden


def _listed(column: Mapping[str, Any]) -> dict[str, Any]:
    """A column's map with its places as pairs or as a list: JSON knows no keys but text."""
    places = column["indices"]
    pairs = [[_unboxed(level), at] for level, at in places.items()] if isinstance(places, dict) else list(places)
    return {key: _unboxed(value) for key, value in column.items() if key != "indices"} | {"indices": pairs}


def _mapped(column: Mapping[str, Any]) -> dict[str, Any]:
    places = column["indices"]
    levels = column["type"] == "categorical"
    return dict(column) | {"indices": dict(places) if levels else tuple(places)}


def _unboxed(value: Any) -> Any:  # noqa: ANN401 - plain values
    return value.item() if isinstance(value, np.generic) else value
