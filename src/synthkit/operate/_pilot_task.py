"""What `generate` would be asked, made ready for a pilot: read, split, and the facts of the goal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from synthkit import large, pipeline, series
from synthkit.config import seconds
from synthkit.data.panel_split import split_panel
from synthkit.decide.criteria import Criteria
from synthkit.decide.series import Ascent
from synthkit.decide.upkeep import Upkeep
from synthkit.door import Source, like, load, named
from synthkit.errors import ConfigError
from synthkit.metrics.base import PanelReference, Reference
from synthkit.operate._pilot_table import TableTask
from synthkit.pipeline import _as_many, _goal, _guarded, _is_series, _splits
from synthkit.series import _goal as _series_goal
from synthkit.series import _plan, check_fit

if TYPE_CHECKING:
    from synthkit.data.panel import Panel
    from synthkit.data.schema import Schema

__all__ = ["Ready", "ready"]


@dataclass(frozen=True)
class Ready:
    """A task, and what the record says of it.

    Args:
        task: of a table or of series.
        schema: of the real rows.
        goal: as `generate` writes it.
        panel: all series.
        like: the dataframe that came in, if one did.
    """

    task: TableTask | Ascent
    schema: Schema
    goal: Mapping[str, Any]
    panel: Panel | None = None
    like: Any = None


def ready(
    source: Source,
    *,
    target: str | None = None,
    time: str | Sequence[str] | None = None,
    entity: str | None = None,
    schema: Any = None,  # noqa: ANN401 - a schema, or the path of one
    holdout: Source | None = None,
    share: float = 0.2,
    drop: Sequence[str] = (),
    constant: Any = None,  # noqa: ANN401 - as in `generate`
    encoding: str = "utf-8",
    rows: int | None = None,
    models: Sequence[str] = (),
    options: Mapping[str, Mapping[str, Any]] | None = None,
    criteria: Criteria | Mapping[str, Any] | None = None,
    budget: float | str = 300.0,
    privacy: int | None = None,
    upkeep: Mapping[str, Any] | None = None,
    seed: int = 0,
    command: str = "",
    **asked: Any,  # noqa: ANN401 - SeriesOptions
) -> Ready:
    """Everything `generate` does before it tries the first model; the arguments are its own.

    Raises:
        InputError, ConfigError: as `generate` does.
    """
    if rows is not None and rows < 1:
        raise ConfigError(f"{rows} rows cannot be made", hint="ask for at least one")
    facts: dict[str, Any] = {
        "budget_seconds": seconds(budget),
        "command": command,
        "upkeep": Upkeep.from_dict(upkeep or {}).to_dict(),
    }
    times = (time,) if isinstance(time, str) else time
    roles = {"target": target, "time": times[0] if times and len(times) == 1 else None, "entity": entity}
    table, drawn = load(
        source, schema, {**roles, "drop": drop, "constant": constant}, encoding=encoding, seed=seed
    )  # fmt: skip
    if _is_series(table, times, models, asked):
        large.no_series(drawn)
        check_fit(rows=rows, holdout=holdout, privacy=privacy)
        if (future := asked.get("future")) is not None:
            asked["future"] = pipeline.read(future, constant="keep", encoding=encoding)
        panel = series.read_panel(table, asked, time=times)  # type: ignore[arg-type]
        facts |= {"source": named(source), "seed": seed}
        return replace(
            _of_series(panel, asked, options, criteria, share=share, seed=seed, facts=facts), like=like(source)
        )
    splits, sampled = _splits(
        drawn or table, holdout, 1, share=share, seed=seed, drop=drop, encoding=encoding,
        budget=facts["budget_seconds"],
    )  # fmt: skip
    parts = splits[0]
    wanted = criteria if isinstance(criteria, Criteria) else Criteria.from_mapping(criteria or {})
    n = rows if rows is not None else _as_many(parts, holdout)
    goal = _goal(source, table, parts, n, seed=seed) | facts | sampled | {"limits": wanted.to_list()}
    goal |= {} if privacy is None else {"privacy": privacy}
    task = TableTask(
        reference=Reference(parts.train, parts.holdout, seed), rows=n, criteria=wanted, seed=seed,
        options=_guarded(options, privacy, ()),
    )  # fmt: skip
    return Ready(task, table.schema, goal, like=like(source))


def _of_series(
    panel: Panel,
    asked: Mapping[str, Any],
    options: Mapping[str, Mapping[str, Any]] | None,
    criteria: Criteria | Mapping[str, Any] | None,
    *,
    share: float,
    seed: int,
    facts: Mapping[str, Any],
) -> Ready:
    parts = split_panel(panel, share=share, seed=seed)
    plan = _plan(panel, parts, asked)  # type: ignore[arg-type]
    wanted = criteria if isinstance(criteria, Criteria) else Criteria.from_mapping(criteria or {}, series=True)
    way = Ascent(
        reference=PanelReference(parts.train, parts.holdout, seed), plan=plan, options=options or {}, criteria=wanted,
        budget=facts["budget_seconds"], seed=seed,
    )  # fmt: skip
    goal = _series_goal(panel, parts, plan) | {"rows_made": 0, **facts, "limits": wanted.to_list()}
    return Ready(way, panel.schema, goal, panel=panel)
