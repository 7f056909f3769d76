"""The rows that came after the end of a series, beside paths on which the model continues it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from synthkit import rng as rng_
from synthkit.errors import InputError
from synthkit.metrics import _intervals, base
from synthkit.metrics.base import PanelReference
from synthkit.models.base import Continuing, Plan
from synthkit.operate._monitor_parts import SIDES, Given, Reason, Released, State, of_growth
from synthkit.operate._monitor_picture import Ahead, fans

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthkit.data.panel import Panel, Series
    from synthkit.decide.upkeep import Upkeep
    from synthkit.models.base import Simulator

__all__ = ["Channel", "Coverage", "of_time"]

PATHS: Final = 200
AHEAD: Final = 2_000
"""Rows after the end that are looked at, at most."""
CENTRAL: Final = (0.1, 0.9)
DRAWN: Final = 8
"""Channels that are drawn, at most."""
BLIND = (
    "Paths lie ever wider the further they reach: a slow change is seen late, and few rows settle little.",
    "How the channels move together is judged only as far as each leaves its own range.",
)
NO_PAST = "Without the old rows (in the file, or with --learned) there is no seasonal naive forecast to compare with."


@dataclass(frozen=True, slots=True)
class Coverage:
    """How the central 80 % of the continuations covered what came.

    Args:
        missed: share of the new values outside; 0.2 is right.
        ci: its Wilson interval, at as many values as are worth independent ones.
        effective: that number. Misses come in runs, so it is far below `values`: it is taken from the model's own
            paths, whose shares of misses, each held against all others, vary by p (1 - p) / effective.
        values: new values in all.
        chance: what the share stays below in 95 of 100 paths of the model.
        then: the share missed at release, or None.
        crps: of the continuations, in usual seasonal changes, or None.
        crps_ci: its interval.
        naive: of the seasonal naive forecast.
    """

    missed: float
    ci: tuple[float, float]
    effective: float
    values: int
    chance: float
    then: float | None = None
    crps: float | None = None
    crps_ci: tuple[float, float] | None = None
    naive: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Channel:
    """One column of values after the end.

    Args:
        name: of the column.
        missed: share of its values outside the central 80 % of the paths.
        level: mean of the new values less that of the paths, in standard deviations of the paths' means.
        scale: the same of the logarithm of the size of steps from row to row.
        chance: what both stay within where nothing drifts, all channels together.
        seen: whether one of them does not.
        picture: what came over the paths, or None (see `fans`).
    """

    name: str
    missed: float
    level: float
    scale: float
    chance: float
    seen: bool
    picture: Mapping[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def of_time(
    run: Released, model: Simulator, panel: Panel, old: Panel | None, *, given: Given, reasons: list[Reason]
) -> dict[str, Any]:
    """What `Watch` holds of the rows that came after the end."""
    if not isinstance(model, Continuing):
        raise InputError(
            f"the model '{model.name}' does not know where its series ended", hint="fit one that does, such as ets"
        )
    simulate = cast("Simulator", model).simulate
    places = {s.entity: s for s in model.places}
    after = [s for s in (_after(series, places, timed=bool(panel.roles.time)) for series in panel) if s is not None]
    past = _past(panel, old, places)
    if not after:
        raise InputError(
            "no row lies after the end of the rows that the model learned from",
            hint="give rows of later times, of the same series",
        )
    horizon = min(AHEAD, max(s.stop - places[s.entity].stop for s in after))
    exog = {e: _known(place, next((s for s in after if s.entity == e), None), horizon) for e, place in places.items()}
    made = simulate(
        Plan("continue", paths=PATHS, horizon=horizon, exog=exog if panel.roles.exog else {}),
        rng=rng_.stream(given.seed, "monitor", "continue"),
    )
    aheads = [_beside(s, places[s.entity], made, horizon) for s in after]
    coverage = _covered(aheads, run, _forecast(past, after, made, panel))
    channels = _channels(aheads, panel)
    new = sum(int(s.present.sum()) for s in after)
    reasons = [
        *reasons, _of_coverage(coverage, given.plan), *_of_channels(channels),
        of_growth(new, int(run.goal.get("rows") or 0), given.plan),
    ]  # fmt: skip
    counts = {"learned": int(run.goal.get("rows") or 0), "new": new, "series": len(after)}
    blind = BLIND if coverage.crps is not None else (*BLIND, NO_PAST)
    return {"reasons": reasons, "rows": counts, "coverage": coverage, "channels": channels, "blind": blind}


def _after(series: Series, places: dict[str, Series], *, timed: bool) -> Series | None:
    """The rows after the end, None if there are none; rows without a time are taken to follow it."""
    place = places.get(series.entity)
    if place is None or not len(series):
        return None
    if not timed:
        return replace(series, start=place.stop)
    cut = series.cut(max(0, place.stop - series.start))
    return cut.cut(0, max(0, AHEAD - (cut.start - place.stop))) if len(cut) else None


def _past(panel: Panel, old: Panel | None, places: dict[str, Series]) -> dict[str, Series]:
    """The rows up to the end, from the file of old rows or from the new file, where they reach it."""
    found = {}
    for series in (*panel, *(old or ())):
        place = places.get(series.entity)
        if place is None:
            continue
        cut = series.cut(0, max(0, place.stop - series.start)) if panel.roles.time else series
        if cut.stop == place.stop and len(cut) >= min(len(place), 8) and series.start < place.stop:
            found[series.entity] = cut
    return found


def _known(place: Series, after: Series | None, horizon: int) -> NDArray[np.float64]:
    """(horizon, e) exogenous values; where no row came, the last known ones."""
    rows = [place.exog[-1:]] if len(place.exog) else [np.zeros((1, place.exog.shape[1]))]
    if after is not None and len(after):
        rows += [np.repeat(after.exog[:1], after.start - place.stop, axis=0), after.exog]
    stacked = np.concatenate(rows)[1 if len(rows) > 1 else 0 :]
    lack = horizon - len(stacked)
    return np.concatenate([stacked, np.repeat(stacked[-1:], lack, axis=0)]) if lack > 0 else stacked[:horizon]


def _beside(after: Series, place: Series, made: Panel, horizon: int) -> Ahead:
    first, last = after.start - place.stop, min(after.stop - place.stop, horizon)
    paths = np.stack([s.values[first:last] for s in made if s.entity == after.entity])
    return Ahead(first, place.stop, paths, after.values[: last - first])


def _outside(paths: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.bool_]:
    low, high = np.nanquantile(paths, CENTRAL, axis=0)
    return np.asarray((values < low) | (values > high))


def _covered(aheads: list[Ahead], run: Released, forecast: dict[str, Any]) -> Coverage:
    """The share missed, and how sure it is by the model's own paths."""
    missed, values = 0, 0
    by_path = np.zeros(PATHS)
    for one in aheads:
        known = np.isfinite(one.truth)
        missed += int((_outside(one.paths, one.truth) & known).sum())
        values += int(known.sum())
        by_path += (_outside(one.paths, one.paths) & known).sum(axis=(1, 2))
    if not values:
        raise InputError("the new rows hold no value", hint="are the columns of values filled?")
    shares = by_path / values
    usual = float(shares.mean())
    effective = float(np.clip(usual * (1 - usual) / max(float(shares.var(ddof=1)), 1e-12), 1.0, values))
    share = missed / values
    then = next((s for s in run.scorecard.details("forecast") if s.subject == ("coverage",)), None)
    return Coverage(
        share, _intervals.wilson(share * effective, effective), effective, values,  # type: ignore[arg-type]
        float(np.quantile(shares, 0.95)), None if then is None else 1 - then.value, **forecast,
    )  # fmt: skip


