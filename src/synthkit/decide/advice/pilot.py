"""What a pilot takes: which rungs, in which order, how long, how much memory."""

from __future__ import annotations

import math
import shlex
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from synthkit.decide.ladder import ladder
from synthkit.decide.series import BY_NAME, series_ladder
from synthkit.models import registry

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from synthkit.data.panel import Panel
    from synthkit.decide.advice.facts import Facts
    from synthkit.decide.advice.knowledge import Family, Measured, Wisdom
    from synthkit.decide.advice.pipeline import Origin

__all__ = ["Pilot", "PilotStep", "candidates", "plan", "refusals"]

CONTROL: Final = "marginals"
"""Always piloted on tables: what relations are worth shows only beside a model without them."""
MANY: Final = 20
"""Entities from which new ones are made unasked; a model that makes nothing else is of no use below."""
LEAST_JUDGING: Final = 1.5
"""Seconds that judging takes on the smallest table."""
BASE_MB: Final = 250
"""Memory of the program itself, with what it imports."""
USUAL_COLUMNS: Final = 15
"""Of a table that nobody has shown."""
_STANDS_FOR: Final = {"copulagan": "ctgan", "flow": "tvae", "diffusion": "tvae", "var": "harmonic"}
"""Models that were not timed by themselves, and which is like them."""
_MACHINES: Final = ("laptop", "workstation", "gpu")


@dataclass(frozen=True, slots=True)
class PilotStep:
    """One rung of the pilot.

    Args:
        model: its name.
        family: in words.
        seconds: expected, of fit, sampling and judging; scaled from what was measured by cells.
        go_on: when to go on to the next.
        cost, latency, needs: what the model's card says.
    """

    model: str
    family: str
    seconds: float
    go_on: str
    cost: str
    latency: str
    needs: str


@dataclass(frozen=True, slots=True)
class Pilot:
    """The rungs in order, and what they take together.

    Args:
        steps: simplest first; the pilot stops where one is good enough.
        minutes: of all of them, if none stops it.
        memory_mb: at its peak.
        command: that runs them side by side.
    """

    steps: tuple[PilotStep, ...]
    minutes: float
    memory_mb: int
    command: str

    @property
    def models(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(step.model for step in self.steps)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def refusals(panel: Panel | None) -> dict[str, str]:
    """The models of series that cannot take these, and why in their own words."""
    if panel is None:
        return {}
    said = {name: registry.simulator(name).refuses(panel) for name in registry.series_names()}
    return {name: why for name, why in said.items() if why}


def candidates(facts: Facts, known: Wisdom, refused: Container[str] = ()) -> tuple[str, ...]:
    """Names of the models to pilot, simplest first.

    Those of families that serve the task on these data, on this machine, with enough rows; on tables the control too.
    With the series at hand, models that refuse them (see `refusals`) are left out.
    """
    if facts.data not in known.ours:
        return ()
    if facts.data == "tabular":
        suited = ladder(rows=facts.rows)
        return tuple(n for n in suited if n == CONTROL != _unwanted(facts) or _worth(n, facts, known))
    return tuple(n for n in series_ladder() if n not in refused and _worth(n, facts, known) and _suits(n, facts))


def _unwanted(facts: Facts) -> str:
    """The control has no density, so it is no control for odd rows."""
    return CONTROL if facts.goal == "anomaly" else ""


def _worth(name: str, facts: Facts, known: Wisdom) -> bool:
    family = known.family_of(name)
    if family is None:  # of another package: its card says when it is worth trying
        return False
    tasks = {*family.tasks, "anomaly"} if facts.data != "tabular" and "forecast" in family.tasks else {*family.tasks}
    enough = facts.rows >= family.rows[0]
    affordable = _MACHINES.index(family.cost) <= _MACHINES.index(facts.cost)
    explained = facts.explainability != "full" or family.explain != "low"
    return facts.goal in tasks and facts.data in family.data and enough and affordable and explained


def _suits(name: str, facts: Facts) -> bool:
    """What a model of series needs beside rows; without figures of the series nothing is ruled out."""
    if name in BY_NAME:
        return False
    if not facts.measured and name != "sequences":
        return True
    needs = {"var": facts.channels >= 2, "mstl": facts.season > 1, "sequences": facts.entities >= MANY}
    return needs.get(name, True)


def plan(names: Sequence[str], facts: Facts, known: Wisdom, origin: Origin) -> Pilot:
    """Seconds and memory of these models on these data, and the command."""
    steps = tuple(_step(name, facts, known, last=name == names[-1]) for name in names)
    minutes = sum(step.seconds for step in steps) / 60
    command = f"synthkit pilot {' '.join(_words(facts, origin))} --models {','.join(names)}" if names else ""
    return Pilot(steps, round(minutes, 1), _memory(names, facts, known.measured), command)


def _words(facts: Facts, origin: Origin) -> list[str]:
    """What the command is told of the rows; a known data set knows its own roles."""
    if origin.dataset:
        return [origin.dataset]
    times = ",".join(origin.time) if origin.time else "date" if origin.source is None else ""
    told: dict[str, str | None] = {"--time": times} if facts.data != "tabular" else {"--target": origin.target}
    told["--entity"] = origin.entity
    return [shlex.quote(origin.name), *(f"{option} {shlex.quote(name)}" for option, name in told.items() if name)]


def _step(name: str, facts: Facts, known: Wisdom, *, last: bool) -> PilotStep:
    family, card = known.family_of(name), registry.card(name)
    seconds = _seconds(name, facts, known.measured)
    go_on = "" if last else _go_on(family, facts, known)
    title = family.title if family else card.family
    return PilotStep(name, title, seconds, go_on, card.cost, card.latency, card.data_hunger)


def _go_on(family: Family | None, facts: Facts, known: Wisdom) -> str:
    for step in known.ladders[facts.data]:
        if family is not None and step.family == family.name:
            return step.go_on
    return "if it falls short"


def _seconds(name: str, facts: Facts, measured: Iterable[Measured]) -> float:
    """Of fitting, sampling and judging."""
    cells = _cells(facts)
    fit = _scaled([(m.rows * m.columns, m.seconds) for m in measured if m.model == _STANDS_FOR.get(name, name)], cells)
    judging = _scaled([(m.rows * m.columns, m.seconds) for m in measured if m.model == "judging"], cells)
    return round(fit + max(judging, LEAST_JUDGING), 1)


def _memory(names: Iterable[str], facts: Facts, measured: Sequence[Measured]) -> int:
    """Of the hungriest model, in tens of megabytes."""
    found = [BASE_MB]
    for name in names:
        points = [(m.rows * m.columns, float(m.mb)) for m in measured if m.model == name and m.mb]
        if points and _cells(facts) > min(points)[0]:
            found.append(round(_scaled(points, _cells(facts))))
    return round(max(found), -1)


def _cells(facts: Facts) -> int:
    columns = (facts.columns or USUAL_COLUMNS) if facts.data == "tabular" else facts.channels
    return facts.rows * max(columns, 1)


def _scaled(points: Sequence[tuple[int, float]], cells: int) -> float:
    """Between measured points on a log scale, beyond them in proportion to the cells; a second where none is known."""
    if not points:
        return 1.0
    points = sorted(points)
    (first, least), (last, most) = points[0], points[-1]
    if cells <= first:
        return least * max(cells / first, 0.01)
    if cells >= last:
        return most * cells / last
    for (a, low), (b, high) in pairwise(points):
        if cells <= b:
            share = math.log(cells / a) / math.log(b / a)
            return float(low * (high / low) ** share)
    return most
