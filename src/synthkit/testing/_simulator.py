"""All checks of a model of series, in one list."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from synthkit.data.panel import Panel
from synthkit.errors import ConfigError, NotFitted
from synthkit.models.base import Plan, Simulator
from synthkit.testing._conduct import card_is_complete, globals_now
from synthkit.testing._panels import PANELS
from synthkit.testing._run import Named, named, refused, require, run

__all__ = ["check_simulator", "simulator_checks"]

_ROWS = 7


@dataclass(frozen=True)
class Watched:
    """A fit, and what was seen of it.

    Args:
        model: fitted.
        itself: whether `fit` returned the model.
        untouched: whether the panel is as it was.
        told: stage -> what progress said.
        changed: what of the process is not as it was, after some series were made too.
    """

    model: Simulator
    itself: bool
    untouched: bool
    told: dict[str, list[float]]
    changed: list[str]


class SeriesBench:
    """The model under test, fitted twice on each panel that it does not refuse.

    Args:
        kind: its class, which can be made without arguments.
    """

    def __init__(self, kind: Callable[[], Simulator]) -> None:
        self.make = kind
        self._fitted: dict[str, Simulator] = {}
        self._again: dict[str, Watched] = {}

    @cached_property
    def panels(self) -> dict[str, Panel]:
        """Those that the model takes."""
        found = {name: make() for name, make in PANELS.items()}
        return {name: panel for name, panel in found.items() if not self.make().refuses(panel)}

    def model(self, name: str) -> Simulator:
        """Fitted on a panel; checks must not fit it again."""
        if name not in self._fitted:
            self._fitted[name] = self.make().fit(self.panels[name], rng=np.random.default_rng([1, 0]))
        return self._fitted[name]

    def again(self, name: str) -> Watched:
        """Fitted on a panel once more, with the same seed, and watched."""
        if name not in self._again:
            self._again[name] = self._watched(name)
        return self._again[name]

    def _watched(self, name: str) -> Watched:
        panel, told = self.panels[name], dict[str, list[float]]()
        plan, model = next(self.plans(panel)), self.make()
        _digest(self.model(name), plan, 0)  # what imports change on their first run is not the model's doing
        before, digest = globals_now(), panel.table.digest()
        found = model.fit(
            panel,
            rng=np.random.default_rng([1, 0]),
            progress=lambda stage, done, _="": told.setdefault(stage, []).append(done),
        )
        untouched = panel.table.digest() == digest
        _digest(model, plan, 0)
        changed = [what for what, value in globals_now().items() if value != before[what]]
        return Watched(model, found is model, untouched, told, changed)

    def plans(self, panel: Panel) -> Iterator[Plan]:
        """A plan for every mode of the model."""
        future = {s.entity: np.repeat(s.exog[-1:], _ROWS, axis=0) for s in panel}
        for mode in sorted(self.make().modes):
            if mode in {"continue", "what-if"}:
                shocks = {"scale": 1.5} if mode == "what-if" else {}
                yield Plan(mode, paths=2, horizon=_ROWS, exog=future, shocks=shocks)  # type: ignore[arg-type]
            elif mode != "new-entity" or len(panel.entities) > 1:
                yield Plan(mode, paths=3)  # type: ignore[arg-type]

    def cases(self) -> Iterator[tuple[Panel, Simulator, Plan, Panel]]:
        """Every panel and plan, with what was made of it."""
        for name, panel in self.panels.items():
            model = self.model(name)
            for plan in self.plans(panel):
                yield panel, model, plan, model.simulate(plan, rng=np.random.default_rng([2, 0]))


def keeps_the_protocol(bench: SeriesBench) -> None:
    """It has a name, a card, modes, and fit, simulate, notes, save and load, and takes one of our panels at least."""
    model = bench.make()
    require(isinstance(model, Simulator), "something of the protocol Simulator is missing")
    require(model.name.isidentifier(), f"the name {model.name!r} is not an identifier")
    require(bench.panels, "it refuses all panels of the checks")
    for make in PANELS.values():
        require(isinstance(model.refuses(make()), str), "refuses() has to give a text")


def not_fitted_is_said(bench: SeriesBench) -> None:
    """Simulate and save before fit raise NotFitted."""
    mode: Any = min(bench.make().modes)
    refused(lambda: bench.make().simulate(Plan(mode), rng=np.random.default_rng(0)), NotFitted, "simulate before fit")
    with tempfile.TemporaryDirectory() as folder:
        refused(lambda: bench.make().save(Path(folder) / "model"), NotFitted, "save before fit")


def input_is_untouched(bench: SeriesBench) -> None:
    """Fit returns the model and leaves the panel as it was."""
    for name in bench.panels:
        require(bench.again(name).itself, "fit returned something else")
        require(bench.again(name).untouched, f"fit changed the panel '{name}'")


def same_seed_same_series(bench: SeriesBench) -> None:
    """The same generator gives the same series, from one model and from one fitted again; another gives others."""
    for name, panel in bench.panels.items():
        again = bench.again(name).model
        for plan in bench.plans(panel):
            first = _digest(bench.model(name), plan, 5)
            require(first == _digest(bench.model(name), plan, 5), f"{plan.mode} differs with the same seed")
            require(first == _digest(again, plan, 5), f"{plan.mode} differs after another fit with the same seed")
            require(first != _digest(again, plan, 6), f"{plan.mode} does not depend on the generator")


def series_stand_on_the_calendar(bench: SeriesBench) -> None:
    """Twins keep the rows of their original; continuations begin after its end; new entities have new names."""
    for panel, _, plan, made in bench.cases():
        originals = {s.entity: s for s in panel}
        require(made.grid == panel.grid and made.roles == panel.roles, f"{plan.mode} changed the calendar or the roles")
        if plan.mode == "new-entity":
            require(len(made) == plan.paths, f"{len(made)} entities were made where {plan.paths} were asked for")
            require(not set(made.entities) & set(originals), "a new entity has the name of an old one")
            continue
        require(len(made) == plan.paths * len(panel), f"{plan.mode} made {len(made)} series")
        require({s.path for s in made} == set(range(plan.paths)), f"{plan.mode} does not number its paths")
        for s in made:
            own = originals[s.entity]
            if plan.horizon is not None:
                require(s.start == own.stop and len(s) == plan.horizon, f"{plan.mode} is not {plan.horizon} rows ahead")
            else:
                require(s.start == own.start and len(s) == len(own), f"{plan.mode} has other rows than its original")


def values_are_numbers(bench: SeriesBench) -> None:
    """No infinite value, no column empty, no value further out than ten times the range of the data."""
    for panel, _, plan, made in bench.cases():
        real = np.concatenate([s.values for s in panel])
        fake = np.concatenate([s.values for s in made])
        require(not np.isinf(fake).any(), f"{plan.mode} made infinite values")
        require(np.isfinite(fake).any(axis=0).all(), f"{plan.mode} left a column empty")
        low, high = np.nanmin(real, axis=0), np.nanmax(real, axis=0)
        room = 10 * (high - low)
        require((np.nanmax(fake, axis=0) < high + room).all(), f"{plan.mode} ran away upwards")
        require((np.nanmin(fake, axis=0) > low - room).all(), f"{plan.mode} ran away downwards")


def rows_can_be_written(bench: SeriesBench) -> None:
    """What is made has a table with the columns of the data (and the path, where there are several)."""
    for panel, _, plan, made in bench.cases():
        names = made.table.schema.names
        require(set(panel.schema.names) <= set(names), f"{plan.mode} lost columns")
        require(len(set(names) - set(panel.schema.names)) <= 1, f"{plan.mode} made columns up")


def nothing_is_copied(bench: SeriesBench) -> None:
    """No twin and no new entity is an original again."""
    for panel, _, plan, made in bench.cases():
        if plan.mode in {"twin", "new-entity", "augment"}:
            real = {np.nan_to_num(s.values).tobytes() for s in panel if len(s) > 2}
            require(
                not any(np.nan_to_num(s.values).tobytes() in real for s in made), f"{plan.mode} gave an original out"
            )


def saved_is_the_same(bench: SeriesBench) -> None:
    """A model that was saved and loaded makes the same series; nothing in its folder is a pickle."""
    for name, panel in bench.panels.items():
        with tempfile.TemporaryDirectory() as folder:
            bench.model(name).save(Path(folder))
            kinds = {file.suffix for file in Path(folder).rglob("*") if file.is_file()}
            require(kinds <= {".json", ".npz", ".safetensors"}, f"files of other kinds: {sorted(kinds)}")
            loaded = type(bench.model(name)).load(Path(folder))
            require(dict(loaded.notes).keys() == dict(bench.model(name).notes).keys(), "notes were lost")
            for plan in bench.plans(panel):
                same = _digest(bench.model(name), plan, 8) == _digest(loaded, plan, 8)
                require(same, f"{plan.mode} differs after loading")


def wrong_plans_are_refused(bench: SeriesBench) -> None:
    """No path, a horizon below 1, a mode it cannot do, and missing known inputs raise ConfigError."""
    for name, panel in bench.panels.items():
        model = bench.model(name)
        modes = set(model.modes)

        def asked(plan: Plan, model: Simulator = model) -> Callable[[], object]:
            return lambda: model.simulate(plan, rng=np.random.default_rng(0))

        for mode in sorted(modes):
            refused(asked(Plan(mode, paths=0)), ConfigError, "no path")  # type: ignore[arg-type]
        for mode in sorted({"twin", "continue", "new-entity", "augment", "what-if"} - modes):
            refused(asked(Plan(mode)), ConfigError, f"mode {mode}")  # type: ignore[arg-type]
        if "continue" in modes:
            refused(asked(Plan("continue", horizon=0)), ConfigError, "a horizon of 0")
            if panel.roles.exog:
                refused(asked(Plan("continue", horizon=3)), ConfigError, "known inputs that are missing")


def progress_only_grows(bench: SeriesBench) -> None:
    """Progress is between 0 and 1, never falls within a stage, and ends at 1."""
    for name in bench.panels:
        told = bench.again(name).told
        require(told, "fit tells no progress")
        for stage, done in told.items():
            grows = all(0 <= d <= 1 for d in done) and done == sorted(done)
            require(grows, f"progress of stage '{stage}' leaves its way")
        require(max(d[-1] for d in told.values()) == 1.0, "progress does not end at 1")


def nothing_global_changes(bench: SeriesBench) -> None:
    """Global random states, warning filters, the environment, the folder and thread limits stay as they were."""
    for name in bench.panels:
        changed = bench.again(name).changed
        require(not changed, f"{', '.join(changed)} changed")


def _digest(model: Simulator, plan: Plan, seed: int) -> str:
    return model.simulate(plan, rng=np.random.default_rng(seed)).table.digest()


_CHECKS: tuple[Callable[[Any], None], ...] = (
    keeps_the_protocol,
    card_is_complete,
    not_fitted_is_said,
    input_is_untouched,
    same_seed_same_series,
    series_stand_on_the_calendar,
    values_are_numbers,
    rows_can_be_written,
    nothing_is_copied,
    saved_is_the_same,
    wrong_plans_are_refused,
    progress_only_grows,
    nothing_global_changes,
)


def simulator_checks(kind: Callable[[], Simulator]) -> tuple[Named, ...]:
    """The checks of a model of series as (name, callable) pairs, for `pytest.mark.parametrize`.

    >>> from synthkit.models.series.naive import MODEL
    >>> dict(simulator_checks(MODEL))["not_fitted_is_said"]()
    """
    return named(_CHECKS, SeriesBench(kind))


def check_simulator(kind: Callable[[], Simulator], *, skip: Collection[str] = ()) -> None:
    """Check that a model of series keeps every promise of `synthkit.models.base.Simulator`.

    Args:
        kind: a class that can be made without arguments.
        skip: names of checks to leave out; say why beside it.

    Raises:
        AssertionError: one line for each check that failed, with its name and what was promised.
        UnknownName: a name in `skip` is not a check's.
    """
    run(f"model '{getattr(kind, 'name', kind)}'", simulator_checks(kind), skip)
