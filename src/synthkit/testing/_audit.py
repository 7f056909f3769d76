"""Two data sets that differ by one unit are asked the same questions and told the same answers; what differs then.

Everything true passes through `Noise` before it is told. So a run on the one data set is written down there, and a run
on the other is given the same answers, whatever its own would have been. What then differs by more than one unit may
move it, costs more than the budget, or reaches the model by another way, is a violation.

References: Annamalai and others (2026), recording and replaying differentially private mechanisms on neighbours.
"""

from __future__ import annotations

import io
import logging
import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from synthkit import rng as rng_
from synthkit.data.native import raw_of
from synthkit.files import digests
from synthkit.models.base import Private
from synthkit.private.accountant import epsilon_of
from synthkit.private.curator import Curator
from synthkit.private.domain import Domain
from synthkit.private.noise import Noise
from synthkit.private.subsampled import epsilon_of_steps

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["DOMAIN", "FIRST", "Heard", "Recorder", "Replayer", "Run", "neighbours", "patients", "run"]

DOMAIN: Final[Mapping[str, Any]] = {
    "public": True,
    "unit": "who",
    "rows_per_unit": 2,
    "target": "ill",
    "column": [
        {"name": "age", "kind": "integer", "min": 0, "max": 99, "bins": 10},
        {"name": "ward", "kind": "categorical", "values": ["a", "b", "c"], "other": "elsewhere"},
        {"name": "dose", "kind": "numeric", "min": 0.0, "max": 10.0, "bins": 5, "decimals": 1},
        {"name": "ill", "kind": "boolean", "values": ["no", "yes"], "missing": False},
    ],
}

FIRST: Final = "the first one less"
"""The neighbour that shifts the places of all others."""


@dataclass
class Heard:
    """What passed through the noise.

    Args:
        counts: (true counts, variance, told) of each count.
        choices: (scores, rate, told) of each choice.
        coins: who was in a sample, and the chance of it.
        sums: (true sum, what one unit may add, standard deviation, told) of each sum of gradients.
    """

    counts: list[tuple[NDArray[np.int64], float, NDArray[np.int64]]] = field(default_factory=list)
    choices: list[tuple[tuple[int, ...], Fraction, int]] = field(default_factory=list)
    coins: list[tuple[NDArray[np.bool_], float]] = field(default_factory=list)
    sums: list[tuple[NDArray[np.float64], float, float, NDArray[np.float64]]] = field(default_factory=list)

    @property
    def asked(self) -> tuple[int, ...]:
        """How many questions of each kind."""
        return len(self.counts), len(self.choices), len(self.coins), len(self.sums)

    def epsilon(self, bound: int, delta: float) -> float:
        """By the noise that was really drawn, whatever was written down."""
        rho = self.cost(bound)
        if not self.sums:
            return epsilon_of(rho, delta)
        least = min(sd / reach for _, reach, sd, _ in self.sums)
        rate = max(rate for _, rate in self.coins)
        return epsilon_of_steps(least, rate=rate, steps=len(self.sums), rho=rho, delta=delta)

    def cost(self, bound: int) -> float:
        """Rho of counts and choices."""
        of_counts = sum(bound**2 / (2 * variance) for _, variance, _ in self.counts)
        return of_counts + sum((2 * bound * float(rate)) ** 2 / 8 for _, rate, _ in self.choices)


class Recorder(Noise):
    """Noise that writes down what passes."""

    def __init__(self, heard: Heard) -> None:
        super().__init__()
        self._heard = heard

    def hide(self, counts: NDArray[np.int64], variance: float) -> NDArray[np.int64]:
        told = super().hide(counts, variance)
        self._heard.counts.append((counts.copy(), variance, told.copy()))
        return told

    def choice(self, scores: Sequence[int], rate: Fraction) -> int:
        told = super().choice(scores, rate)
        self._heard.choices.append((tuple(scores), rate, told))
        return told

    def shares(self, n: int, share: float) -> NDArray[np.bool_]:
        told = super().shares(n, share)
        self._heard.coins.append((told, share))
        return told

    def hide_real(self, total: NDArray[np.float64], reach: float, sd: float) -> NDArray[np.float64]:
        told = super().hide_real(total, reach, sd)
        self._heard.sums.append((total.copy(), reach, sd, told.copy()))
        return told


