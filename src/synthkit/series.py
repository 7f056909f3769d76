"""The corridor for series: panel > split > compare > fit > simulate > evaluate > decide > report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from synthkit.data.frequency import spoken
from synthkit.data.future import future_exog
from synthkit.data.panel_split import split_panel
from synthkit.data.series import to_panel
from synthkit.decide.criteria import Criteria
from synthkit.decide.series import climb_series
from synthkit.errors import ConfigError, InputError
from synthkit.metrics.base import PanelReference
from synthkit.models.base import Each, Mode, Plan
from synthkit.progress import Progress, silent
from synthkit.result import Result

if TYPE_CHECKING:
    from synthkit.data.panel import Panel
    from synthkit.data.panel_split import PanelSplit
    from synthkit.data.table import Table

__all__ = ["SeriesOptions", "check_fit", "read_panel", "simulate"]


class SeriesOptions(TypedDict, total=False):
    """What `generate` can be told of series, beside `time` and `entity`.

    Args:
        values: columns of numbers to model; all that change over time by default.
        exog: columns known in advance, which models lean on and never make up.
        static: columns that stay the same for all rows of an entity; found by rule otherwise.
        frequency: time between rows as a pandas offset alias, where it cannot be inferred.
        start: the stamp of the first row, for rows without a time column.
        season: rows in a season, or several of them; by the calendar otherwise.
        wide: "entities" where columns are a series each, "seasons" where they are the parts of one season side by side.
        mode: twin | continue | new-entity | augment | what-if; by default new entities where there are twenty or more,
            else twins.
        paths: of each series, or how many new entities.
        horizon: rows after the end, for continue and what-if.
        future: rows with the `exog` columns after the end, as a table.
        shocks: for what-if: {"scale": 1.5, "level": -2}.
    """

    values: Sequence[str]
    exog: Sequence[str]
    static: Sequence[str]
    frequency: str | None
    start: str | None
    season: int | Sequence[int] | None
    wide: Literal["entities", "seasons"] | None
    mode: Mode | None
    paths: int | None
    horizon: int | None
    future: Table | None
    shocks: Mapping[str, float]


def simulate(
    table: Table,
    asked: SeriesOptions,
    *,
    time: Sequence[str] | None = None,
    share: float = 0.2,
    models: Sequence[str] = (),
    options: Mapping[str, Mapping[str, Any]] | None = None,
    criteria: Criteria | Mapping[str, Any] | None = None,
    budget: float = 300.0,
    seed: int = 0,
    goal: Mapping[str, Any] | None = None,
    each: Each = map,
    workers: int = 1,
    progress: Progress = silent,
) -> Result:
    """Make synthetic series with the simplest model that is good enough, and say why it is.

    Args:
        table: the rows.
        asked: what is special to series.
        time: the columns that say when, () for rows that follow each other; by default what the schema says.
        share: of the rows (or of the entities) to hold back.
        models, options, criteria, budget, seed, progress: as for `generate`.
        goal: facts for the record (source, command), as plain values.
        each: fits the series of models that fit each by itself; nothing that is made depends on it.
        workers: how many series it fits at a time.

    Raises:
        InputError: the series cannot be used as they are; the column and the remedy are named.
        ConfigError: an option makes no sense.
    """
    panel = read_panel(table, asked, time=time)
    parts = split_panel(panel, share=share, seed=seed)
    plan = _plan(panel, parts, asked)
    progress("read", 1.0)
    wanted = criteria if isinstance(criteria, Criteria) else Criteria.from_mapping(criteria or {}, series=True)
    found = climb_series(
        panel, PanelReference(parts.train, parts.holdout, seed), plan=plan,
        models=models, options=options, criteria=wanted, budget=budget, seed=seed, each=each, workers=workers,
        progress=progress,
    )  # fmt: skip
    if found.chosen is None or found.table is None:
        reasons = "; ".join(dict.fromkeys(r.because for r in found.tried))
        raise InputError(
            f"no model could be fitted: {reasons}",
            hint="name the columns of numbers with --value, leave others out with --drop, give a --frequency, or "
            "ask for another mode",
        )
    facts = _goal(panel, parts, plan) | {"rows_made": len(found.table), "seed": seed, "budget_seconds": budget}
    facts |= {"limits": wanted.to_list()}
    return Result(found, found.table.schema, {**facts, **(goal or {})})


def check_fit(*, rows: int | None, holdout: object | None, privacy: int | None, folds: int | None = None) -> None:
    """Refuse what only tables know.

    Raises:
        ConfigError: rows, a holdout, the privacy dial or folds were asked for.
    """
    if rows is not None:
        raise ConfigError("rows cannot be asked for in time series", hint="ask for paths= and horizon= instead")
    if holdout is not None:
        raise ConfigError(
            "a holdout of your own cannot be used for time series",
            hint="leave it out: the last rows, or a share of the entities, are held back",
        )
    if privacy is not None:
        raise ConfigError("the privacy dial is for tables; models of series have none")
    if folds is not None and folds > 1:
        raise ConfigError("time series have no folds", hint="leave them out: forecasts are compared from several ends")


def read_panel(table: Table, asked: SeriesOptions, *, time: Sequence[str] | None = None) -> Panel:
    """The series that the rows of a table are.

    Raises:
        InputError: they are none, or cannot be used as they are.
    """
    return to_panel(
        table, time=time, values=asked.get("values") or (), exog=asked.get("exog") or (),
        static=asked.get("static") or (), frequency=asked.get("frequency"), start=asked.get("start"),
        season=asked.get("season"), wide=asked.get("wide"),
    )  # fmt: skip


def _plan(panel: Panel, parts: PanelSplit, asked: SeriesOptions) -> Plan:
    """What was asked, and what is usual where nothing was."""
    mode: Mode = asked.get("mode") or ("new-entity" if parts.how == "entity" else "twin")
    horizon, paths = asked.get("horizon"), asked.get("paths")
    for what, number in (("horizon", horizon), ("paths", paths)):
        if number is not None and number < 1:
            raise ConfigError(f"{what} {number} makes no series", hint=f"ask for {what} of at least 1")
    ahead = mode in {"continue", "what-if"}
    if not ahead and horizon is not None:
        raise ConfigError(
            f"a horizon makes no sense for mode '{mode}'", hint="use continue or what-if, or leave it out"
        )
    if asked.get("shocks") and mode != "what-if":
        raise ConfigError("shocks belong to mode 'what-if'", hint="ask for mode what-if")
    if ahead and horizon is None:
        horizon = max(panel.grid.seasons, default=10)
    default = len(panel.entities) if mode == "new-entity" else 1
    plan = Plan(mode, paths=paths or default, horizon=horizon, shocks=asked.get("shocks") or {})
    if ahead and panel.roles.exog and horizon is not None:
        return replace(plan, exog=future_exog(panel, asked.get("future"), horizon))
    return plan


def _goal(panel: Panel, parts: PanelSplit, plan: Plan) -> dict[str, Any]:
    by = {"entity": "by entity", "time": "the last rows of each series"}
    return {
        "kind": "series",
        "source_digest": panel.table.digest(),
        "rows": panel.points,
        "columns": len(panel.schema),
        "series": len(panel.entities),
        "values": list(panel.roles.values + panel.roles.marks),
        "calendar": f"{spoken(panel.grid.step)} ({panel.grid.reason})",
        "seasons": list(panel.grid.seasons),
        "mode": plan.mode,
        "paths": plan.paths,
        "horizon": plan.horizon,
        "train_rows": parts.train.points,
        "holdout_rows": parts.holdout.points,
        "split": by[parts.how],
        "holdout_digest": parts.digest,
        **_judged(parts),
        "target": None,
    }


def _judged(parts: PanelSplit) -> dict[str, Any]:
    """How many series stand for all, where not all were judged."""
    if parts.judged == parts.of:
        return {}
    return {
        "judged": f"on {parts.judged:,} of {parts.of:,} series, drawn by the seed; the model chosen there was then "
        "fitted to all" + (" but those held back" if parts.how == "entity" else "")
    }
