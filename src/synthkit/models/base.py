"""What a model is: the protocol every synthesizer keeps, and the abilities some add."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, Self, get_args, runtime_checkable

from synthkit.models.card import Card
from synthkit.progress import Progress, silent

if TYPE_CHECKING:
    import numpy as np

    from synthkit.data.panel import Panel
    from synthkit.data.schema import Schema
    from synthkit.data.table import Table
    from synthkit.encode.encoder import Coded
    from synthkit.private.curator import Curator
    from synthkit.private.domain import Domain
    from synthkit.private.guarantee import Guarantee

__all__ = [
    "MODES", "Choosy", "Coding", "Conditional", "Continuing", "Density", "Detector", "Each", "Gated", "Imputer",
    "Latent", "Mode", "Noted", "Plan", "Private", "Separate", "Simulator", "Synthesizer", "Terms", "Trained", "Wary",
]  # fmt: skip

Mode = Literal["twin", "continue", "new-entity", "augment", "what-if"]
MODES: tuple[str, ...] = get_args(Mode)


@runtime_checkable
class Synthesizer(Protocol):
    """Learns a table and makes new rows with the same schema.

    `fit` leaves its input untouched and returns the model itself; `sample` is a pure function of the fitted state, `n`
    and `rng`; `save` writes plain arrays and JSON (never pickle) into a folder that `load` reads back in any process.
    """

    name: ClassVar[str]
    card: ClassVar[Card]

    def fit(self, table: Table, *, rng: np.random.Generator, progress: Progress = silent) -> Self: ...

    def sample(self, n: int, *, rng: np.random.Generator) -> Table: ...

    def save(self, folder: Path) -> None: ...

    @classmethod
    def load(cls, folder: Path) -> Self: ...


@runtime_checkable
class Choosy(Protocol):
    """A model that is tried unasked on tables of some sizes only; whoever names it gets it on any."""

    @classmethod
    def suits(cls, rows: int) -> bool:
        """Whether it is worth trying on so many rows to learn from."""
        ...


@runtime_checkable
class Conditional(Protocol):
    """Samples rows that agree with given values, by conditioning and not by throwing rows away."""

    def sample_where(self, n: int, given: Mapping[str, Any | Sequence[Any]], *, rng: np.random.Generator) -> Table:
        """`n` rows with `given[column]` (one value, or `n` of them) in the named columns."""
        ...

    def categories(self, column: str) -> tuple[str, ...]:
        """The categories of a column that it gives out, most frequent first."""
        ...


@runtime_checkable
class Coding(Protocol):
    """Gives its rows as codes, so that whoever writes millions of them need not make an object of every cell.

    It is what `sample` decodes; a model that is `Conditional` takes `given` too, as `sample_where` does.
    """

    def coded(self, n: int, *, rng: np.random.Generator) -> Coded:
        """`n` rows, not yet decoded."""
        ...


@runtime_checkable
class Imputer(Protocol):
    """Fills the missing cells of rows from their law given the other cells of the row."""

    def impute(self, table: Table, *, rng: np.random.Generator | None = None) -> Table:
        """The table with no cell missing, but for keys and texts; filled cells are left as they are.

        Args:
            table: with the columns of the fitted table.
            rng: draws each missing cell (as multiple imputation needs); without it the expected number or the likeliest
                category is put in, which errs least and narrows the law of the column.

        Raises:
            SchemaError: a column of the fitted table is missing.
        """
        ...


@runtime_checkable
class Density(Protocol):
    """Knows how likely a row is."""

    def log_density(self, table: Table) -> np.ndarray:
        """(n,) log densities in nats; keys and texts count only by whether they are missing.

        Categories and missing cells count by probability. A number counts by its density over the ranks of the fitted
        column, where the column's own law is 1 everywhere: so densities do not change with a unit, and those of two
        models of the same rows can be compared. A number that was never seen takes the place of the nearest below.

        Raises:
            SchemaError: a column of the fitted table is missing.
        """
        ...


@runtime_checkable
class Private(Protocol):
    """Learns a table under differential privacy: it asks a curator, and never sees a row.

    `sample`, `save` and `load` are as for a `Synthesizer`; what is drawn or saved costs no more privacy.
    """

    name: ClassVar[str]
    card: ClassVar[Card]
    adds_up: ClassVar[Literal["rho", "epsilon"]]
    """In what releases add up: rho, where every answer is zero-concentrated, or plainly epsilon and delta."""

    def fit(self, curator: Curator, domain: Domain, *, rng: np.random.Generator, progress: Progress = silent) -> Self:
        """Spend the curator's budget; `rng` is for what depends on no data."""
        ...

    @property
    def guarantee(self) -> Guarantee:
        """What was spent, and on what."""
        ...

    @property
    def rows(self) -> int:
        """How many rows it learned from, as far as the noise tells."""
        ...

    def sample(self, n: int, *, rng: np.random.Generator) -> Table: ...

    def save(self, folder: Path) -> None: ...

    @classmethod
    def load(cls, folder: Path) -> Self: ...


