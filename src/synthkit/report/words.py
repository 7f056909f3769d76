"""The plain words of the report, as data: what a score asks and what a verdict means."""

from __future__ import annotations

from synthkit.report.series_words import SERIES_WORDS
from synthkit.report.wording import Wording

__all__ = ["FIVE", "GLOSSARY", "GOAL", "ORDER", "VERDICTS", "detail_label", "wording"]


_TABLE_WORDS = {
    "shape": Wording(
        "Column shapes",
        "How far is each column, on its own, from real rows that no model saw? Averaged over the columns; 0 % is a "
        "perfect match.",
        0.0,
    ),
    "trend": Wording(
        "Pair trends",
        "Do two columns move together as they do in real rows? The difference of the two joint pictures, averaged over "
        "all pairs. 0 % is a perfect match.",
        0.0,
    ),
    "missingness": Wording(
        "Missing cells",
        "Are cells missing as often, and in the same places, as in real rows? 0 % is a perfect match.",
        0.0,
    ),
    "detection": Wording(
        "Detection",
        "Can a strong classifier (gradient boosting) tell synthetic rows from real ones? 0.5 is a coin toss: it "
        "cannot. 1.0 means every row gives itself away.",
        0.5,
        reads=("as hard to tell from real rows as fresh real rows are", "easier to tell apart than fresh real rows"),
    ),
    "utility": Wording(
        "Utility",
        "How well does a model trained on synthetic rows predict the target of real rows that it never saw? The floor "
        "is the same model trained on real rows. Higher is better.",
    ),
    "global_utility": Wording(
        "Global utility",
        "With every column in turn as the target: how much of what real rows teach do synthetic rows teach? 100 % is "
        "all of it. It asks whether the table is useful for questions nobody has asked yet.",
    ),
    "identical": Wording(
        "Identical rows",
        "How many synthetic rows are an exact twin of a training row? The floor is how often fresh real rows are: "
        "common rows repeat by themselves, so only more twins than that are a warning.",
        0.0,
        reads=("no more twins than chance gives", "more twins than chance gives"),
    ),
    "dcr": Wording(
        "Closer to train",
        "Of the synthetic rows, which share lies closer to a training row than to a row of an equally large holdout? "
        "50 % is what chance gives; more means the table leans on the rows it learned from.",
        0.5,
        reads=("no closer to the training rows than to unseen ones", "beyond an even split, towards the training rows"),
    ),
    "nndr": Wording(
        "Neighbour ratio",
        "Does a synthetic row hug one single real row? The distance to the nearest over the distance to the next: near "
        "1 it lies among many, near 0 it sits on one person. As high as the floor is what fresh real rows have.",
        reads=("no row hugs one real row more than fresh rows do", "below what fresh real rows have"),
    ),
    "membership": Wording(
        "Membership attack",
        "Given a real row, can an attacker who holds only the synthetic table tell whether it was among the training "
        "rows? 0.5 is a coin toss: this attack cannot.",
        0.5,
        reads=("this attack cannot tell whose row was used", "above a coin toss"),
    ),
    "attacks": Wording(
        "Best attack",
        "The same question, asked by several attackers who hold real rows of other people too. The best is chosen on "
        "half of the people and reported on the rest; the controls show that it works here.",
        0.5,
        reads=("no attack can tell whose row was used", "above a coin toss"),
    ),
    "singling_out": Wording(
        "Singling out",
        "A description that fits one synthetic row fits exactly one person: how much more often among the people who "
        "were in the data than among as many who were not?",
        0.0,
        reads=("no more often right about people who were in", "more often right about people who were in"),
    ),
    "linkability": Wording(
        "Linkability",
        "Two halves of a person's columns are put together by the synthetic rows near to both: how much more often for "
        "people who were in the data?",
        0.0,
        reads=("no more often right about people who were in", "more often right about people who were in"),
    ),
    "inference": Wording(
        "Inference",
        "One column of a person is guessed from all others: how much more often right for people who were in the data? "
        "What is guessed as well for others is knowledge of the world.",
        0.0,
        reads=("no more often right about people who were in", "more often right about people who were in"),
    ),
}

_WORDS = _TABLE_WORDS | SERIES_WORDS

ORDER = (
    "detection", "series_detection", "shape", "trend", "missingness", "marginal", "autocorrelation", "spectrum",
    "seasonality", "cross_correlation", "transitions", "features", "forecast", "utility", "forecast_utility",
    "global_utility", "attacks", "singling_out", "linkability", "inference", "membership", "entity_membership", "dcr",
    "nearest_window", "shadow", "identical", "nndr",
)  # fmt: skip
"""Known metrics in reading order: the hardest question of each family first."""

