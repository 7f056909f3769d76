"""Which family of models fits a task and its data, before anything is fitted: six steps, and a pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from synthkit.data.panel import Panel
from synthkit.data.table import Table
from synthkit.decide.advice.facts import Facts, answered
from synthkit.decide.advice.knowledge import Goal, Wisdom, wisdom
from synthkit.decide.advice.measure import measured
from synthkit.decide.advice.pilot import Pilot, candidates, plan, refusals
from synthkit.decide.advice.pipeline import Origin, changes, pipeline_file
from synthkit.decide.advice.rules import Ranked, Warned, rank_families, warned
from synthkit.decide.criteria import Criteria, Criterion
from synthkit.decide.upkeep import Upkeep
from synthkit.errors import ConfigError, UnknownName
from synthkit.metrics import base

__all__ = ["Advice", "Limit", "advise", "short_list"]

BEST: Final = 3
"""Families that are named in order where the ladder of generators does not serve the task."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A success criterion in words.

    Args:
        metric, label: what is measured.
        rule: what it has to keep.
        why: what a release without it would risk.
    """

    metric: str
    label: str
    rule: str
    why: str


@dataclass(frozen=True, slots=True)
class Advice:
    """What came of the six steps.

    Args:
        facts: steps 1 and 2: the task, and the data in figures.
        goal: the task in words.
        criteria: step 3: what is success, in figures where something can be run here.
        ranked: step 4: the families that serve the task on such data, best first.
        expected: the model of ours that is expected to be enough; None where none is.
        warnings: the anti-patterns that the facts show.
        ladder: what to try on such data, simplest first, and when to go on; for a task that no generator serves, the
            best families for it, and what each is for.
        pilot: step 5: the rungs to run, and what they take.
        upkeep: step 6: when to look again, retrain and retire.
        pipeline: a file for `synthkit run`; "" where nothing can be run here.
    """

    facts: Facts
    goal: Goal
    criteria: tuple[Limit, ...]
    ranked: tuple[Ranked, ...]
    expected: str | None
    warnings: tuple[Warned, ...]
    ladder: tuple[Mapping[str, str], ...]
    pilot: Pilot
    upkeep: Mapping[str, str]
    pipeline: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def advise(
    source: Table | Panel | None = None, *, goal: str | None = None, wish: str = "", holdout: bool = True,
    origin: Origin | None = None, **answers: Any,  # noqa: ANN401
) -> Advice:  # fmt: skip
    """The family that fits, why, and what to do next. Nothing is fitted; the same facts give the same advice.

    Args:
        source: the rows, as a table or as series; None to go by answers alone.
        goal: share | augment | test-data | forecast | anomaly.
        wish: a model or a family that somebody already has in mind.
        holdout: whether real rows can be kept apart.
        origin: where the rows are, for the pipeline.
        answers: data, rows, latency, cost, explainability, regulated; see `synthkit.decide.advice.facts.CHOICES`.

    Raises:
        UnknownName: an answer that is not one of its choices, or a wish for what nobody knows.
        ConfigError: a table without time cannot be forecast.

    >>> found = advise(goal="share", data="tabular", rows=300, wish="ctgan")
    >>> found.expected, [warning.name for warning in found.warnings]
    ('trees', ['architecture first', 'classical ignored'])
    """
    facts = answered(goal=goal, wish=wish.strip(), holdout=holdout, **answers)
    known = wisdom()
    if facts.wish and known.family_of(facts.wish) is None:
        raise UnknownName("model or family", facts.wish, known.names)
    panel = source if isinstance(source, Panel) else None
    if source is not None:
        facts = measured(source, facts)
    if facts.goal == "forecast" and facts.data == "tabular":
        raise ConfigError(
            "rows without a time column cannot be forecast",
            hint="name it with --time, or ask for another --goal; to predict a column of a table, train a model on it",
        )
    place = origin or Origin(target=facts.target or None)
    refused = refusals(panel)
    ranked = rank_families(facts, known, refused)
    names = candidates(facts, known, refused)
    expected = next((r.model for r in ranked if r.model in names), None)
    return Advice(
        facts, known.goals[facts.goal], _limits(facts, known) if names else (), ranked, expected, warned(facts, known),
        _steps(facts, known, ranked), plan(names, facts, known, place), _upkeep(facts, known),
        pipeline_file(facts, names, place, known, expected if ranked and ranked[0].model == expected else None),
    )  # fmt: skip


def short_list(table_or_panel: Table | Panel, goal: str = "share") -> tuple[str, ...]:
    """Names of the models to pilot on these rows, simplest first.

    Raises:
        UnknownName: there is no such goal.

    >>> from synthkit.data import catalog
    >>> short_list(catalog.load("credit_data"))
    ('marginals', 'copula', 'trees', 'energy', 'autoregressive')
    """
    facts = measured(table_or_panel, answered(goal=goal))
    return candidates(facts, wisdom(), refusals(table_or_panel if isinstance(table_or_panel, Panel) else None))


def _limits(facts: Facts, known: Wisdom) -> tuple[Limit, ...]:
    """The criteria that a run would be held against, for kinds of data that can be run here."""
    if facts.data not in known.ours:
        return ()
    criteria = Criteria.from_mapping(changes(facts, known), series=facts.data != "tabular")
    left_out = {"utility"} if facts.measured and not facts.target else set()
    kept = [c for c in criteria.criteria if c.metric not in left_out]
    return tuple(Limit(c.metric, base.label_of(c.metric), _rule(c), c.why) for c in kept)


def _rule(criterion: Criterion) -> str:
    """The limit, before there is a floor to put a number on it."""
    if criterion.absolute is not None:
        return f"at most {criterion.absolute:g}"
    floor = "chance" if criterion.chance is not None else "the floor"
    times = floor if criterion.times == 1 else f"{criterion.times:g} times {floor}"
    if criterion.plus < 0:
        return f"at least {times} less {-criterion.plus:g}"
    return f"at most {times}" + (f" plus {criterion.plus:g}" if criterion.plus else "")


def _steps(facts: Facts, known: Wisdom, ranked: Sequence[Ranked]) -> tuple[Mapping[str, str], ...]:
    """The ladder of such data; where the task has other families than those that generate, the best of them."""
    ladder = known.ladders[facts.data]
    if ranked and ranked[0].family not in {step.family for step in ladder}:
        return tuple({"family": one.family, "title": one.title, "go_on": one.use} for one in ranked[:BEST])
    return tuple(
        {"family": step.family, "title": known.families[step.family].title, "go_on": step.go_on} for step in ladder
    )


def _upkeep(facts: Facts, known: Wisdom) -> Mapping[str, str]:
    limits = replace(Upkeep(), review=known.regulated["review"]) if facts.regulated else Upkeep()
    if facts.data not in known.ours:
        return {"review": _review(limits), **known.elsewhere}
    kind = "series" if facts.data in ("time-series", "panel") else "table"
    return {
        "review": _review(limits),
        "retrain": limits.retrain(kind),
        "retire": limits.retire(kind),
    }


def _review(limits: Upkeep) -> str:
    return f"Review {limits.review} months after the decision at the latest, whatever was measured."
