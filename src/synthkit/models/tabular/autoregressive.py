"""An any-order autoregressive network: the law of each column given any of the others, with mixture densities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from synthkit.data.table import Table
from synthkit.models.card import Card
from synthkit.models.tabular._chosen import Chosen
from synthkit.models.tabular._imputing import expected, filled, gaps
from synthkit.models.tabular._layout import Layout, Rows
from synthkit.models.tabular._odd import measure, rows_of
from synthkit.rng import seed_of
from synthkit.threads import one_torch_thread

if TYPE_CHECKING:
    import torch

    from synthkit.models.nn.autoregressive import Conditionals, Cuts, Shape
    from synthkit.models.nn.spans import Spans
    from synthkit.models.nn.training import Look, Pupil

__all__ = ["MODEL", "Autoregressive"]

_AT_ONCE = 120_000  # cells looked at together
_A_STRETCH = 50  # rows in a stretch of a number, where it is not at the finest


class Autoregressive(Chosen):
    """Draws one column after the other, each from its law given those before, which one network a column learns.

    It is trained with random sets of columns known beforehand, so that any columns can be fixed, missing cells filled
    and densities told by the same weights. A number of few values has one level a value; another one has fine stretches
    of equal weight over a mixture density. A thousand rows or more are chosen among `proposals` times as many, so that
    columns and pairs of columns follow the counts of the real rows; rows on a condition, so that they follow the law of
    the rows without one.

    Args:
        width: of the context that all columns share; half of it beyond 64 columns, a quarter beyond 256.
        hidden: of the layers of each column.
        layers: of each column after the first.
        drop: share of the inputs of a layer left out in training.
        rate: of AdamW.
        decay: of its weights.
        steps: of training at most; by the number of rows if None.
        batch: rows a step.
        proposals: rows of the network to choose one from, so that many together follow the counts of the real ones in
            columns and pairs; 1 for its rows as they come.
        privacy: rows that have to stand behind whatever is given out (see `Guard`); the usual few if None.

    References:
        Uria, Murray and Larochelle (2014), A Deep and Tractable Density Estimator. Hoogeboom et al. (2022),
        Autoregressive Diffusion Models. Bishop (1994), Mixture Density Networks. Tiwald et al. (2025), TabularARGN.
        Deming and Stephan (1940), On a Least Squares Adjustment of a Sampled Frequency Table. Rubin (1987), The SIR
        Algorithm.
    """

    name: ClassVar[str] = "autoregressive"
    stretches: ClassVar[int] = 128
    exact: ClassVar[int] = 130
    patience: ClassVar[int] = 4
    passes: ClassVar[int] = 30
    fewest: ClassVar[int] = 400
    most: ClassVar[int] = 2_500
    apart: ClassVar[int] = 256
    sees: ClassVar[str] = "nats of held-out cells"
    card: ClassVar[Card] = Card(
        family="autoregressive network with mixture densities",
        rung=37,
        summary="A small network a column says its law given any of the others; rows are drawn column by column.",
        assumes="Laws change smoothly with the columns given.",
        fails_when="Columns are exact formulas of others, or a few hundred rows are all there is.",
        data_hunger="A few thousand rows; fewer with a warm start.",
        latency="Twenty to fifty thousand cells a second; several times as many as they come (proposals=1).",
        control="Any columns can be fixed (sample_where), missing cells filled (impute), densities told (log_density).",
        cost="One to three minutes on one CPU core for 20,000 rows; a GPU is used when there is one.",
        licence="MIT (ours)",
        references=("Uria, Murray and Larochelle 2014", "Hoogeboom et al. 2022", "Bishop 1994", "Tiwald et al. 2025"),
    )

    def __init__(
        self,
        *,
        width: int = 256,
        hidden: int = 64,
        layers: int = 2,
        drop: float = 0.05,
        rate: float = 4e-3,
        decay: float = 1.0,
        steps: int | None = None,
        batch: int = 512,
        proposals: int = 4,
        privacy: int | None = None,
    ) -> None:
        super().__init__(proposals=proposals, steps=steps, batch=batch, privacy=privacy)
        self.width, self.hidden, self.layers = width, hidden, layers
        self.drop, self.rate, self.decay = drop, rate, decay

    @property
    def options(self) -> dict[str, Any]:
        """Arguments that make this model again."""
        names = ("width", "hidden", "layers", "drop", "rate", "decay", "steps", "batch", "proposals")
        return {name: getattr(self, name) for name in names} | {"privacy": self.guard.rows}

    def _pupil(self, layout: Layout, spans: Spans, rows: Rows, seed: int) -> Pupil:
        from synthkit.models.nn.autoregressive import Pupil

        return Pupil(
            spans, self._shape(layout), _cuts(layout), _order(layout), rows.codes,
            seed=seed, rate=self.rate, decay=self.decay, batch=self.batch,
        )  # fmt: skip

    def _restored(self, layout: Layout, spans: Spans) -> torch.nn.Module:
        from synthkit.models.nn.autoregressive import Conditionals

        return Conditionals(spans, self._shape(layout), _cuts(layout), _order(layout))

    def _shape(self, layout: Layout) -> Shape:
        from synthkit.models.nn.autoregressive import Shape

        width = self.width // 2 ** sum(len(layout.names) > wide for wide in (64, 256))
        return Shape(width, self.hidden, self.layers, drop=self.drop)

    def _cut(self, rows: int) -> int:
        return int(np.clip(rows // _A_STRETCH, 24, self.stretches))

    def _watch(self, layout: Layout, learned: Rows, held: Rows, rng: np.random.Generator) -> Callable[[Any], Look]:
        """How surprised the network is by rows it did not learn from, in the order of drawing and given any columns."""
        from synthkit.models.nn.training import Look

        del layout, learned
        codes = np.tile(held.codes, (2, 1))
        known = rng.random(codes.shape) < rng.random((len(codes), 1))
        known[: len(codes) // 2] = False

        def look(net: Conditionals) -> Look:
            lost = _by_parts(net, lambda c, seen: net.surprises(c, seen).sum(1), codes, known)
            return Look(float(lost.mean()), 1.0)

        return look

    def _weigh(self, fixed: frozenset[str]) -> Callable[[Mapping[str, np.ndarray]], np.ndarray] | None:
        """The law in the order of drawing over that on the condition, which is learned less well."""
        layout, net = self._fitted().layout, self._fitted().net
        known = np.array([name in fixed for name in layout.names])
        if net is None or not known.any():
            return None

        def weigh(rows: Mapping[str, np.ndarray]) -> np.ndarray:
            codes = layout.encode(rows, None).codes
            seen = np.broadcast_to(known, codes.shape).copy()
            return _by_parts(net, lambda c, s: net.surprises(c, s).sum(1) - net.surprises(c).sum(1), codes, seen)

        return weigh

    def log_density(self, table: Table) -> np.ndarray:
        """(n,) log densities in nats, as `synthkit.models.base.Density` defines them: exact in the order of drawing.

        Raises:
            SchemaError: a column of the fitted table is missing.
        """
        state = self._fitted()
        if state.net is None:
            return np.zeros(len(table))
        rows = rows_of(state.layout, table)
        lost = _by_parts(state.net, state.net.surprises, rows.codes)
        return np.asarray((measure(state.layout, rows, table) - lost).sum(1))

    def surprise(self, table: Table) -> tuple[np.ndarray, tuple[str, ...]]:
        """(n, c) nats of each cell given all others of its row, and the columns.

        What was never seen (a category, a missing cell, a number beyond all others, the more the further it is) counts
        as one in as many rows as were learned, at least.

        Raises:
            SchemaError: a column of the fitted table is missing.
        """
        state = self._fitted()
        if state.net is None:
            return np.zeros((len(table), len(state.layout.names))), state.layout.names
        missed = _by_parts(state.net, state.net.misses, self._codes(table))
        return missed + self._strange(table), state.layout.names

    def _codes(self, table: Table) -> np.ndarray:
        return rows_of(self._fitted().layout, table).codes

    @one_torch_thread()
    def impute(self, table: Table, *, rng: np.random.Generator | None = None) -> Table:
        """The table with no cell missing but of keys and texts; see `synthkit.models.base.Imputer`.

        Each missing cell is drawn given the filled ones of its row and those drawn before it; without `rng` each is its
        expected number or likeliest category given the filled ones.

        Raises:
            SchemaError: a column of the fitted table is missing.
        """
        import torch

        layout, net = self._fitted().layout, self._fitted().net
        if net is None or not len(table):
            return table
        codes = torch.as_tensor(self._codes(table))
        known = torch.as_tensor(np.column_stack([table.frame[name].notna() for name in layout.names]))
        at_once = _rows_at_once(len(layout.names))
        if rng is None:
            context = net.context(codes, known)

            def law(at: int, rows: np.ndarray) -> np.ndarray:
                parts = torch.split(torch.as_tensor(rows), at_once)
                return np.concatenate([net.law(context[part], at).numpy() for part in parts])

            return filled(table, layout, expected(layout, ~known.numpy(), law))
        draw, place = rng.spawn(2)
        chance, barred = torch.Generator().manual_seed(seed_of(draw)), gaps(layout)
        parts = zip(torch.split(codes, at_once), torch.split(known, at_once), strict=True)
        drawn = [net.placed(net.fill(c, k, chance, barred), chance) for c, k in parts]
        rows = Rows(*(torch.cat(part).numpy() for part in zip(*drawn, strict=True)))
        return filled(table, layout, self._decoded(rows, place))


@one_torch_thread()
def _by_parts(net: Conditionals, told: Callable[..., torch.Tensor], *arrays: np.ndarray) -> np.ndarray:
    """What is told of rows, some at a time so that memory stays bounded."""
    import torch

    device = next(net.parameters()).device
    parts = (torch.split(torch.as_tensor(array), _rows_at_once(array.shape[1])) for array in arrays)
    with torch.no_grad():
        found = [told(*(one.to(device) for one in part)).double().cpu().numpy() for part in zip(*parts, strict=True)]
    return np.concatenate(found)


def _rows_at_once(columns: int) -> int:
    return max(_AT_ONCE // max(columns, 1), 50)


def _cuts(layout: Layout) -> Cuts:
    """Of each number, the shares of its rows at which its stretches begin and end."""
    ends = {name: bins.ends / max(bins.ends[-1], 1) for name, bins in layout.bins.items()}
    return tuple(ends.get(name) for name in layout.names)


def _order(layout: Layout) -> tuple[int, ...]:
    """The target first, then columns of few levels before those of many."""
    target, sizes = layout.encoder.schema.target, layout.sizes
    return tuple(sorted(range(len(sizes)), key=lambda at: (layout.names[at] != target, sizes[at], at)))


MODEL = Autoregressive