FIVE = (
    "detection", "shape", "trend", "utility", "attacks", "membership", "global_utility", "dcr", "missingness",
    "identical", "series_detection", "forecast", "autocorrelation", "forecast_utility", "entity_membership",
    "nearest_window", "marginal", "spectrum", "transitions",
)  # fmt: skip
"""The banner shows the first five of these that were measured."""

VERDICTS = {
    "PASS": ("Pass", "✓", "every criterion is met, with its whole interval on the good side of the limit"),
    "FAIL": ("Fail", "✕", "at least one criterion is missed, with its whole interval on the bad side of the limit"),
    "INCONCLUSIVE": ("Inconclusive", "?", "an interval straddles its limit: these rows cannot decide it"),
    "": ("Not judged", "–", "no criteria were given"),
}
"""Code -> (word, sign, meaning)."""

READS = {
    "fidelity": ("as close as fresh real rows", "further off than fresh real rows"),
    "utility": ("as useful as real training rows", "less useful than real training rows"),
    "privacy": ("no closer to the training rows than fresh real rows are", "closer than fresh real rows"),
    "temporal": ("as close as fresh real paths", "further off than fresh real paths"),
}
"""Family -> (at the floor, beyond the floor)."""

_DETAILS = {
    "gap": "Synthetic minus real",
    "advantage": "Attacker's advantage",
    "tpr@10%": "Members found at 10 % false alarms",
    "tpr@1%": "Members found at 1 % false alarms",
    "tpr@0.1%": "Members found at 0.1 % false alarms",
}

GOAL = {
    "source": "Real table",
    "mode": "Series to make",
    "series": "Real series",
    "values": "Channels",
    "calendar": "Calendar",
    "seasons": "Rows in a season",
    "paths": "Paths",
    "horizon": "Rows ahead",
    "rows": "Rows",
    "columns": "Columns",
    "target": "Target column",
    "train_rows": "Rows the models learned from",
    "holdout_rows": "Rows kept back to judge",
    "split": "How the rows were split",
    "judged": "Judged",
    "rows_made": "Synthetic rows",
    "privacy": "Rows behind whatever is given out, at least",
    "budget_seconds": "Time budget",
    "seed": "Seed",
}
"""What was asked: key -> label, in reading order."""

GLOSSARY = (
    ("Holdout", "Real rows that were put aside before anything was learned. Every score is measured against them."),
    ("Value", "The synthetic rows judged against the holdout."),
    (
        "Floor",
        (
            "The same figure for the real training rows judged against the holdout. A value at its floor is as good as "
            "fresh real data; nothing honest can be expected to do better."
        ),
    ),
    ("Interval", "Where the value would land 95 times in 100 if the test were repeated with other rows."),
    ("Limit", "The worst value that the success criteria accept, fixed before the models were tried."),
    (
        "Copying",
        (
            "How much better the score is against the training rows than against rows the model never saw. Near zero "
            "is what we want: the model learned the pattern and not the rows."
        ),
    ),
    (
        "Verdict",
        (
            "Pass: the whole interval is on the good side of the limit. Fail: the whole interval is on the bad side. "
            "Inconclusive: the interval straddles the limit, and the table is treated as not passed."
        ),
    ),
    ("Rung", "One step of the ladder of models, cheapest first. The climb stops at the first rung that passes."),
    ("Points", "Percentage points: the difference between 2 % and 3 % is one point."),
    (
        "AUC",
        (
            "The chance that a classifier ranks a randomly drawn pair the right way round: 0.5 is a coin toss, 1.0 "
            "never errs."
        ),
    ),
)


def wording(metric: str, label: str = "") -> Wording:
    """The words for a metric; for one we do not know, its own label or its name made readable.

    >>> wording("shape").label, wording("my_metric").label
    ('Column shapes', 'My metric')
    """
    return _WORDS.get(metric) or Wording(label or readable(metric), "")


def detail_label(subject: tuple[str, ...]) -> str:
    """A line's name for a detail that is not a column: known ones in words, others as they are."""
    return " × ".join(_DETAILS.get(part, part) for part in subject)


def readable(name: str) -> str:
    """An identifier as a label.

    >>> readable("judge_seconds")
    'Judge seconds'
    """
    text = name.replace("_", " ").strip()
    return text[:1].upper() + text[1:]