@runtime_checkable
class Wary(Protocol):
    """A private model that knows, without any data, when a fit cannot be."""

    def ready(self, epsilon: float, delta: float) -> None:
        """Say so before anything is charged.

        Raises:
            ConfigError: the budget is too little for it.
            MissingExtra: a package is not there.
        """
        ...


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which terms a network is trained: they bear on how long it takes, not on what the model is.

    Args:
        seconds: of wall-clock time, at most; a fit that this ends is not the same on a faster machine.
        checkpoint: a folder for a file to go on from after a kill, which is removed when the training is over.
        start: the folder of a saved model whose weights are begun with, where columns and sizes agree.
    """

    seconds: float = float("inf")
    checkpoint: Path | None = None
    start: Path | None = None


@runtime_checkable
class Noted(Protocol):
    """A synthesizer that tells what its fit found."""

    @property
    def notes(self) -> Mapping[str, Any]:
        """Plain values for the decision record; of a training: steps, what ended it, warnings. Empty before the fit."""
        ...


@runtime_checkable
class Trained(Noted, Protocol):
    """A synthesizer whose fit takes many steps and can be given terms."""

    terms: Terms


@runtime_checkable
class Latent(Protocol):
    """A synthesizer with a latent space: rows become points, points become rows."""

    def encode(self, table: Table) -> np.ndarray:
        """(n, d) points of rows with the columns of the fitted table."""
        ...

    def decode(self, points: np.ndarray, *, rng: np.random.Generator | None = None) -> Table:
        """The most likely row at each of (n, d) points; a row drawn at each with `rng`."""
        ...


@runtime_checkable
class Detector(Protocol):
    """Tells how odd rows are."""

    @property
    def schema(self) -> Schema:
        """Of the fitted table."""
        ...

    def surprise(self, table: Table) -> tuple[np.ndarray, tuple[str, ...]]:
        """(n, c) nats by which each column of a row is less likely than it usually is, and the names of the columns.

        The sum of a row is its anomaly score.
        """
        ...


@dataclass(frozen=True, slots=True)
class Plan:
    """Which series to make.

    Args:
        mode: "twin": the calendar of each fitted series, on new paths whose level is drawn anew; "continue": what may
            come after the end; "new-entity": entities that never were, by the law of the panel; "augment": variants of
            each fitted series around its own trend, to train on; "what-if": "continue" with other exogenous values or
            with shocks.
        paths: how many of each series ("new-entity": how many entities).
        horizon: rows to make after the end ("continue" and "what-if"); the longest season (or 10 rows) by default.
        exog: entity -> (horizon, e) values of the exogenous columns after the end; "" for a lone series. Needed in
            "continue" and "what-if" where the panel has exogenous columns.
        shocks: what-if: "scale" multiplies all innovations, "level" is added at the end of the fitted series in
            standard deviations of the one-step innovations.
    """

    mode: Mode = "twin"
    paths: int = 1
    horizon: int | None = None
    exog: Mapping[str, np.ndarray] = field(default_factory=dict)
    shocks: Mapping[str, float] = field(default_factory=dict)


@runtime_checkable
class Simulator(Protocol):
    """Learns the series of a panel and makes new ones on its calendar.

    `fit` leaves its input untouched and returns the model itself; `simulate` is a pure function of the fitted state,
    the plan and `rng`; `save` and `load` are as for a `Synthesizer`.
    """

    name: ClassVar[str]
    card: ClassVar[Card]
    modes: ClassVar[frozenset[str]]
    """The modes it can do."""

    @classmethod
    def refuses(cls, panel: Panel) -> str:
        """Why this model does not suit the panel, in one clause for a person to read; "" where it does."""
        ...

    def fit(self, panel: Panel, *, rng: np.random.Generator, progress: Progress = silent) -> Self: ...

    def simulate(self, plan: Plan, *, rng: np.random.Generator) -> Panel:
        """New series: `plan.paths` for each fitted one (their `path` is 0, 1, ...), or as many new entities.

        Raises:
            ConfigError: a mode this model cannot do, a horizon or paths below 1, exogenous values that are missing or
                have the wrong shape.
        """
        ...

    @property
    def notes(self) -> Mapping[str, Any]:
        """What the fit found, as plain values for the decision record: forms chosen, tests made, switches set."""
        ...

    def save(self, folder: Path) -> None: ...

    @classmethod
    def load(cls, folder: Path) -> Self: ...


@runtime_checkable
class Gated(Protocol):
    """A simulator that tests, while it is fitted, whether it is worth anything.

    Where it is not, it says why in `notes["switched off"]`, and is then the simpler model it is built on.
    """

    @property
    def settled(self) -> Mapping[str, Any]:
        """Arguments of its class with which a fit on more rows decides the same without testing again."""
        ...


@runtime_checkable
class Continuing(Protocol):
    """A simulator that knows where the series it was fitted on ended, also after it was saved and loaded."""

    @property
    def places(self) -> Panel:
        """The fitted series without their values: whose they are, where each begins and where it stops."""
        ...


Each = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]
"""What a job gives back for each item, in order: the built-in `map`, or one that has others do the work."""


@runtime_checkable
class Separate(Protocol):
    """A simulator that fits each series by itself, and lets others do it, in any process and any order.

    A series draws from a stream of its own, so the fit is the same whoever does it.
    """

    each: Each
    """Who does: the built-in `map` until it is set."""
