"""The ladder for series: the classical model that forecasts best, and a generator only where that one falls short."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from synthkit import rng as rng_
from synthkit.decide._failure import failure
from synthkit.decide.backtest import Backtest, Trial, backtest
from synthkit.decide.climb import Climb, Rung, outcome, rank, why
from synthkit.decide.criteria import Criteria, Verdict
from synthkit.decide.ladder import check_options
from synthkit.decide.yardsticks import yardsticks
from synthkit.models import registry
from synthkit.models.base import Each, Gated, Plan, Separate, Simulator
from synthkit.progress import Progress, part, silent
from synthkit.scorecard import score_series
from synthkit.threads import one_blas_thread

if TYPE_CHECKING:
    from synthkit.data.panel import Panel
    from synthkit.metrics.base import PanelReference

__all__ = [
    "BACKTEST_SHARE", "Ascent", "backtested", "climb_series", "delivered", "due", "family", "is_classical",
    "judged", "series_ladder", "suited", "twins",
]  # fmt: skip

CLASSICAL = 60
"""Rungs up to this one are classical models; they are compared by forecasting, and one of them goes on."""
BY_NAME = frozenset({"bootstrap", "par"})
"""Tried only when asked for by name: they are there to be compared with."""
ON_CLASSICAL = frozenset({"density", "hybrid"})
"""Networks for the innovations of the classical model that goes on."""
TWINS = 20
"""Twins that are judged, at least, over all series together."""
AHEAD = 100
"""Continuations of each series that are judged."""
BACKTEST_SHARE = 0.4
"""Of the budget that comparing the classical models may take."""


@dataclass(frozen=True, kw_only=True)
class Ascent:
    """What stays the same from rung to rung.

    Args:
        reference: real series, in two parts.
        plan: which series to make in the end.
        options: model name -> arguments of its class.
        criteria: what is good enough.
        budget: seconds.
        seed: each model draws from streams of its own.
        each: fits the series of models that fit each by itself; nothing depends on it.
        progress: told model by model.
        began: when, by the performance counter.
    """

    reference: PanelReference
    plan: Plan
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    criteria: Criteria = field(default_factory=Criteria.for_series)
    budget: float = 300.0
    seed: int = 0
    each: Each = map
    progress: Progress = silent
    began: float = field(default_factory=time.perf_counter)

    @property
    def spent(self) -> bool:
        """Whether the budget is."""
        return time.perf_counter() - self.began > self.budget


def series_ladder(models: Sequence[str] = ()) -> tuple[str, ...]:
    """Names of models of series from the simplest up; those given, or all that are tried unasked."""
    names = models or [name for name in registry.series_names() if name not in BY_NAME]
    return tuple(sorted(names, key=lambda name: (registry.simulator(name).card.rung, name)))


@one_blas_thread()
def climb_series(
    panel: Panel,
    reference: PanelReference,
    *,
    plan: Plan,
    models: Sequence[str] = (),
    options: Mapping[str, Mapping[str, Any]] | None = None,
    criteria: Criteria | None = None,
    budget: float = 300.0,
    seed: int = 0,
    each: Each = map,
    workers: int = 1,
    progress: Progress = silent,
) -> Climb:
    """Compare the classical models, judge the best of them, and climb on only where it falls short.

    Models are judged on series they made when fitted on the train part. The series given out are made by the chosen
    model fitted again on all of the panel, so that they start from its true end. New entities come from the model that
    was judged or, where the two parts are only some of the panel, from one fitted to all entities but those held back.

    Args:
        panel: all series.
        reference: the same, or those drawn to stand for them, in two parts.
        plan: which series to make.
        models: names; all that are tried unasked by default.
        options: model name -> arguments of its class.
        criteria: what is good enough; the defaults for series if None.
        budget: seconds; looked at before each rung but the first.
        seed: each model draws from streams of its own.
        each: fits the series of models that fit each by itself; nothing that is made depends on it.
        workers: how many series it fits at a time.
        progress: told model by model.

    Raises:
        UnknownName: a model or an option that does not exist.
    """
    for name, wanted in (options or {}).items():
        check_options(name, registry.simulator(name), wanted)
    way = Ascent(
        reference=reference, plan=plan, options=options or {}, criteria=criteria or Criteria.for_series(),
        budget=budget, seed=seed, each=each, progress=progress,
    )  # fmt: skip
    names, tried = suited(series_ladder(models), way)
    compared, base = _compare([n for n in names if is_classical(n)], way, len(panel) / workers)
    tried += backtested(compared, base)
    found = _judge_all(due(names, base), base, way)
    tried = sorted([*tried, *(rung for rung, _ in found)], key=lambda r: registry.simulator(r.model).card.rung)
    done = [(rung, model) for rung, model in found if model is not None]
    if not done:
        return Climb(
            tuple(tried), None, "no model could be fitted; see the reasons above", kind="series", backtest=compared
        )
    best, model = min(done, key=lambda pair: rank(pair[0]))
    because = why(best, [r for r, _ in found])
    if compared and best.model == base:
        because += f"; among the classical models, {compared.because}"
    beside = {} if way.spent else yardsticks(reference, paths=twins(reference), seed=seed)
    fitted, made = delivered(model, panel, base, way)
    return Climb(
        tuple(tried), best.model, because, fitted, made.table, kind="series", backtest=compared, panel=made,
        yardsticks=beside,
    )  # fmt: skip


def suited(names: Sequence[str], way: Ascent) -> tuple[list[str], list[Rung]]:
    """Names of the models that suit the series, and the rungs of those that do not."""
    refused = {name: _refusal(name, way) for name in names}
    rungs = [Rung(n, family(n), "skipped", f"not tried: {why_not}") for n, why_not in refused.items() if why_not]
    return [name for name in names if not refused[name]], rungs


def due(names: Sequence[str], base: str | None) -> list[str]:
    """Of the models that suit, those that are judged: the classical one that goes on, and all generators."""
    return [n for n in names if n == base or not is_classical(n)]


def _refusal(name: str, way: Ascent) -> str:
    """Why this model is not tried here, or ""."""
    kind = registry.simulator(name)
    if way.plan.mode not in kind.modes:
        return f"it cannot make {way.plan.mode} series"
    if way.reference.by_entity and "new-entity" not in kind.modes:
        return "it cannot be judged on entities it never saw"
    return kind.refuses(way.reference.train)


def is_classical(name: str) -> bool:
    """Whether it is compared by forecasting."""
    return registry.simulator(name).card.rung <= CLASSICAL


def family(name: str) -> str:
    """Of a model of series."""
    return registry.simulator(name).card.family


def _compare(names: Sequence[str], way: Ascent, fits: float) -> tuple[Backtest | None, str | None]:
    """The backtest of the classical models, if there are several, and the one that goes on.

    `fits` are the series that will have to be fitted one after the other when one is chosen.
    """
    able = [name for name in names if "continue" in registry.simulator(name).modes]
    if len(able) < 2:
        return None, names[0] if names else None
    horizon = way.plan.horizon if way.plan.mode in {"continue", "what-if"} else None
    found = backtest(
        way.reference.train, able, horizon=horizon, options=way.options,
        budget=way.budget * BACKTEST_SHARE, fits=fits, longest=way.budget, seed=way.seed, progress=way.progress,
    )  # fmt: skip
    return found, found.chosen


def backtested(compared: Backtest | None, base: str | None) -> list[Rung]:
    """The classical models that did not go on."""
    return [_backtested(t, compared) for t in compared.trials if t.model != base] if compared else []


def _backtested(trial: Trial, compared: Backtest) -> Rung:
    name = trial.model
    if trial.crps is None:
        status = "skipped" if trial.because.startswith("not tried") else "failed"
        return Rung(name, family(name), status, trial.because, fit_seconds=trial.seconds)
    if trial.left is not None:
        because = f"CRPS {trial.crps:.3g} at the first origin of the backtest, {trial.left:.3g} times the best: it left"
        return Rung(
            name, family(name), "backtested", because, fit_seconds=trial.seconds, notes={"backtest": trial.to_dict()}
        )
    best = next(t.crps for t in compared.trials if t.model == compared.chosen)
    ratio = trial.crps / best if best else 1.0
    said = "forecasts no worse, but is less simple" if ratio <= 1 else f"forecasts {ratio - 1:.0%} worse"
    because = f"backtest CRPS {trial.crps:.3g}: {said} than {compared.chosen}"
    return Rung(
        name, family(name), "backtested", because, fit_seconds=trial.seconds, notes={"backtest": trial.to_dict()}
    )


def _judge_all(names: Sequence[str], base: str | None, way: Ascent) -> list[tuple[Rung, Simulator | None]]:
    """Rung after rung, until one passes or the budget is spent."""
    found: list[tuple[Rung, Simulator | None]] = []
    for name in names:
        if found and way.spent:
            spent = f"not tried: the budget of {way.budget:g} s was spent"
            found.append((Rung(name, family(name), "skipped", spent), None))
            continue
        found.append(judged(name, base, way))
        if found[-1][0].verdict is Verdict.PASS:
            break
    return found


def judged(
    name: str, base: str | None, way: Ascent, *, look: Callable[[Simulator], None] | None = None
) -> tuple[Rung, Simulator | None]:
    """Fit one model to the train part, have it make series, and judge them.

    Args:
        name: of the model.
        base: the classical model that `density` and `hybrid` build on.
        way: what stays the same from rung to rung.
        look: shown the fitted model when its series are made, before anything is judged; its time counts as nothing.

    Returns:
        The rung, and the model unless it failed or switched itself off.
    """
    start = time.perf_counter()
    try:
        model = _fitted(name, way.reference.train, base, way, stage="fit")
        fitted = time.perf_counter()
        if off := model.notes.get("switched off"):
            said = f"switched itself off: {off}"
            return Rung(name, family(name), "switched off", said, fitted - start, notes=dict(model.notes)), None
        made = _for_judges(model, way)
        sampled = time.perf_counter()
        if look:
            look(model)
        looked = time.perf_counter()
        card = score_series(way.reference, made, seed=way.seed, progress=part(way.progress, name, 0.6, 1.0))
    except Exception as error:  # noqa: BLE001 - whatever breaks one model must not take the other rungs with it
        return Rung(name, family(name), "failed", failure(error), time.perf_counter() - start), None
    judgements = way.criteria.judge(card)
    rung = Rung(
        name, family(name), "judged", outcome(judgements), fitted - start, sampled - fitted,
        time.perf_counter() - looked, card, judgements, dict(model.notes),
    )  # fmt: skip
    return rung, model


def _fitted(
    name: str, panel: Panel, base: str | None, way: Ascent, *, stage: str, settled: Mapping[str, Any] | None = None
) -> Simulator:
    kind, wanted = registry.simulator(name), {**way.options.get(name, {}), **(settled or {})}
    if name in ON_CLASSICAL and base is not None:
        wanted.setdefault("base", base)
    told = part(way.progress, name, 0.0, 0.5)
    model = kind(**wanted)
    if isinstance(model, Separate):
        model.each = way.each
    model.fit(panel, rng=rng_.stream(way.seed, stage, name), progress=told)
    if isinstance(model, Separate):
        model.each = map  # the engine ends with the run
    return model


def _for_judges(model: Simulator, way: Ascent) -> Panel:
    """New entities, or twins of the train part and continuations over the holdout."""
    real = way.reference
    if real.by_entity:
        plan = Plan("new-entity", paths=len(real.train.entities))
        return model.simulate(plan, rng=rng_.stream(way.seed, "judged", model.name))
    alike = model.simulate(Plan("twin", paths=twins(real)), rng=rng_.stream(way.seed, "judged", model.name))
    rows = max(len(s) for s in real.holdout)
    known = {s.entity: s.exog for s in real.holdout}
    if "continue" not in model.modes or any(len(exog) < rows for exog in known.values()):
        return alike
    plan = Plan("continue", paths=AHEAD, horizon=rows, exog=known)
    ahead = model.simulate(plan, rng=rng_.stream(way.seed, "judged ahead", model.name))
    return alike.of([*alike.series, *ahead.series])


def twins(real: PanelReference) -> int:
    """Paths of each series that are judged."""
    return -(-TWINS // len(real.train))


def delivered(model: Simulator, panel: Panel, base: str | None, way: Ascent) -> tuple[Simulator, Panel]:
    """The series that were asked for, and the model that made them: fitted again on all rows if it can be."""
    name = model.name
    real, learnt = way.reference, panel
    if real.by_entity and way.plan.mode == "new-entity":
        learnt = panel.only(frozenset(panel.entities) - frozenset(real.holdout.entities))
    if len(learnt.entities) > len(real.train.entities) or not real.by_entity:
        settled = model.settled if isinstance(model, Gated) else None
        model = _fitted(name, learnt, base, way, stage="refit", settled=settled)
    made = model.simulate(way.plan, rng=rng_.stream(way.seed, "simulate", name))
    way.progress(name, 1.0)
    return model, made
