"""The pipeline file that the advice comes to: commented, and ready for `synthkit run`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from synthkit.decide.upkeep import Upkeep

if TYPE_CHECKING:
    from synthkit.decide.advice.facts import Facts
    from synthkit.decide.advice.knowledge import Wisdom

__all__ = ["Origin", "changes", "pipeline_file"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where the rows are, as the pipeline names it.

    Args:
        source: a path, relative to the pipeline file; or None.
        dataset: the name of a known data set; or None.
        target, time, entity: roles.
        drop, constant: how the rows are read.
        series: what else is known of the series, as options of `generate`.
        stem: what a folder of results is called.
    """

    source: str | None = None
    dataset: str | None = None
    target: str | None = None
    time: Sequence[str] | None = None
    entity: str | None = None
    drop: Sequence[str] = ()
    constant: str | None = None
    series: Mapping[str, Any] = field(default_factory=dict)
    stem: str = "advice"

    @property
    def name(self) -> str:
        """As a command names it."""
        return self.dataset or self.source or "your.csv"


def changes(facts: Facts, known: Wisdom) -> dict[str, Any]:
    """The criteria that differ from the usual ones, for this task and these rows."""
    wanted = dict(known.goals[facts.goal].criteria) if facts.data == "tabular" else {}
    if facts.regulated and facts.data == "tabular" and facts.goal != "anomaly":
        wanted |= known.regulated["criteria"]
    return wanted


def pipeline_file(facts: Facts, models: Sequence[str], origin: Origin, known: Wisdom, expected: str | None) -> str:
    """The file's text; "" where nothing can be run here."""
    if not models:
        return ""
    goal = known.goals[facts.goal]
    at = f"; {expected} is expected to be enough" if expected in models else ""
    lines = [f"# {goal.title}{at}.", "# Written by synthkit advise. The first model that is good enough is kept."]
    lines += ["# $ synthkit run THIS_FILE", "", *_data(facts, origin)]
    if facts.data != "tabular" and (series := _series(facts, origin, known)):
        lines += ["", "[series]", *series]
    lines += [
        "",
        "[ladder]",
        f"models = {_toml(list(models))}  # simplest first",
    ]
    if facts.regulated and facts.data == "tabular":
        lines.append(f"privacy = {known.regulated['privacy']}  # rows behind every value given out")
    if wanted := changes(facts, known):
        lines += ["", "[criteria]  # where they differ from the usual; false: left out"]
        lines += [f"{metric} = {_toml(limit)}" for metric, limit in wanted.items()]
    lines += [
        "", "[run]", f"budget = {_toml(_budget(models))}  # no further rung starts after that", "seed = 1",
        f"out = {_toml(f'runs/{origin.stem}')}", "",
        "[upkeep]  # `synthkit monitor` holds new rows against it",
        f"review = {known.regulated['review'] if facts.regulated else Upkeep().review}  # months",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _data(facts: Facts, origin: Origin) -> list[str]:
    lines = ["[data]"]
    if origin.dataset:
        lines.append(f"dataset = {_toml(origin.dataset)}")
    elif origin.source:
        lines.append(f"source = {_toml(origin.source)}")
    else:
        lines.append('source = "your.csv"  # put your file here, relative to this one')
    if origin.target and facts.data == "tabular":
        lines.append(f"target = {_toml(origin.target)}")
    if facts.data != "tabular":
        time = list(origin.time) if origin.time is not None else ([] if origin.dataset or origin.source else ["date"])
        lines.append(f"time = {_toml(time[0] if len(time) == 1 else time)}")
    if origin.entity:
        lines.append(f"entity = {_toml(origin.entity)}")
    if origin.drop:
        lines.append(f"drop = {_toml(list(origin.drop))}")
    if origin.constant:
        lines.append(f"constant = {_toml(origin.constant)}")
    if facts.data == "tabular" and 0 < facts.rows < 1000:
        lines.append("share = 0.3  # few rows: more to judge against")
    return lines


def _series(facts: Facts, origin: Origin, known: Wisdom) -> list[str]:
    told: dict[str, Any] = {**origin.series}
    if facts.goal == "augment" and facts.data == "time-series":
        told["mode"] = "augment"
    mode = dict(known.goals[facts.goal].series)
    told |= mode
    if mode.get("mode") == "continue":
        told |= {"paths": 100, "horizon": facts.season or 12}
    return [f"{key} = {_toml(value)}" for key, value in told.items()]


def _budget(models: Sequence[str]) -> str:
    return "15m" if {"tvae", "flow", "diffusion", "ctgan", "copulagan", "density", "hybrid"} & set(models) else "5m"


def _toml(value: Any) -> str:  # noqa: ANN401 - plain values
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + " }"
    if isinstance(value, tuple):
        value = list(value)
    return json.dumps(value, ensure_ascii=False)
