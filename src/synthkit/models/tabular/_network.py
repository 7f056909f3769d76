"""What the networks of tables share: encoded rows in, a watched training, rows out, safe files."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from synthkit.data.schema import Schema
from synthkit.data.table import Table
from synthkit.encode.columns import Numbers
from synthkit.encode.encoder import Coded, Encoder
from synthkit.errors import NotFitted
from synthkit.models import artifact
from synthkit.models._guard import Guard
from synthkit.models.base import Terms
from synthkit.models.tabular._drawn import Drawn
from synthkit.models.tabular._judge import Judge
from synthkit.models.tabular._layout import APART, BINS, Layout, Rows
from synthkit.models.tabular._odd import unseen
from synthkit.progress import Progress, silent
from synthkit.rng import seed_of
from synthkit.threads import one_torch_thread

if TYPE_CHECKING:
    import torch

    from synthkit.models.nn.spans import Spans
    from synthkit.models.nn.training import Look, Pupil, Record

__all__ = ["Network"]

_HELD = 0.1  # of the rows, which the network does not learn from
_HANDFUL = 5  # held-out rows below which its own are looked at
_AT_ONCE = 20_000
_LOOKS = 30
_WARM = 0.1  # of the learning rate after a warm start: a few rows soon make a network forget what it knew


@dataclass
class _Fitted:
    layout: Layout
    net: Any
    notes: dict[str, Any]
    rows: int


class Network(Drawn):
    """A network of tables: subclasses say which nets, and how a batch teaches them.

    Args:
        steps: of training at most; `passes` over the rows, at least `fewest` steps and at most `most`, if None.
        batch: rows a step.
    """

    name: ClassVar[str]
    stretches: ClassVar[int] = BINS
    """Into which a number is cut."""
    apart: ClassVar[int] = APART
    """A value of a number that one in so many rows hold is a stretch by itself."""
    passes: ClassVar[int] = 150
    """Over the rows, in a training without a number of steps."""
    fewest: ClassVar[int] = 600
    """Steps of such a training at least."""
    patience: ClassVar[int] = 6
    """Looks at held-out rows without a gain before training ends."""
    most: ClassVar[int] = 12_000
    """Steps of such a training at most."""
    exact: ClassVar[int] = 0
    """Values of a number up to which each is a stretch by itself."""
    sees: ClassVar[str] = "told from held-out rows"
    """What the looks tell; less is better."""

    def __init__(self, *, steps: int | None, batch: int, privacy: int | None) -> None:
        self.steps, self.batch, self.guard = steps, batch, Guard(privacy)
        self.terms = Terms()
        self._state: _Fitted | None = None

    @property
    @abstractmethod
    def options(self) -> dict[str, Any]:
        """Arguments that make this model again."""

    @abstractmethod
    def _pupil(self, layout: Layout, spans: Spans, rows: Rows, seed: int) -> Pupil:
        """A network ready to learn."""

    @abstractmethod
    def _restored(self, layout: Layout, spans: Spans) -> torch.nn.Module:
        """A network of the right sizes, to put saved weights in."""

    def fit(self, table: Table, *, rng: np.random.Generator, progress: Progress = silent) -> Self:
        """Train until held-out rows show no more gain, the steps are done, or the time of `terms` is up.

        A tenth of the rows is kept for looking only. What is kept are the best weights, not the last.
        """
        from synthkit.models.nn.training import train

        learn, spread, place, hold, look = rng.spawn(5)
        encoder = Encoder.learn(table, learn, rare=self.guard.rare)
        arrays = encoder.encode(table, spread)
        cuts = {"stretches": self._cut(len(table)), "apart": self.apart, "exact": self.exact}
        layout = Layout.learn(encoder, arrays, place, **cuts)
        rows = layout.encode(arrays, place)
        if not len(rows) or not layout.sizes:
            self._state = _Fitted(layout, None, {}, len(rows))
            progress("training", 1.0)
            return self
        order = hold.permutation(len(rows))
        held, learned = rows.take(order[: int(len(rows) * _HELD)]), rows.take(order[int(len(rows) * _HELD) :])
        seed = seed_of(hold)
        pupil = self._pupil(layout, _spans(layout), learned, seed)
        started = self._begun(pupil, layout)
        needs = _needs(pupil, rows, layout)
        progress("training", 0.0, f"{needs}, {layout_size(layout)}")
        record = train(
            pupil,
            self._recipe(len(learned)),
            self._watch(layout, learned, held if len(held) >= _HANDFUL else learned, look),
            seconds=self._seconds(),
            checkpoint=self._checkpoint(table, seed, pupil.chance.device.type),
            progress=progress,
        )
        net = pupil.mean.cpu().eval()
        self._state = _Fitted(layout, net, _notes(record, pupil, needs, layout, self.sees) | started, len(rows))
        self._finish(arrays, rng, progress)
        return self

    def _finish(self, arrays: Mapping[str, np.ndarray], rng: np.random.Generator, progress: Progress) -> None:
        """What else is learned once the network is trained, from the encoded rows."""

    def _watch(self, layout: Layout, learned: Rows, held: Rows, rng: np.random.Generator) -> Callable[[Any], Look]:
        """What looks at a network while it learns."""
        judge, noise = Judge(layout, learned, held, rng), seed_of(rng)
        return lambda net: judge(lambda n: _drawn(net, n, noise))

    def _recipe(self, rows: int) -> Any:  # noqa: ANN401 - of a module that imports torch
        from synthkit.models.nn.training import Recipe

        whole = self.passes * rows // self.batch
        steps = self.steps or int(np.clip(whole, self.fewest, self.most))
        gait = _WARM if self.terms.start else 1.0
        return Recipe(steps, max(steps // _LOOKS, 1), self.patience, gait=gait, sees=self.sees)

    def _seconds(self) -> float:
        """Of training at most."""
        return self.terms.seconds

    def _cut(self, rows: int) -> int:
        """Into how many stretches a number is cut, of so many rows."""
        del rows
        return self.stretches

    def _checkpoint(self, table: Table, seed: int, device: str) -> Any:  # noqa: ANN401 - as above
        from synthkit.models.nn.training import Checkpoint

        if self.terms.checkpoint is None:
            return None
        key = f"{self.name} {table.digest()} {seed} {device} {sorted(self.options.items())} {self.terms.start}"
        return Checkpoint(self.terms.checkpoint / f"{self.name}.training.safetensors", key)

    def _begun(self, pupil: Pupil, layout: Layout) -> dict[str, Any]:
        """Put the weights of another model in, where columns agree; how much that was."""
        from synthkit.models.tabular._transfer import transfer

        if self.terms.start is None:
            return {}
        plain, arrays = artifact.load(self.terms.start, self.name)
        before = Layout.from_state(plain["layout"], arrays)
        return {"begun with": transfer(pupil, layout, before, artifact.load_weights(self.terms.start, self.name))}

    @property
    def _encoder(self) -> Encoder:
        return self._fitted().layout.encoder

    @one_torch_thread()
    def _draw(self, n: int, fixed: Mapping[str, np.ndarray], rng: np.random.Generator) -> dict[str, np.ndarray]:
        """`n` encoded rows of the network.

        A number is conditioned on by the stretch of its column that it lies in, a category of a wide column by its
        group; the cells themselves are exactly those given.
        """
        import torch

        state, (draw, place, blur) = self._fitted(), rng.spawn(3)
        layout = state.layout
        spans = {layout.names.index(k): layout.one(k, a, place) for k, a in fixed.items() if k in layout.names}
        if state.net is None or not spans:
            rows = _drawn(state.net, n, seed_of(draw))
        else:
            rows = _rows(self._where(state.net, spans, torch.Generator().manual_seed(seed_of(draw))))
        return self._decoded(rows, blur) | dict(fixed)

    def _where(self, net: Any, spans: Mapping[int, tuple[np.ndarray, np.ndarray]], chance: torch.Generator) -> Any:  # noqa: ANN401 - a network, and tensors
        """Codes and scores on what spans are fixed at."""
        import torch

        return net.sample_where({at: torch.as_tensor(codes) for at, (codes, _) in spans.items()}, chance)

    def _cells(self, rows: Rows, rng: np.random.Generator) -> Table:
        """Rows of the network as a table."""
        _, blur, words = rng.spawn(3)
        return Coded(self._fitted().layout.encoder, self._decoded(rows, blur), words, len(rows)).table()

    def _decoded(self, rows: Rows, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Drawn rows as arrays of codes, numbers of the data made numbers of nobody."""
        layout = self._fitted().layout
        arrays, codes = layout.decode(rows, rng), layout.encoder.codes
        numbers = {name: code for name, code in codes.items() if isinstance(code, Numbers)}
        return arrays | {name: code.blur(arrays[name], self.guard.blur(), rng) for name, code in numbers.items()}

    @property
    def schema(self) -> Schema:
        """Of the fitted table."""
        return self._fitted().layout.encoder.schema

    @property
    def notes(self) -> Mapping[str, Any]:
        """Steps, what ended the training, how well held-out rows were told apart, memory, warnings."""
        return self._state.notes if self._state else {}

    def _strange(self, table: Table) -> np.ndarray:
        """(n, s) nats of cells outside of all that was learned."""
        state = self._fitted()
        return unseen(state.layout.encoder, state.layout.names, table, state.rows)

    def _fitted(self) -> _Fitted:
        if self._state is None:
            raise NotFitted(self.name)
        return self._state

    def save(self, folder: Path) -> None:
        """Write the fitted model (JSON, arrays and safetensors, no code)."""
        state = self._fitted()
        plain, arrays = state.layout.to_state()
        weights = {} if state.net is None else {k: v.numpy() for k, v in state.net.state_dict().items()}
        values = {"layout": plain, "options": self.options, "notes": state.notes, "rows": state.rows}
        more, others = self._beside()
        artifact.save(folder, self.name, values | more, arrays | others, weights)

    def _beside(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """What `_finish` learned, as plain values and arrays."""
        return {}, {}

    def _resume(self, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        """Take up what `_beside` gave."""

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        import torch

        plain, arrays = artifact.load(folder, cls.name)
        weights = artifact.load_weights(folder, cls.name)
        model = cls(**plain["options"])
        layout = Layout.from_state(plain["layout"], arrays)
        net = None
        if weights:
            with torch.random.fork_rng(devices=[]):  # making layers draws from the global state
                net = model._restored(layout, _spans(layout)).eval()
            net.load_state_dict({k: torch.as_tensor(v) for k, v in weights.items()})
        model._state = _Fitted(layout, net, plain["notes"], plain.get("rows", 0))
        model._resume(plain, arrays)
        return model


def _spans(layout: Layout) -> Spans:
    from synthkit.models.nn.spans import Spans

    return Spans(layout.sizes, layout.scored, layout.broad)


@one_torch_thread()
def _drawn(net: Any, n: int, seed: int) -> Rows:  # noqa: ANN401 - a network, on any device
    """Rows of a network, a stretch at a time so that memory stays bounded."""
    import torch

    if net is None:
        return Rows(np.zeros((n, 0), np.int32), np.zeros((n, 0), np.float32))
    device = next(net.parameters()).device
    chance = torch.Generator(device).manual_seed(seed)
    training = net.training
    net.eval()
    parts = [_rows(net.sample(min(_AT_ONCE, n - at), chance)) for at in range(0, max(n, 1), _AT_ONCE)]
    net.train(training)
    return Rows(np.concatenate([p.codes for p in parts]), np.concatenate([p.scores for p in parts]))


def _rows(made: tuple[torch.Tensor, torch.Tensor]) -> Rows:
    codes, scores = (part.cpu().numpy() for part in made)
    return Rows(codes.astype(np.int32), scores.astype(np.float32))


def layout_size(layout: Layout) -> str:
    """How wide a row is for the network, in words."""
    return f"{sum(layout.sizes) + len(layout.scored):,} inputs for {len(layout.names)} columns"


def _needs(pupil: Pupil, rows: Rows, layout: Layout) -> str:
    """Memory that the training takes, in words; what does not depend on the table (torch itself) is left out."""
    weights = sum(p.numel() for p in pupil.live.parameters()) * 4 * 6  # gradients, Adam's two, the mean, the best
    width = sum(layout.sizes) + len(layout.scored)
    batch = 500 * width * 4 * 60  # activations of a step, measured generously
    size = (rows.codes.nbytes * 3 + rows.scores.nbytes * 2 + weights + batch) / 2**20
    return f"about {size:.0f} MB" if size < 1000 else f"about {size / 1024:.1f} GB"


def _notes(record: Record, pupil: Pupil, needs: str, layout: Layout, sees: str) -> dict[str, Any]:
    found = asdict(record)
    notes = {
        "steps": found["step"],
        "best step": found["best_step"],
        "stopped because": found["stopped"],
        sees: round(found["told"], 4),
        "variety": round(found["variety"], 3),
        "seconds of training": round(found["seconds"], 1),
        "memory": needs,
        "size": layout_size(layout),
        "device": str(next(pupil.live.parameters()).device),
    }
    return notes | ({"warnings": "; ".join(found["warnings"])} if found["warnings"] else {})
