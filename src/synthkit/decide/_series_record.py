"""The parts of a decision record that only series have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from synthkit.decide.criteria import Judgement, shown

if TYPE_CHECKING:
    from synthkit.decide.backtest import Backtest, Trial
    from synthkit.decide.climb import Rung

__all__ = ["backtested", "beside", "found", "series_context"]

_MODES = {
    "twin": "other paths on the same calendar",
    "continue": "what may come after the end",
    "new-entity": "entities that never were",
    "augment": "variants to train on",
    "what-if": "what may come under other conditions",
}


def series_context(goal: Mapping[str, Any]) -> str:
    """What was asked, and of which series."""
    many = goal["series"] != 1
    what = f"{goal['series']:,} series" if many else "one series"
    return (
        "## Context and problem statement\n\n"
        f"Synthetic series ({goal['mode']}: {_MODES[goal['mode']]}) are to stand in for `{goal['source']}`: {what} of "
        f"{', '.join(f'`{v}`' for v in goal['values'])}, {goal['rows']:,} rows in all. Calendar: {goal['calendar']}. "
        f"{goal['train_rows']:,} rows were used to learn from; {goal['holdout_rows']:,} were held back before anything "
        f"was learned ({goal['split']}) and are what everything is judged against. {_some(goal)}Which model is the "
        "simplest that is good enough?"
    )


def _some(goal: Mapping[str, Any]) -> str:
    """How many series were judged, where not all were."""
    return f"Models were compared and judged {goal['judged']}. " if goal.get("judged") else ""


def backtested(compared: Backtest) -> str:
    """How the classical models forecast."""
    said = (
        f"Classical models compared by rolling origin: {compared.origins} ends of {compared.series:,} series, "
        f"{compared.horizon} rows ahead. CRPS and MASE are in mean absolute seasonal differences of the rows before; "
        "of the rows that came, 80 % should lie in the central 80 % of the paths."
    )
    head = "| model | CRPS | MASE | inside 80 % | time |\n|---|---:|---:|---:|---:|"
    lines = [_line(t, t.model == compared.chosen) for t in compared.trials]
    return "### Backtest\n\n" + said + "\n\n" + "\n".join([head, *lines])


def _line(trial: Trial, chosen: bool) -> str:
    name = f"**{trial.model}**" if chosen else trial.model
    if trial.crps is None or trial.mase is None or trial.coverage is None:
        return f"| {name} | – | – | – | {trial.seconds:.1f} s |"
    return f"| {name} | {trial.crps:.3f} | {trial.mase:.3f} | {trial.coverage:.0%} | {trial.seconds:.1f} s |"


def found(notes: Mapping[str, Any]) -> str:
    """What the fit of the chosen model found."""
    lines = [f"* {key.replace('_', ' ')}: {_told(value)}" for key, value in notes.items()]
    return "### What the fit found\n\n" + "\n".join(lines)


def beside(rung: Rung, yardsticks: Mapping[str, Mapping[str, float]]) -> str:
    """What copies would have scored."""
    cells = [["criterion", rung.model, *yardsticks], ["---", *["---:"] * (1 + len(yardsticks))]]
    for j in rung.judgements:
        others = [_other(scores.get(j.metric), j) for scores in yardsticks.values()]
        cells.append([j.label, shown(j.value, j.unit), *others])
    table = "\n".join(f"| {' | '.join(line)} |" for line in cells)
    return f"### Beside copies\n\nA score that a copy reaches as well is no merit by itself.\n\n{table}"


def _other(value: float | None, j: Judgement) -> str:
    return "–" if value is None else shown(value, j.unit)


def _told(value: Any) -> str:  # noqa: ANN401 - plain values
    if isinstance(value, Mapping):
        return "; ".join(
            f"{key.replace('_', ' ') if isinstance(key, str) else key} {_told(v)}" for key, v in value.items()
        )
    if isinstance(value, list | tuple):
        return ", ".join(_told(v) for v in value)
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value)
