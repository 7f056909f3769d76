"""All checks of a differentially private model, in one list."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Collection
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from synthkit import rng as rng_
from synthkit.errors import NotFitted
from synthkit.metrics._intervals import clopper_pearson
from synthkit.models.base import Private
from synthkit.private.domain import Domain
from synthkit.private.noise import Noise
from synthkit.testing import _audit
from synthkit.testing._run import Named, named, refused, require, run

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["check_private", "empirical_epsilon", "private_checks"]

_BOUND: Final[int] = _audit.DOMAIN["rows_per_unit"]
_TRIALS: Final = 20_000


class _Bench:
    """A model on the audit's table and on its neighbours, each fitted once."""

    def __init__(self, model_class: Callable[[], Private]) -> None:
        self.model_class = model_class

    @cached_property
    def told(self) -> _audit.Run:
        """On the table itself."""
        return _audit.run(self.model_class, _audit.patients())

    @cached_property
    def replayed(self) -> dict[str, _audit.Run]:
        """On each neighbour, with the same answers."""
        before = self.told.heard

        def again(what: str, frame: pd.DataFrame) -> _audit.Run:
            return _audit.run(
                self.model_class, frame, noise=lambda heard: _audit.Replayer(before, heard, odd=_odd(what))
            )

        return {what: again(what, frame) for what, frame in _audit.neighbours(_audit.patients()).items()}


def _odd(what: str) -> int:
    """The place of the unit that a neighbour lacks or adds."""
    return 0 if what == _audit.FIRST else -1


def one_unit_moves_no_answer_further_than_it_may(bench: _Bench) -> None:
    """A unit more or less moves the counts of a question by `rows_per_unit` at most, and so each score of a choice."""
    before = bench.told.heard
    for what, other in bench.replayed.items():
        after = other.heard
        require(before.asked == after.asked, f"{what}: other questions were asked")
        for one, two in zip(before.counts, after.counts, strict=True):
            require(one[0].shape == two[0].shape and one[1] == two[1], f"{what}: another table or other noise")
            moved = math.sqrt(float(((one[0] - two[0]) ** 2).sum()))
            require(moved <= _BOUND, f"{what}: counts moved by {moved:.2f}, and may by {_BOUND}")
        _sums_move_by_one_clip(what, before, after)
        for first, second in zip(before.choices, after.choices, strict=True):
            require(len(first[0]) == len(second[0]) and first[1] == second[1], f"{what}: another choice")
            moved = max(abs(a - b) for a, b in zip(first[0], second[0], strict=True))
            require(moved <= _BOUND, f"{what}: a score moved by {moved}, and may by {_BOUND}")


def _sums_move_by_one_clip(what: str, before: _audit.Heard, after: _audit.Heard) -> None:
    """And not at all where the unit is not in the sample: this is what the price of a sample rests on."""
    require(len(before.sums) == len(before.coins), f"{what}: a sum without a sample of its own")
    for one, two, mine, theirs in zip(before.sums, after.sums, before.coins, after.coins, strict=True):
        moved = float(np.linalg.norm(one[0] - two[0]))
        require(one[1:3] == two[1:3] and mine[1] == theirs[1], f"{what}: other noise, or another chance")
        more = max(mine[0], theirs[0], key=len)
        may = one[1] * (1 + 1e-4) if more[_odd(what)] else 0.0
        require(moved <= may, f"{what}: a sum moved by {moved:.3f}, and may by {may:.3f}")


def the_noise_that_was_drawn_is_paid_for(bench: _Bench) -> None:
    """The variances and rates that were used cost no more than the budget, and what is written down is no less."""
    epsilon, cost = bench.told.heard.epsilon(_BOUND, 1e-6), bench.told.heard.cost(_BOUND)
    require(epsilon <= 1 + 1e-6, f"epsilon {epsilon:.6f} was spent of 1")
    require(bench.told.model.guarantee.rho >= cost * (1 - 1e-6), "less is written down than was spent")


def nothing_true_reaches_the_model_by_another_way(bench: _Bench) -> None:
    """With the same answers the saved model is the same to the byte, whatever the rows."""
    for what, other in bench.replayed.items():
        require(other.files == bench.told.files, f"{what}: the saved model differs")


def odd_rows_make_no_sound(bench: _Bench) -> None:
    """No warning, print or log line differs between neighbours."""
    for what, other in bench.replayed.items():
        require(other.sounds == bench.told.sounds, f"{what}: it said something else")


def the_noise_is_not_seeded(bench: _Bench) -> None:
    """Two fits on the same rows with the same seed are told different answers."""
    other = _audit.run(bench.model_class, _audit.patients())
    require(other.files != bench.told.files, "the same seed gave the same noise")


def canaries_give_away_no_more_than_promised(bench: _Bench) -> None:
    """What an attacker who knows everything but one unit can tell of it stays below the promised epsilon."""
    found = empirical_epsilon(bench.model_class, epsilon=1.0, delta=1e-2)
    require(found <= 1.0, f"epsilon is {found:.2f} at least, and 1 was promised")


def few_rows_are_no_error(bench: _Bench) -> None:
    """No row at all, or one, gives a model as any other table does."""
    for rows in (0, 1):
        told = _audit.run(bench.model_class, _audit.patients().head(rows))
        made = told.model.sample(20, rng=rng_.stream(0, "audit", "rows"))
        require(len(made) == 20, f"{rows} rows gave a model that cannot make 20")


