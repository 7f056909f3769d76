"""What all classical models of series share: transform, structure, scale, source, and every mode of simulation.

A model file supplies the laws: it says how to fit one channel on its working scale (`law`), or all channels of a series
at once (`structure`).
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from synthkit.data.panel import Panel, Series
from synthkit.errors import ConfigError, InputError, NotFitted
from synthkit.models import artifact
from synthkit.models.base import MODES, Each, Plan
from synthkit.models.card import Card
from synthkit.models.series._context import Conditions
from synthkit.models.series._estimates import quiet
from synthkit.models.series._fitted import Fitted, Task, chain
from synthkit.models.series._form import InnovationsForm
from synthkit.models.series._innovations import Blocks, Normal
from synthkit.models.series._modes import Maker
from synthkit.models.series._packed import apart, apart_before, packed
from synthkit.models.series._scale import Scale
from synthkit.models.series._shell import shell_from_dict, shell_to_dict
from synthkit.models.series._sieve import remainder, sieve
from synthkit.models.series._stacked import Stacked, inside, prefixed
from synthkit.models.series._structure import Law, Source, Structure
from synthkit.models.series._transform import Transform
from synthkit.models.series._walk import seasonal_walk
from synthkit.progress import Progress, silent

__all__ = ["Classical"]

_DRAWS = 20  # parameter vectors of a lone series
_ALL_DRAWS = 400  # of all series together; at least 4 each
_TOLD = 20  # series that fell back whose places are told

_SOURCES: dict[str, type[Source]] = {Normal.kind: Normal, Blocks.kind: Blocks}


_UNFIT = (ValueError, ArithmeticError, LookupError, RuntimeError, np.linalg.LinAlgError)
"""What an optimiser may raise about one series: it is then fitted by a seasonal walk, and the others go on."""


class Classical:
    """Base of the classical models (satisfies `Simulator`).

    Args:
        innovations: "blocks" of the fitted ones, or "normal".
        uncertain: draw parameters and initial states for each path instead of fixing them at their estimates.
    """

    name: ClassVar[str]
    card: ClassVar[Card]
    modes: ClassVar[frozenset[str]] = frozenset(MODES)
    laws: ClassVar[tuple[type[Law], ...]] = ()
    """Classes of laws a saved model may hold, besides the innovations form."""
    structures: ClassVar[tuple[type[Structure], ...]] = ()
    """Classes of structures a saved model may hold, besides laws side by side."""

    def __init__(self, *, innovations: str = "blocks", uncertain: bool = True) -> None:
        if innovations not in _SOURCES:
            raise ConfigError(
                f"there are no innovations of kind {innovations!r}", hint=f"one of: {', '.join(sorted(_SOURCES))}"
            )
        self._options: dict[str, Any] = {"innovations": innovations, "uncertain": uncertain}
        self.each: Each = map
        self._fits: tuple[Fitted, ...] = ()
        self._source: Source | None = None
        self._panel: Panel | None = None  # calendar, columns and schema; without series
        self._conditions = Conditions()
        self._notes: dict[str, Any] = {}
        self._kept: dict[str, np.ndarray] = {}  # what a model keeps beside the fits

    # -- what a model file supplies

    def law(self, x: np.ndarray, task: Task, rng: np.random.Generator) -> Law:
        """Fit (T,) working values, NaN where missing. ValueError or LinAlgError: a seasonal walk is taken instead."""
        return seasonal_walk(x, task.season, task.draws, rng)

    def structure(self, x: np.ndarray, task: Task, rng: np.random.Generator) -> tuple[Structure, int]:
        """Fit (T, k) working values; also how many channels had to be content with a seasonal walk."""
        laws, fallen = [], 0
        for column in x.T:
            try:
                with quiet():
                    laws.append(self._checked(self.law(column, task, rng), column))
            except _UNFIT:
                laws.append(seasonal_walk(column, task.season, task.draws, rng))
                fallen += 1
        return Stacked(laws), fallen

    @classmethod
    def refuses(cls, panel: Panel) -> str:
        """Why this model does not suit the panel; "" where it does."""
        if not panel.grid.regular:
            return f"the stamps of {', '.join(map(repr, panel.roles.time))} follow no even steps"
        if not panel.roles.values:
            return "it has no column of numbers to model"
        if panel.roles.marks:
            return f"columns that are no plain numbers change over time: {', '.join(map(repr, panel.roles.marks))}"
        return ""

    # -- fit

    def fit(self, panel: Panel, *, rng: np.random.Generator, progress: Progress = silent) -> Self:
        """Fit each series by itself, then the innovations of all."""
        draws = int(np.clip(_ALL_DRAWS // max(len(panel) * len(panel.roles.values), 1), 4, _DRAWS))
        draws = draws if self._options["uncertain"] else 0
        self._conditions = Conditions.learn(panel)
        self._panel = panel.of([])
        bare = copy.copy(self)  # what another process needs of this model
        vars(bare).update(each=map, _fits=(), _source=None, _kept={}, _notes={})
        *children, last = rng.spawn(len(panel) + 1)
        fits, fallen = [], []
        items = zip(range(len(panel)), panel, children, strict=True)
        for i, (fitted, without) in enumerate(self.each(partial(_one, bare, len(panel), draws), items)):
            fits.append(fitted)
            fallen += [i + 1] * without
            progress("fit", (i + 1) / (len(panel) + 1))
        self._fits = tuple(fits)
        kind = _SOURCES[self._options["innovations"]]
        self._source = kind.learn(*self.innovations(), rng=last)
        self._notes = self._found(fallen)
        progress("fit", 1.0)
        return self

    def fitted(self, series: Series, draws: int, rng: np.random.Generator) -> tuple[Fitted, int]:
        """One series by itself, and how many of its channels had to be content with a seasonal walk."""
        grid, exog = self._ready().grid, self._conditions.exog(series.exog)
        used = _moving(exog)
        seasons = tuple(m for m in grid.seasons if m > 1)
        task = Task(series.start, seasons, exog[:, used], draws)
        values = np.where(series.present[:, None], series.values, np.nan)
        transforms = tuple(Transform.learn(column, task.season) for column in values.T)
        x = np.column_stack([t.forward(column) for t, column in zip(transforms, values.T, strict=True)])
        structure, fallen = self.structure(x, task, rng)
        u = structure.innovations
        scales = tuple(Scale.learn(u[:, c], series.start, task.season) for c in range(u.shape[1]))
        bases, rests = zip(*(remainder(column, seasons) for column in x.T), strict=True)
        known = np.nan_to_num(x)
        holes = np.isnan(values[series.present])
        fitted = Fitted(
            entity=series.entity,
            start=series.start,
            static=dict(series.static),
            exog=exog,
            present=series.present,
            used=used,
            transforms=transforms,
            scales=scales,
            structure=structure,
            missing=np.array([chain(column) for column in holes.T]).reshape(-1, 2),
            reach=np.column_stack([known.min(axis=0), known.max(axis=0)]),
            base=np.column_stack(bases),
            sieves=tuple(sieve(rest) for rest in rests),
        )
        return fitted, fallen

    @staticmethod
    def _checked(law: Law, x: np.ndarray) -> Law:
        """The law, if its own innovations are finite and of a sane size."""
        u = law.innovations[np.isfinite(law.innovations)]
        if len(u) < max(2, np.isfinite(x).sum() // 4) or not np.mean(u**2) < 100:
            raise ValueError("the innovations of the fit are not those of a fit")
        return law

    def _found(self, fallen: Sequence[int]) -> dict[str, Any]:
        """Notes for the record, counted over series and channels."""
        transforms = [t.kind for fit in self._fits for t in fit.transforms]
        scales = [s.kind for fit in self._fits for s in fit.scales]
        notes: dict[str, Any] = {
            "series": len(self._fits),
            "fallen back to a seasonal walk": len(fallen),
            "transforms": {kind: transforms.count(kind) for kind in sorted(set(transforms))},
            "scales": {kind: scales.count(kind) for kind in sorted(set(scales))},
            "innovations": self._options["innovations"],
        }
        if fallen:  # by their places: a label is a cell of the data
            notes["which fell back"] = [f"series {place}" for place in dict.fromkeys(fallen)][:_TOLD]
        if isinstance(self._source, Blocks):
            notes["mean block length"] = round(self._source.length, 1)
        if len(self._fits) == 1:
            notes["parameters"] = dict(self._fits[0].structure.parameters)
            notes["reasons"] = [t.reason for t in self._fits[0].transforms] + [s.reason for s in self._fits[0].scales]
        return notes

    @property
    def notes(self) -> Mapping[str, Any]:
        """What the fit found."""
        return dict(self._notes)

    # -- the innovations, for other sources

    def innovations(self) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """For each fitted series, (T, k) innovations of even scale (NaN for none) and (T, c) conditions of its rows."""
        rows = [fit.innovations() for fit in self._fits]
        return rows, [self.context(i, "start", len(fit)) for i, fit in enumerate(self._fits)]

    def context(self, series: int, origin: str, n: int, exog: np.ndarray | None = None) -> np.ndarray:
        """(n, c) conditions of rows from the start of a fitted series, or after its end (then with its exog)."""
        fit, panel = self._fits[series], self._ready()
        begin = fit.start if origin == "start" else fit.start + len(fit)
        known = fit.exog[:n] if origin == "start" else self._conditions.exog(exog, n)
        return self._conditions.of(panel.grid, begin, n, known, fit.static)

    def with_source(self, source: Source) -> Self:
        """The same model driven by other innovations."""
        other = copy.copy(self)
        vars(other).update(_source=source, _notes={**self._notes, "innovations": source.kind})
        return other

    @property
    def source(self) -> Source:
        """What drives the paths."""
        self._ready()
        assert self._source is not None
        return self._source

    # -- simulate

    def simulate(self, plan: Plan, *, rng: np.random.Generator) -> Panel:
        """New series by the plan."""
        panel, maker = self._ready(), self._maker()
        maker.check(plan, self.name, self.modes)
        return panel.of(list(maker.made(plan, rng)))

    def _maker(self) -> Maker:
        return Maker(self._ready(), self._fits, self.source, self._conditions, bool(self._options["uncertain"]))

    def _ready(self) -> Panel:
        if self._panel is None:
            raise NotFitted(self.name)
        return self._panel

    @property
    def places(self) -> Panel:
        """The fitted series without their values: whose they are, where each begins and where it stops."""
        panel = self._ready()
        width = len(panel.roles.values)
        return panel.of([
            Series(
                entity=fit.entity, start=fit.start, values=np.full((len(fit), width), np.nan),
                exog=self._conditions.raw(fit.exog), present=fit.present, static=dict(fit.static),
            )
            for fit in self._fits
        ])  # fmt: skip

    # -- save and load

    def save(self, folder: Path) -> None:
        """Write JSON and arrays."""
        panel = self._ready()
        plain: dict[str, Any] = {
            "options": self._options,
            "notes": self._notes,
            **shell_to_dict(panel),
            "conditions": self._conditions.to_dict(),
        }
        values, own = self.source.to_state()
        plain["source"] = {"kind": self.source.kind, "state": values}
        states = [fit.to_state() for fit in self._fits]
        plain["series"] = [values for values, _ in states]
        arrays = prefixed(own, "source") | prefixed(self._kept, "kept")
        arrays |= prefixed(packed([own for _, own in states]), "series")
        artifact.save(folder, self.name, plain, arrays)

    @classmethod
    def load(cls, folder: Path, *, sources: Sequence[type[Source]] = ()) -> Self:
        """Read a saved model; `sources` are classes of sources besides the two of this package."""
        plain, arrays = artifact.load(folder, cls.name)
        model = cls(**plain["options"])
        model._panel = shell_from_dict(plain)
        model._conditions = Conditions.from_dict(plain["conditions"])
        model._notes = plain["notes"]
        model._kept = inside(arrays, "kept")
        known = _SOURCES | {source.kind: source for source in sources}
        saved = plain["source"]
        model._source = known[saved["kind"]].from_state(saved["state"], inside(arrays, "source"))
        own = apart(inside(arrays, "series"), len(plain["series"]))
        if not any(own):
            own = apart_before(arrays, "series", len(plain["series"]))
        model._fits = tuple(map(cls._restored, plain["series"], own))
        return model

    @classmethod
    def _restored(cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Fitted:
        saved, own = plain["structure"], Fitted.structure_arrays(arrays)
        structure: Structure
        if saved["kind"] == Stacked.kind:
            laws: dict[str, type[Law]] = {law.kind: law for law in cls.laws}
            structure = Stacked.restored(saved["state"], own, {InnovationsForm.kind: InnovationsForm, **laws})
        else:
            by_kind = {structure.kind: structure for structure in cls.structures}
            structure = by_kind[saved["kind"]].from_state(saved["state"], own)
        return Fitted.from_state(plain, arrays, structure)


def _one(model: Classical, of: int, draws: int, item: tuple[int, Series, np.random.Generator]) -> tuple[Fitted, int]:
    """One of the series, and how many of its channels had to be content with a seasonal walk."""
    place, series, rng = item
    try:
        return model.fitted(series, draws, rng)
    except Exception as error:
        raise InputError(
            f"series {place + 1:,} of {of:,} cannot be fitted by '{model.name}' ({type(error).__name__})",
            hint="series are counted by their first row: leave that one out, or choose another model",
        ) from error


def _moving(exog: np.ndarray) -> np.ndarray:
    """(e,) exogenous columns that move within a series, at most one for eight rows."""
    moving = exog.std(axis=0) > 1e-9 if len(exog) else np.zeros(exog.shape[1], dtype=bool)
    moving[np.cumsum(moving) > len(exog) // 8] = False
    return np.asarray(moving)