def _forecast(past: dict[str, Series], after: list[Series], made: Panel, panel: Panel) -> dict[str, Any]:
    """CRPS beside the seasonal naive forecast, of series whose past is known and that go on without a gap."""
    whole = [s for s in after if s.entity in past and past[s.entity].stop == s.start]
    if not whole:
        return {}
    reference = PanelReference(panel.of([past[s.entity] for s in whole]), panel.of(whole))
    scores = list(base.get_series("forecast")(reference, made, rng=rng_.stream(0, "monitor", "forecast")))
    head = next((s for s in scores if not s.subject), None)
    return {} if head is None else {"crps": head.value, "crps_ci": head.ci, "naive": head.floor}


def _channels(aheads: list[Ahead], panel: Panel) -> tuple[Channel, ...]:
    """Level and scale of each channel, in spreads of the model's own paths."""
    from scipy.special import ndtri

    names = panel.roles.values
    chance = float(-ndtri(0.05 / (4 * max(len(names), 1))))
    found = []
    for k, name in enumerate(names):
        level, scale = _apart(aheads, k, _mean), _apart(aheads, k, _step)
        outside = [(_outside(a.paths[:, :, k], a.truth[:, k]), np.isfinite(a.truth[:, k])) for a in aheads]
        known = sum(int(there.sum()) for _, there in outside)
        missed = sum(int((out & there).sum()) for out, there in outside) / max(known, 1)
        seen = max(abs(level), abs(scale)) > chance
        picture = fans(aheads, k, panel.grid) if k < DRAWN else None
        found.append(Channel(name, missed, level, scale, chance, seen, picture))
    return tuple(found)


def _apart(aheads: list[Ahead], k: int, figure: Any) -> float:  # noqa: ANN401 - a function of rows
    """A figure of what came, less its mean over the paths, in their spreads; averaged over series."""
    gaps, spreads = [], []
    for one in aheads:
        gone = ~np.isfinite(one.truth[:, k])
        mine = figure(one.truth[None, :, k])[0]
        theirs = figure(np.where(gone, np.nan, one.paths[:, :, k]))
        theirs = theirs[np.isfinite(theirs)]
        if np.isfinite(mine) and len(theirs) > 1:
            gaps.append(mine - theirs.mean())
            spreads.append(theirs.var(ddof=1))
    total = float(np.sqrt(np.sum(spreads)))
    return float(np.sum(gaps)) / total if total > 0 else 0.0


def _mean(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    known = np.isfinite(rows)
    count = np.where(known.any(axis=1), known.sum(axis=1), np.nan)
    return np.asarray(np.where(known, rows, 0.0).sum(axis=1) / count)


def _step(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """The logarithm of the mean size of a step."""
    size = _mean(np.abs(np.diff(rows, axis=1))) if rows.shape[1] > 2 else np.full(len(rows), np.nan)
    return np.asarray(np.log(np.where(size > 0, size, np.nan)))


def _of_coverage(coverage: Coverage, plan: Upkeep) -> Reason:
    state = State.above(coverage.ci, plan.missed, State.RETRAIN)
    low, high = (100 * end for end in coverage.ci)
    said = (
        f"the central 80 % of the paths missed {100 * coverage.missed:.3g} % of what came ({low:.3g} to {high:.3g} %)"
    )
    return Reason("coverage", state, f"{said}, {SIDES[state]} the limit of {100 * plan.missed:g} %")


def _of_channels(channels: Sequence[Channel]) -> list[Reason]:
    """Said, and left to the coverage to judge: the plan has no limit for it."""
    moved = ", ".join(repr(c.name) for c in channels if c.seen)
    return [Reason("level and scale", State.KEEP, f"moved beyond chance: {moved}")] if moved else []