def rows_are_of_the_domain(bench: _Bench) -> None:
    """The synthetic table has the columns and the kinds of the domain, and no word that is not in it."""
    domain = Domain.of(_audit.DOMAIN)
    made = bench.told.model.sample(500, rng=rng_.stream(0, "audit", "rows"))
    require(made.schema == domain.schema, "its schema is not the domain's")
    words = set(made.frame["ward"].dropna())
    require(words <= {"a", "b", "c", "elsewhere"}, "a word that is in no domain")
    require(made.frame["age"].dropna().between(0, 99).all(), "a number beyond the ends")


def drawing_follows_the_seed_and_survives_a_file(bench: _Bench) -> None:
    """The same seed draws the same rows from a model, and from what was saved of it."""
    model = bench.told.model
    one, other = (model.sample(100, rng=rng_.stream(1, "audit")).frame for _ in range(2))
    require(one.equals(other), "the same seed drew other rows")
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder))
        loaded = type(model).load(Path(folder))
    require(loaded.sample(100, rng=rng_.stream(1, "audit")).frame.equals(one), "the saved model draws other rows")
    require(loaded.guarantee == model.guarantee, "the guarantee was not saved")
    refused(lambda: bench.model_class().sample(1, rng=rng_.stream(0, "audit")), NotFitted, "sample before fit")


_CHECKS = (
    one_unit_moves_no_answer_further_than_it_may,
    the_noise_that_was_drawn_is_paid_for,
    nothing_true_reaches_the_model_by_another_way,
    odd_rows_make_no_sound,
    the_noise_is_not_seeded,
    canaries_give_away_no_more_than_promised,
    few_rows_are_no_error,
    rows_are_of_the_domain,
    drawing_follows_the_seed_and_survives_a_file,
)


def empirical_epsilon(model_class: Callable[[], Private], *, epsilon: float, delta: float) -> float:
    """A lower bound (95 %) on epsilon, by the best test there is against counts of known noise.

    The attacker knows all rows but a unit in a corner where nobody is, and sees every count: the sum of the answers in
    the canary's cells, each over its variance. Of gradients it sees how far each sum lies in the direction of the
    canary's own, and adds the logarithm of how much likelier that is with the canary. All is drawn many times anew with
    and without the canary, along the one course of answers that was recorded; the threshold is chosen on one half of
    the draws, and its Clopper-Pearson bounds are of the other.

    References: Annamalai, Ganev and De Cristofaro (2024).
    """
    frame = _audit.patients()
    before = _audit.run(model_class, frame, epsilon=epsilon, delta=delta).heard
    canary = _audit.neighbours(frame)["a corner that nobody is in"]
    after = _audit.run(
        model_class, canary, noise=lambda heard: _audit.Replayer(before, heard), epsilon=epsilon, delta=delta
    ).heard
    out, inside = np.zeros(_TRIALS), np.zeros(_TRIALS)
    for (less, variance, _), (more, _, _) in zip(before.counts, after.counts, strict=True):
        noise = Noise()
        for place in np.flatnonzero(more != less):
            weight = (more.flat[place] - less.flat[place]) / variance
            out += weight * noise.hide(np.full(_TRIALS, less.flat[place]), variance)
            inside += weight * noise.hide(np.full(_TRIALS, more.flat[place]), variance)
    for (total, reach, sd, _), other, (_, rate) in zip(before.sums, after.sums, before.coins, strict=True):
        told = _sums_told(float(np.linalg.norm(other[0] - total)), reach, sd, rate)
        out, inside = out + told[0], inside + told[1]
    half = _TRIALS // 2
    return max(0.0, _bound(out[half:], inside[half:], _best(out[:half], inside[:half], delta), delta))


def _sums_told(far: float, reach: float, sd: float, rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Logarithms of the odds without and with a canary that adds so much to a sum whenever it is in the sample."""
    noise = Noise()

    def odds(there: np.ndarray) -> np.ndarray:
        told = noise.hide_real(far * there, reach, sd)
        return np.asarray(np.log1p(rate * np.expm1((told * far - far**2 / 2) / sd**2)))

    return odds(np.zeros(_TRIALS)), odds(noise.shares(_TRIALS, rate).astype(float))


def _best(out: np.ndarray, inside: np.ndarray, delta: float) -> float:
    """The threshold that tells most."""
    cuts = np.quantile(out, [0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995])
    return float(max(cuts, key=lambda cut: _bound(out, inside, cut, delta)))


def _bound(out: np.ndarray, inside: np.ndarray, cut: float, delta: float) -> float:
    """What is known of epsilon when so many are above the threshold on either side."""
    caught, false = (int((side > cut).sum()) for side in (inside, out))
    low, high = clopper_pearson(caught, len(inside))[0], clopper_pearson(false, len(out))[1]
    return math.log(max(low - delta, 1e-12) / high)


def private_checks(model_class: Callable[[], Private]) -> tuple[Named, ...]:
    """The checks of a private model as (name, callable) pairs, for `pytest.mark.parametrize`.

    Args:
        model_class: a class that can be made without arguments.

    >>> from synthkit.models.private.mst import MST
    >>> checks = dict(private_checks(MST))
    >>> checks["nothing_true_reaches_the_model_by_another_way"]()
    """
    return named(_CHECKS, _Bench(model_class))


def check_private(model_class: Callable[[], Private], *, skip: Collection[str] = ()) -> None:
    """Check that a model keeps every promise of `synthkit.models.base.Private`.

    Args:
        model_class: a class that can be made without arguments.
        skip: names of checks to leave out; say why beside it.

    Raises:
        AssertionError: one line for each check that failed, with its name and what was promised.
        UnknownName: a name in `skip` is not a check's.
    """
    run(f"private model '{getattr(model_class, 'name', model_class)}'", private_checks(model_class), skip)
