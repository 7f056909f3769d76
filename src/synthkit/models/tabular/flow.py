"""Flow: each column a spline of those before it, so that rows have exact likelihoods. Built on zuko's splines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from synthkit.data.table import Table
from synthkit.models.card import Card
from synthkit.models.tabular._layout import Bins, Layout, Rows
from synthkit.models.tabular._network import Network
from synthkit.models.tabular._odd import measure, rows_of
from synthkit.progress import Progress, silent
from synthkit.threads import one_torch_thread

if TYPE_CHECKING:
    import torch

    from synthkit.models.nn.flow import Pupil, Shape
    from synthkit.models.nn.spans import Spans
    from synthkit.models.nn.training import Look

__all__ = ["MODEL", "Flow"]

_AT_ONCE = 4_000  # rows, so that memory stays bounded
_USUAL = 20_000  # rows that what is usual is measured on, at most
_WHERE = 2_000  # rows with conditions at a time
_CANDIDATES, _MOST, _FEWEST = 200_000, 4_096, 64  # rows drawn to choose from: in all, and for each kind of condition
_UNITS = 4_096  # in a layer of all columns together: a table of a thousand columns has small networks


class Flow(Network):
    """An autoregressive neural spline flow: one column after the other, each a monotone map given those before it.

    A number is its normal score over the whole column, and a rational-quadratic spline after a straight line makes it
    standard normal given the columns before; ties are spread over their ranks. A category, a missing cell, and a value
    that a quarter of the rows share is a step of its column's conditional cdf, with a law of its own. What comes after
    a step sees which step it is and not where on it a point lies, so the probability of a category is the difference of
    the conditional cdf at the ends of its step exactly: no bound, and nothing to average over. The target comes first,
    the other columns in the order of the table.

    Args:
        hidden: units in each of two layers, of each column's network.
        bins: of a spline.
        decay: of the weights (AdamW).
        rate: of AdamW.
        steps: of training at most; by the number of rows if None.
        batch: rows a step.
        privacy: rows that have to stand behind whatever is given out (see `Guard`); the usual few if None.

    References:
        Durkan, Bekasov, Murray and Papamakarios (2019), Neural Spline Flows. Papamakarios, Pavlakou and Murray (2017),
        Masked Autoregressive Flow. Rozet et al. (2022), zuko. Gordon, Salmond and Smith (1993), the particle filter.
    """

    name: ClassVar[str] = "flow"
    stretches: ClassVar[int] = 1
    apart: ClassVar[int] = 4
    passes: ClassVar[int] = 60
    fewest: ClassVar[int] = 1000
    sees: ClassVar[str] = "nats of a held-out row"
    card: ClassVar[Card] = Card(
        family="normalising flow",
        rung=45,
        summary="Each column is a spline of the columns before it: rows have exact likelihoods and latent points.",
        assumes="Given the columns before it, a number changes smoothly with them.",
        fails_when="Columns are exact formulas of others, or a few hundred rows are all there is.",
        data_hunger="A few thousand rows; fewer with a warm start.",
        latency="About half a million cells a second.",
        control="Any columns can be fixed (sample_where); encode and decode are inverse; log_density and surprise.",
        cost="Ten seconds to a few minutes on a CPU core; a GPU is used when there is one.",
        licence="MIT (ours), on zuko (MIT)",
        references=("Durkan et al. 2019", "Papamakarios et al. 2017", "Gordon et al. 1993"),
    )

    def __init__(
        self,
        *,
        hidden: int = 64,
        bins: int = 8,
        decay: float = 0.3,
        rate: float = 3e-3,
        steps: int | None = None,
        batch: int = 500,
        privacy: int | None = None,
    ) -> None:
        super().__init__(steps=steps, batch=batch, privacy=privacy)
        self.hidden, self.bins, self.decay, self.rate = hidden, bins, decay, rate

    @property
    def options(self) -> dict[str, Any]:
        """Arguments that make this model again."""
        names = ("hidden", "bins", "decay", "rate", "steps", "batch")
        return {name: getattr(self, name) for name in names} | {"privacy": self.guard.rows}

    def _pupil(self, layout: Layout, spans: Spans, rows: Rows, seed: int) -> Pupil:
        from synthkit.models.nn.flow import Pupil

        return Pupil(
            spans, self._shape(layout), rows.codes, rows.scores,
            seed=seed, decay=self.decay, rate=self.rate, batch=self.batch,
        )  # fmt: skip

    def _restored(self, layout: Layout, spans: Spans) -> torch.nn.Module:
        from synthkit.models.nn.flow import Flow as Net

        return Net(spans, self._shape(layout))

    def _shape(self, layout: Layout) -> Shape:
        from synthkit.models.nn.flow import Shape

        target = layout.encoder.schema.target
        order = sorted(range(len(layout.names)), key=lambda at: layout.names[at] != target)
        return Shape(tuple(order), max(min(self.hidden, _UNITS // max(len(order), 1)), 4), self.bins)

    def _watch(self, layout: Layout, learned: Rows, held: Rows, rng: np.random.Generator) -> Callable[[Any], Look]:
        """Held-out rows by their likelihood, which is sharper than any judge of drawn rows."""
        from synthkit.models.nn.training import Look

        del layout, learned, rng
        return lambda net: Look(float(_surprises(net, held).sum(1).mean()), 1.0)

    def fit(self, table: Table, *, rng: np.random.Generator, progress: Progress = silent) -> Self:
        """Train until held-out rows become no likelier, the steps are done, or the time of `terms` is up.

        A tenth of the rows is kept for looking only. What is kept are the best weights, not the last.
        """
        import torch

        super().fit(table, rng=rng, progress=progress)
        net = self._fitted().net
        if net is not None:
            usual = self._odd(table.head(_USUAL)).mean(0)
            net.usual.copy_(torch.as_tensor(usual))
        return self

    def log_density(self, table: Table) -> np.ndarray:
        """(n,) log densities in nats; numbers count by their ranks, so that units do not matter.

        Exact for categories, missing cells, numbers that all differ, and values that a quarter of the rows share. A
        value that fewer share is taken at the middle of its ranks. A number that was never seen takes the place of the
        nearest below.

        Raises:
            SchemaError: a column of the fitted table is missing.
        """
        state = self._fitted()
        if state.net is None:
            return np.zeros(len(table))
        rows = rows_of(state.layout, table)
        return np.asarray((measure(state.layout, rows, table) - _surprises(state.net, rows)).sum(1))

    def surprise(self, table: Table) -> tuple[np.ndarray, tuple[str, ...]]:
        """(n, c) nats by which each cell is less likely, given the columns before it, than is usual, and the columns.

        Here a number counts on the scale of its normal score, so that the extremes of a column are odd even where
        nothing else is. What lies outside of all that was learned counts as one in as many rows as there were, or more.

        Raises:
            SchemaError: a column of the fitted table is missing.
        """
        state = self._fitted()
        if state.net is None:
            return np.zeros((len(table), len(state.layout.names))), state.layout.names
        return self._odd(table) - state.net.usual.double().numpy() + self._strange(table), state.layout.names

    def _odd(self, table: Table) -> np.ndarray:
        state = self._fitted()
        rows = rows_of(state.layout, table)
        found = _surprises(state.net, rows) - measure(state.layout, rows, table)
        layout = state.layout
        for place, at in enumerate(layout.scored):
            found[:, at] += _far(layout.bins[layout.names[at]], rows.codes[:, at], rows.scores[:, place])
        return np.asarray(found)

    @one_torch_thread()
    def encode(self, table: Table) -> np.ndarray:
        """(n, d) latent points, standard normal under the model: one dimension a column, in the order of the table.

        Raises:
            SchemaError: a column of the fitted table is missing.
        """
        state = self._fitted()
        if state.net is None:
            return np.zeros((len(table), 0))
        parts = _batches(rows_of(state.layout, table))
        return np.concatenate([state.net.encode(*part).numpy() for part in parts])

    @one_torch_thread()
    def decode(self, points: np.ndarray, *, rng: np.random.Generator | None = None) -> Table:
        """The row at each of (n, d) points: the map is one to one, and `rng` only makes keys, texts and the blur.

        Categories come back as they were; numbers move by the few ranks that keep them nobody's (see `Guard`).
        """
        import torch

        from synthkit.models.tabular._network import _rows

        state, chosen = self._fitted(), rng or np.random.default_rng(0)
        if state.net is None:
            return self.sample(len(points), rng=chosen)
        made = _rows(state.net.decode(torch.as_tensor(np.asarray(points, np.float64))))
        return self._cells(made, chosen)

    def _where(self, net: Any, spans: Mapping[int, tuple[np.ndarray, np.ndarray]], chance: torch.Generator) -> Any:  # noqa: ANN401 - a network, and tensors
        import torch

        n = len(next(iter(spans.values()))[0])
        parts = []
        for at in range(0, max(n, 1), _WHERE):
            some = {span: tuple(torch.as_tensor(x[at : at + _WHERE]) for x in pair) for span, pair in spans.items()}
            parts.append(net.sample_where(some, (_FEWEST, _MOST, _CANDIDATES), chance))
        return tuple(torch.cat(one) for one in zip(*parts, strict=True))


def _batches(rows: Rows) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    import torch

    for at in range(0, max(len(rows), 1), _AT_ONCE):
        some = slice(at, at + _AT_ONCE)
        yield torch.as_tensor(rows.codes[some]), torch.as_tensor(rows.scores[some])


@one_torch_thread()
def _surprises(net: Any, rows: Rows) -> np.ndarray:  # noqa: ANN401 - a network, on any device
    """(n, s) nats of each span of rows."""
    import torch

    with torch.no_grad():
        device = net.usual.device
        parts = (net.surprises(codes.to(device), scores.to(device)) for codes, scores in _batches(rows))
        return np.concatenate([net.by_span(*part).double().cpu().numpy() for part in parts])


def _far(bins: Bins, codes: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """(n,) nats by which the normal scores of numbers are less likely than their middle."""
    from scipy.special import ndtr, ndtri

    filled = codes < bins.size
    at = np.where(filled, codes, 0)
    if not bins.size:
        return np.zeros(len(codes))
    ranks = bins.ends[at] + ndtr(scores) * (bins.ends[at + 1] - bins.ends[at])
    return np.where(filled, np.square(ndtri(ranks / bins.ends[-1])) / 2, 0.0)


MODEL = Flow