class Replayer(Noise):
    """The answers of an earlier run, whatever is asked.

    Args:
        before: what was heard in the earlier run.
        heard: what is heard in this one.
        odd: place of the unit that is in one of the two data sets alone.
    """

    def __init__(self, before: Heard, heard: Heard, odd: int = -1) -> None:
        super().__init__()
        self._before, self._heard, self._odd = before, heard, odd

    def hide(self, counts: NDArray[np.int64], variance: float) -> NDArray[np.int64]:
        told = self._before.counts[len(self._heard.counts)][2]
        self._heard.counts.append((counts.copy(), variance, told))
        return told.copy()

    def choice(self, scores: Sequence[int], rate: Fraction) -> int:
        told = self._before.choices[len(self._heard.choices)][2]
        self._heard.choices.append((tuple(scores), rate, told))
        return told

    def shares(self, n: int, share: float) -> NDArray[np.bool_]:
        """The same coins for the same units; a new one, which is the last, is always in."""
        before = self._before.coins[len(self._heard.coins)][0]
        told = np.delete(before, self._odd) if n < len(before) else np.append(before, np.ones(n - len(before), bool))
        self._heard.coins.append((told, share))
        return told

    def hide_real(self, total: NDArray[np.float64], reach: float, sd: float) -> NDArray[np.float64]:
        told = self._before.sums[len(self._heard.sums)][3]
        self._heard.sums.append((total.copy(), reach, sd, told))
        return told.copy()


@dataclass(frozen=True)
class Run:
    """What came of a fit.

    Args:
        model: fitted.
        heard: what passed through the noise.
        files: of the saved model, part -> SHA-256.
        sounds: warnings, prints and log lines.
    """

    model: Private
    heard: Heard
    files: Mapping[str, str]
    sounds: tuple[str, ...]


def patients(units: int = 150) -> pd.DataFrame:
    """A table whose units have one to four rows."""
    import pandas as pd

    rng = rng_.stream(0, "audit")
    who = np.repeat(np.arange(units), rng.integers(1, 5, units))
    age = rng.integers(0, 100, len(who))
    return pd.DataFrame({
        "who": [f"p{each}" for each in who],
        "age": age.astype(float),
        "ward": np.where(age > 60, "c", rng.choice(["a", "b"], len(who))),
        "dose": np.round(age / 10 + rng.normal(0, 0.5, len(who)), 1),
        "ill": np.where(rng.random(len(who)) < age / 120, "yes", "no"),
    })  # fmt: skip


def neighbours(frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The table with one unit more or less, of every kind that has ever broken an implementation."""
    import pandas as pd

    def more(**cells: Any) -> pd.DataFrame:  # noqa: ANN401 - cells of any kind
        return pd.concat([frame, pd.DataFrame([{"who": "new", **cells}] * 5)], ignore_index=True)

    usual = {"age": 50.0, "ward": "b", "dose": 5.0, "ill": "no"}
    return {
        "one more": more(**usual),
        "one less": frame[frame["who"] != frame["who"].iloc[-1]].reset_index(drop=True),
        FIRST: frame[frame["who"] != frame["who"].iloc[0]].reset_index(drop=True),
        "a missing cell": more(**{**usual, "age": np.nan, "ward": None}),
        "an infinite number": more(**{**usual, "dose": np.inf}),
        "a number beyond the ends": more(**{**usual, "age": 1e9, "dose": -1e9}),
        "a category that is in no domain": more(**{**usual, "ward": "nobody's", "ill": "perhaps"}),
        "a corner that nobody is in": more(age=0.0, ward="c", dose=10.0, ill="yes"),
    }


def run(
    model_class: Callable[[], Private],
    frame: pd.DataFrame,
    *,
    noise: Callable[[Heard], Noise] = Recorder,
    epsilon: float = 1.0,
    delta: float = 1e-6,
    domain: Mapping[str, Any] = DOMAIN,
) -> Run:
    """Fit a model on a table, and write down what can be seen of it from outside."""
    heard, said = Heard(), io.StringIO()
    handler = logging.StreamHandler(said)
    logging.getLogger().addHandler(handler)
    try:
        with warnings.catch_warnings(record=True) as caught, redirect_stdout(said), redirect_stderr(said):
            warnings.simplefilter("always")
            known = Domain.of(domain)
            rows = known.rows(raw_of(frame))
            curator = Curator(rows, known.sizes, epsilon=epsilon, delta=delta, bound=known.bound, noise=noise(heard))
            model = model_class().fit(curator, known, rng=rng_.stream(0, "audit", "fit"))
    finally:
        logging.getLogger().removeHandler(handler)
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder))
        files = digests(Path(folder))
    return Run(model, heard, files, (*(str(each.message) for each in caught), *said.getvalue().splitlines()))
