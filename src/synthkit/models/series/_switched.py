"""A classical model whose innovations come from a network, where that is measurably better than blocks of the old ones.

The shell of models that differ in the network alone: classical model, gate, training, and what is told of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

import numpy as np

from synthkit.errors import ConfigError, NotFitted
from synthkit.models import artifact, registry
from synthkit.models.base import MODES, Each, Plan
from synthkit.models.card import Card
from synthkit.models.series._classical import Classical
from synthkit.models.series._gate import contest, dependence
from synthkit.models.series._innovations import Blocks, first_part, last_part
from synthkit.models.series._structure import Source
from synthkit.progress import Progress, part, silent

if TYPE_CHECKING:
    from synthkit.data.panel import Panel

__all__ = ["Learnt", "Switched"]

_ENOUGH = 300
"""Innovations over all series below which no network is trained: it would learn noise."""
_HELD = 0.25
"""Of each series: the block on which network and bootstrap are compared."""
_LEVEL = 0.05
_LONG = 24  # rows in a season above which a season is carried by waves


class Learnt(Source, Protocol):
    """A source that was trained."""

    @property
    def record(self) -> Mapping[str, Any]:
        """How the training went."""
        ...

    @property
    def settled(self) -> Mapping[str, Any]:
        """What it settled on, with which a training on more rows does the same without testing again."""
        ...


class Switched(ABC):
    """Base of the classical models with a network behind a gate (satisfies `Simulator` and `Gated`).

    The network is trained only where innovations depend on each other or on the calendar, and it drives the paths only
    where, on a block that neither saw, it is nearer to the real innovations than block-bootstrapped ones by more than
    one standard error. Otherwise this is the classical model, and `notes` say why.

    Args:
        base: name of the classical model; by default harmonic regression for seasons above 24 rows, else SARIMAX.
        steps: of training on all rows, with no test before: what an earlier fit settled on.
        options: of the network.
    """

    name: ClassVar[str]
    card: ClassVar[Card]
    modes: ClassVar[frozenset[str]] = frozenset(MODES)
    source: ClassVar[type[Learnt]]
    """What the network is."""

    def __init__(self, *, base: str | None, steps: int | None, **options: Any) -> None:  # noqa: ANN401 - plain values
        if steps is not None and steps < 1:
            raise ConfigError(f"{steps} steps train nothing", hint="ask for at least 1, or leave steps out")
        self._options: dict[str, Any] = {"base": base, "steps": steps, **options}
        self.each: Each = map
        self._base: Classical | None = None
        self._notes: dict[str, Any] = {}
        self._settled: dict[str, Any] = {}

    @abstractmethod
    def _learn(
        self,
        rows: Sequence[np.ndarray],
        context: Sequence[np.ndarray],
        settled: Mapping[str, Any],
        rng: np.random.Generator,
        progress: Progress,
    ) -> Learnt:
        """Train the network; where something was settled, by that. ValueError: it finds nothing to be trained on."""

    @classmethod
    def refuses(cls, panel: Panel) -> str:
        """Why this model does not suit the panel; "" where it does."""
        if why_not := Classical.refuses(panel):
            return why_not
        if panel.points < _ENOUGH:
            return f"a network needs {_ENOUGH} rows over all series, and here are {panel.points:,}"
        return ""

    def fit(self, panel: Panel, *, rng: np.random.Generator, progress: Progress = silent) -> Self:
        """Fit the classical model, then train and test the network."""
        first, second = rng.spawn(2)
        base = _classical(self._options["base"] or _usual(panel))()
        base.each = self.each
        base.fit(panel, rng=first, progress=part(progress, "fit", 0.0, 0.2))
        self._base, self._notes = base, {"base": base.name}
        rows, context = base.innovations()
        told = part(progress, "fit", 0.2, 1.0)
        self._settled = self._asked() or self._tested(rows, context, second, told)
        if self._settled:
            network = self._learn(rows, context, self._settled, second, part(told, "fit", 0.5, 1.0))
            self._base = base.with_source(network)
            self._notes |= {"network": {**network.record, **self._settled}}
        progress("fit", 1.0)
        return self

    def _asked(self) -> dict[str, Any]:
        """What was settled before, if it was: the steps, and what goes with them."""
        return {"steps": self._options["steps"]} if self._options["steps"] else {}

    def _tested(
        self, rows: list[np.ndarray], context: list[np.ndarray], rng: np.random.Generator, progress: Progress
    ) -> dict[str, Any]:
        """How to train, if a network is of use here; otherwise nothing, and the reason is noted."""
        count = sum(int(np.isfinite(r).all(axis=1).sum()) for r in rows)
        if count < _ENOUGH:
            return self._off(f"{count} innovations are too few for a network, which needs {_ENOUGH}")
        chance = dependence(rows, context, rng=rng)
        self._notes["independence of innovations"] = f"p = {chance:.2f}"
        if chance > _LEVEL:
            return self._off(f"the innovations show no pattern a network could learn (p = {chance:.2f})")
        early = [first_part(r, _HELD) for r in rows], [first_part(c, _HELD) for c in context]
        late = [last_part(r, _HELD) for r in rows], [last_part(c, _HELD) for c in context]
        try:
            network = self._learn(*early, {}, rng, part(progress, "fit", 0.0, 0.5))
        except ValueError as error:
            return self._off(f"the series hold no stretch a network could be trained on ({error})")
        self._notes["network"] = network.record
        found = contest(network, Blocks.learn(*early, rng=rng), *late, rng=rng)
        if found is None:
            return self._off("the block held back is too short to compare network and bootstrap")
        self._notes["gate"] = found.to_dict()
        said = f"distance {found.new:.3f} against {found.old:.3f}, difference {found.difference:+.3f}, standard error "
        said += f"{found.error:.3f}, {found.windows} windows of {found.width} rows"
        if not found.won:
            return self._off(f"on a block held back the network is no better than block bootstrap ({said})")
        self._notes["switched on"] = f"on a block held back the network is better than block bootstrap ({said})"
        return dict(network.settled)

    def _off(self, reason: str) -> dict[str, Any]:
        self._notes["switched off"] = reason
        return {}

    @property
    def settled(self) -> Mapping[str, Any]:
        """Arguments that make a fit on more rows take the same decisions without testing them again."""
        return {"base": self._ready().name, **self._settled}

    @property
    def notes(self) -> Mapping[str, Any]:
        """What the fit found: the gate first, then the classical model."""
        return self._notes | ({} if self._base is None else dict(self._base.notes))

    @property
    def places(self) -> Panel:
        """The fitted series without their values: whose they are, where each begins and where it stops."""
        return self._ready().places

    def simulate(self, plan: Plan, *, rng: np.random.Generator) -> Panel:
        """New series by the plan."""
        return self._ready().simulate(plan, rng=rng)

    def save(self, folder: Path) -> None:
        """Write JSON and arrays; the classical model has a folder of its own inside."""
        base = self._ready()
        folder = Path(folder)
        base.save(folder / "base")
        plain = {"options": self._options, "notes": self._notes, "settled": self._settled, "base": base.name}
        artifact.save(folder, self.name, plain, {})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a saved model."""
        plain, _ = artifact.load(folder, cls.name)
        model = cls(**plain["options"])
        model._notes, model._settled = plain["notes"], plain.get("settled", {})
        model._base = _classical(plain["base"]).load(Path(folder) / "base", sources=[cls.source])
        return model

    def _ready(self) -> Classical:
        if self._base is None:
            raise NotFitted(self.name)
        return self._base


def _classical(name: str) -> type[Classical]:
    """The classical model of that name.

    Raises:
        ConfigError: it has no innovations.
    """
    kind = registry.simulator(name)
    if not issubclass(kind, Classical):
        raise ConfigError(f"'{name}' has no innovations that a network could learn", hint="choose a classical model")
    return kind


def _usual(panel: Panel) -> str:
    return "harmonic" if max(panel.grid.seasons, default=1) > _LONG else "sarimax"
