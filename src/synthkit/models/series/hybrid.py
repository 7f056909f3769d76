"""A classical model whose innovations come from a GAN, where that is measurably better than blocks of the old ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from synthkit.errors import ConfigError, NotFitted
from synthkit.models import artifact, registry
from synthkit.models.base import MODES, Plan
from synthkit.models.card import Card
from synthkit.models.series._classical import Classical
from synthkit.models.series._gan_source import Gan, first_part, last_part
from synthkit.models.series._gate import contest, dependence
from synthkit.models.series._innovations import Blocks
from synthkit.progress import Progress, part, silent

if TYPE_CHECKING:
    from synthkit.data.panel import Panel

__all__ = ["MODEL", "Hybrid"]

_ENOUGH = 300
"""Innovations over all series below which no network is trained: it would learn noise."""
_HELD = 0.25
"""Of each series: the block on which network and bootstrap are compared."""
_LEVEL = 0.05
_LONG = 24  # rows in a season above which a season is carried by waves


class Hybrid:
    """A classical model with a GAN for its standardised one-step innovations, behind a gate.

    The network is trained only where innovations depend on each other or on the calendar, and it drives the paths only
    where, on a block that neither saw, it is nearer to the real innovations than block-bootstrapped ones by more than
    one standard error. Otherwise this is the classical model, and `notes` say why.

    Args:
        base: name of the classical model; by default harmonic regression for seasons above 24 rows, else SARIMAX.
        steps: of training on all rows, with no test before: what an earlier fit settled on.
        seconds: of each training run, at most.

    References:
        Wiese et al. (2020), Quant GANs, Quantitative Finance 20(9). Gulrajani et al. (2017), Improved Training of
        Wasserstein GANs. Politis and White (2004), Automatic Block-Length Selection for the Dependent Bootstrap.
    """

    name: ClassVar[str] = "hybrid"
    modes: ClassVar[frozenset[str]] = frozenset(MODES)
    card: ClassVar[Card] = Card(
        family="classical model with a GAN",
        rung=70,
        summary="A classical model carries level, season and calendar; a causal GAN learns the law of its innovations.",
        assumes="What the classical model leaves has one law for all series, given the calendar and known inputs.",
        fails_when="Too few innovations (under 300), or innovations without a pattern: it then steps back by itself.",
        data_hunger="300 rows over all series; it pays from some thousands.",
        latency="About a hundred thousand rows a second.",
        control="All modes, exogenous values included.",
        cost="One to two minutes on two cores; seconds where its gate stays shut early.",
        licence="MIT (torch: BSD-3-Clause)",
        references=("Wiese et al. 2020", "Gulrajani et al. 2017", "Politis and White 2004"),
    )

    def __init__(self, *, base: str | None = None, steps: int | None = None, seconds: float = 45.0) -> None:
        if steps is not None and steps < 1:
            raise ConfigError(f"{steps} steps train nothing", hint="ask for at least 1, or leave steps out")
        self._options: dict[str, Any] = {"base": base, "steps": steps, "seconds": seconds}
        self._base: Classical | None = None
        self._notes: dict[str, Any] = {}

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
        base.fit(panel, rng=first, progress=part(progress, "fit", 0.0, 0.2))
        self._base, self._notes = base, {"base": base.name}
        rows, context = base.innovations()
        told = part(progress, "fit", 0.2, 1.0)
        steps = self._options["steps"] or self._tested(rows, context, second, told)
        if steps:
            gan = self._trained(rows, context, steps, second, told)
            self._base = base.with_source(gan)
            self._notes |= {"network": {**gan.record, "steps": steps}}
        progress("fit", 1.0)
        return self

    def _tested(
        self, rows: list[np.ndarray], context: list[np.ndarray], rng: np.random.Generator, progress: Progress
    ) -> int:
        """Steps to train for, if a network is of use here; otherwise 0, and the reason is noted."""
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
            gan = Gan.learn(*early, rng=rng, recipe=self._recipe(), progress=part(progress, "fit", 0.0, 0.5))
        except ValueError as error:
            return self._off(f"the series hold no stretch a network could be trained on ({error})")
        self._notes["network"] = gan.record
        found = contest(gan, Blocks.learn(*early, rng=rng), *late, rng=rng)
        if found is None:
            return self._off("the block held back is too short to compare network and bootstrap")
        self._notes["gate"] = found.to_dict()
        said = f"distance {found.new:.3f} against {found.old:.3f}, difference {found.difference:+.3f}, standard error "
        said += f"{found.error:.3f}, {found.windows} windows of {found.width} rows"
        if not found.won:
            return self._off(f"on a block held back the network is no better than block bootstrap ({said})")
        self._notes["switched on"] = f"on a block held back the network is better than block bootstrap ({said})"
        return int(gan.record["best_step"]) or int(gan.record["steps"])

    def _off(self, reason: str) -> int:
        self._notes["switched off"] = reason
        return 0

    def _trained(
        self,
        rows: list[np.ndarray],
        context: list[np.ndarray],
        steps: int,
        rng: np.random.Generator,
        progress: Progress,
    ) -> Gan:
        told = part(progress, "fit", 0.5, 1.0)
        return Gan.learn(rows, context, rng=rng, recipe=self._recipe(), steps=steps, progress=told)

    def _recipe(self) -> Any:  # noqa: ANN401 - torch is imported with it
        from synthkit.models.nn.gan import Recipe

        return Recipe(seconds=self._options["seconds"])

    @property
    def settled(self) -> Mapping[str, Any]:
        """Arguments that make a fit on more rows take the same decisions without testing them again."""
        on = "switched off" not in self._notes and "network" in self._notes
        return {"base": self._ready().name} | ({"steps": self._notes["network"]["steps"]} if on else {})

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
        artifact.save(folder, self.name, {"options": self._options, "notes": self._notes, "base": base.name}, {})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a saved model."""
        plain, _ = artifact.load(folder, cls.name)
        model = cls(**plain["options"])
        model._notes = plain["notes"]
        model._base = _classical(plain["base"]).load(Path(folder) / "base", sources=[Gan])
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


MODEL = Hybrid
