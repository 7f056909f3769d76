"""When is a table good enough? Limits that lean on the floor, and verdicts that lean on the interval."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from synthkit.errors import ConfigError
from synthkit.metrics import base

if TYPE_CHECKING:
    from synthkit.metrics.base import Score
    from synthkit.scorecard import Scorecard

__all__ = ["Criteria", "Criterion", "Judgement", "Verdict"]


class Verdict(StrEnum):
    """What the evidence says. An interval that straddles the limit is INCONCLUSIVE, never PASS."""

    PASS = "PASS"  # noqa: S105
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"

    @classmethod
    def all_of(cls, verdicts: Iterable[Verdict]) -> Verdict:
        """FAIL if any fails, else INCONCLUSIVE if any is or there are none, else PASS.

        >>> Verdict.all_of([Verdict.PASS, Verdict.INCONCLUSIVE]).value
        'INCONCLUSIVE'
        """
        found = set(verdicts)
        return cls.FAIL if cls.FAIL in found else cls.PASS if found == {cls.PASS} else cls.INCONCLUSIVE


@dataclass(frozen=True, slots=True)
class Judgement:
    """One criterion applied to one scorecard.

    Args:
        metric, label: what was measured.
        value, ci, floor, unit, better: as in the score.
        limit: what the value had to keep.
        rule: the limit in words.
        verdict: the outcome.
        because: one sentence.
        why: why this criterion is there.
    """

    metric: str
    label: str
    value: float
    ci: tuple[float, float] | None
    floor: float | None
    unit: str
    better: str
    limit: float
    rule: str
    verdict: Verdict
    because: str
    why: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self) | {"verdict": self.verdict.value}


@dataclass(frozen=True, slots=True)
class Criterion:
    """A limit for one score: `times` the floor and `plus` on top, or `absolute`.

    Args:
        metric: whose headline is judged.
        times, plus: limit = times * floor + plus (for a higher-is-better score `plus` is negative).
        absolute: the limit itself, whatever the floor.
        chance: a floor on the lucky side of this is read as this (0.5 for an AUC: nothing is asked to beat a coin).
        paired: whether to use the interval of the detail `gap`, value less floor on the same rows, which is far
            narrower than that of the value alone.
        why: what a release without this would risk.

    >>> from synthkit.metrics.base import Score
    >>> found = Score("detection", "fidelity", 0.53, "lower", floor=0.50, ci=(0.52, 0.54), unit="auc")
    >>> Criterion("detection", plus=0.1).judge(found).verdict.value
    'PASS'
    """

    metric: str
    times: float = 1.0
    plus: float = 0.0
    absolute: float | None = None
    chance: float | None = None
    paired: bool = False
    why: str = ""

    def judge(self, score: Score, gap: Score | None = None) -> Judgement:
        """Hold the interval of a headline score against the limit; `gap` is its paired difference to the floor."""
        limit, rule = self._limit(score)
        ci = score.ci
        if self.paired and gap is not None and gap.ci is not None and score.floor is not None:
            ci = (score.floor + gap.ci[0], score.floor + gap.ci[1])
        low, high = ci if ci is not None else (score.value, score.value)
        if score.better == "higher":
            kept, broken = low >= limit, high < limit
        else:
            kept, broken = high <= limit, low > limit
        verdict = Verdict.PASS if kept else Verdict.FAIL if broken else Verdict.INCONCLUSIVE
        because = _because(score, limit, verdict)
        if self.absolute is None and score.floor is None:
            verdict, because = Verdict.INCONCLUSIVE, "there is no floor to hold it against: give an absolute limit"
        return Judgement(
            self.metric, base.label_of(self.metric), score.value, ci, score.floor, score.unit, score.better,
            limit, rule, verdict, because, self.why,
        )  # fmt: skip

    def _limit(self, score: Score) -> tuple[float, str]:
        side = "at most" if score.better == "lower" else "at least"
        if self.absolute is not None or score.floor is None:
            limit = self.absolute if self.absolute is not None else self.plus
            return limit, f"{side} {shown(limit, score.unit)}"
        floor, words = score.floor, "the floor"
        if self.chance is not None and (floor < self.chance) == (score.better == "lower"):
            floor, words = self.chance, f"chance ({shown(self.chance, score.unit)})"
        words = words if self.times == 1 else f"{self.times:g} times {words}"
        step = shown(abs(self.plus), score.unit, difference=True)
        tail = f" {'plus' if self.plus > 0 else 'less'} {step}" if self.plus else ""
        return self.times * floor + self.plus, f"{side} {words}{tail}"


def shown(value: float, unit: str, *, difference: bool = False) -> str:
    """A number as its unit is read.

    >>> shown(0.0213, "share"), shown(0.02, "share", difference=True), shown(0.531, "auc")
    ('2.13 %', '2 points', '0.531')
    """
    if unit == "share":
        return f"{100 * value:.3g} points" if difference else f"{100 * value:.3g} %"
    return f"{value:.3g}"


def _because(score: Score, limit: float, verdict: Verdict) -> str:
    value, bound = shown(score.value, score.unit), shown(limit, score.unit)
    if verdict is Verdict.PASS:
        return f"{value} keeps the limit of {bound}, and so does its whole interval"
    if verdict is Verdict.FAIL:
        return f"{value} breaks the limit of {bound}, and so does its whole interval"
    return f"{value} has an interval that straddles the limit of {bound}: more rows would settle it"


_DEFAULT = (
    Criterion("shape", plus=0.02, why="each column by itself has to look like fresh real data"),
    Criterion("trend", plus=0.03, why="so do all pairs of columns"),
    Criterion("detection", plus=0.1, chance=0.5, why="a trained classifier should hardly tell the rows from real ones"),
    Criterion("utility", plus=-0.05, paired=True, why="a model trained on the synthetic rows has to work on real ones"),
    Criterion("identical", times=1.5, plus=0.005, why="rows should repeat real ones no more often than real people do"),
    Criterion("dcr", absolute=0.6, why="rows should not crowd round the rows the model saw"),
    Criterion("membership", absolute=0.6, why="nobody should be able to tell who was in the training rows"),
)


_SERIES = (
    Criterion(
        "marginal", times=1.5, plus=0.05, why="the levels and the steps have to be those of fresh real stretches"
    ),
    Criterion(
        "autocorrelation", times=1.5, plus=0.05, why="the past has to tell as much of the next rows, and of their size"
    ),
    Criterion(
        "spectrum", times=1.5, plus=0.1, why="seasons and cycles have to be as strong as they are in real stretches"
    ),
    Criterion(
        "series_detection", plus=0.15, chance=0.5, why="a trained classifier should hardly tell the stretches apart"
    ),
    Criterion("forecast", why="paths that continue the series have to cover what came better than the seasonal naive"),
    Criterion(
        "forecast_utility", plus=0.1, paired=True, why="a forecaster trained on the series has to work on real ones"
    ),
    Criterion("nearest_window", absolute=0.7, why="stretches should not crowd round those the model saw"),
    Criterion("entity_membership", absolute=0.6, why="nobody should be able to tell whose series were learned from"),
)


@dataclass(frozen=True, slots=True)
class Criteria:
    """What a synthetic table has to keep. Metrics that do not apply to a table (no target, say) are left out.

    Args:
        criteria: one for each score that is judged.
    """

    criteria: tuple[Criterion, ...] = field(default=_DEFAULT)

    def judge(self, scorecard: Scorecard) -> tuple[Judgement, ...]:
        """One judgement for each criterion whose score was measured."""
        found = {(s.metric, s.subject): s for s in scorecard.scores if s.subject in ((), ("gap",))}
        return tuple(
            criterion.judge(found[criterion.metric, ()], found.get((criterion.metric, ("gap",))))
            for criterion in self.criteria
            if (criterion.metric, ()) in found
        )

    def with_more(self, more: Iterable[Criterion]) -> Criteria:
        """These and more, where no criterion of that metric is among them."""
        known = {criterion.metric for criterion in self.criteria}
        return Criteria((*self.criteria, *(criterion for criterion in more if criterion.metric not in known)))

    def to_list(self) -> list[dict[str, Any]]:
        """Plain values: with them a saved scorecard can be judged again."""
        return [asdict(criterion) for criterion in self.criteria]

    @classmethod
    def from_list(cls, values: Iterable[Mapping[str, Any]]) -> Criteria:
        """Read what `to_list` gave."""
        return cls(tuple(Criterion(**criterion) for criterion in values))

    @classmethod
    def for_series(cls) -> Criteria:
        """The defaults for series."""
        return cls(_SERIES)

    @classmethod
    def from_mapping(cls, changes: Mapping[str, Any], *, series: bool = False) -> Criteria:
        """The defaults (of tables, or of series) with some changed.

        `{"detection": {"plus": 0.05}, "dcr": {"absolute": 0.55}, "trend": False}` changes three of them.

        Raises:
            ConfigError: an unknown metric, or a limit that is neither numbers nor false.
        """
        criteria = {c.metric: c for c in (_SERIES if series else _DEFAULT)}
        for metric, change in changes.items():
            base.label_of(metric)
            if change is False:
                criteria.pop(metric, None)
                continue
            if not _is_limit(change):
                raise ConfigError(
                    f"the criterion for '{metric}' is not a limit",
                    hint="write times and plus (on the floor), or absolute, or false to leave it out",
                )
            before = criteria.get(metric, Criterion(metric, why="asked for by the user"))
            if "absolute" not in change:
                before = replace(before, absolute=None)
            limits: dict[str, Any] = {key: float(value) for key, value in change.items()}
            criteria[metric] = replace(before, **limits)
        return cls(tuple(criteria.values()))


def _is_limit(change: object) -> bool:
    """Whether this is a mapping of times, plus or absolute, or some of them, to finite numbers."""
    if not isinstance(change, Mapping) or not change or set(change) - {"times", "plus", "absolute"}:
        return False
    return all(isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v) for v in change.values())
