"""PAR, the sequential model of SDV, behind our protocol: the peer that panels are measured against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from synthkit.errors import ConfigError, NotFitted
from synthkit.models import artifact
from synthkit.models._forest import Growth
from synthkit.models.base import Plan
from synthkit.models.card import Card
from synthkit.models.series._entities import labels
from synthkit.models.series._sequence.chain import Chain, begin, learn_head
from synthkit.models.series._sequence.layout import Layout, Rows, Words
from synthkit.models.series._sequence.memory import Memory
from synthkit.models.series._sequence.parts import nested, under
from synthkit.models.series._sequence.scores import Scores
from synthkit.models.series._shell import shell_from_dict, shell_to_dict
from synthkit.progress import Progress, part, silent
from synthkit.rng import seed_of

if TYPE_CHECKING:
    from synthkit.data.panel import Panel, Series

__all__ = ["MODEL", "Par"]

_FEWEST = 10
_EPOCHS = 128  # as in sdv


@dataclass(frozen=True)
class _Fitted:
    """What is learned.

    Args:
        shell: calendar, columns and schema.
        taken: labels of the fitted entities.
        layout: of marks and static columns.
        head: the law of attributes and of where an entity begins.
        scores: of the channels.
        gaps: of the time between rows; None on an even calendar.
        holes: whether rows are ever missing from the calendar.
        network: trained.
    """

    shell: Panel
    taken: tuple[str, ...]
    layout: Layout
    head: Chain
    scores: tuple[Scores, ...]
    gaps: Scores | None
    holes: bool
    network: Any


class Par:
    """A recurrent network that draws each row given the rows so far and the attributes of the entity.

    The network, its sampling and its defaults are those of `sdv.sequential.PARSynthesizer`. What is around it is ours,
    and kinder to it: numbers come as normal scores and go back to the range and the resolution of the data, the
    likelihood is summed over the right rows, attributes are drawn by a chain of trees. It is tried only by name.

    Args:
        epochs: passes over all entities.

    References:
        Zhang, Patki and Veeramachaneni (2022), Sequential Models in the Synthetic Data Vault, arXiv 2207.14406.
    """

    name: ClassVar[str] = "par"
    modes: ClassVar[frozenset[str]] = frozenset({"new-entity"})
    card: ClassVar[Card] = Card(
        family="recurrent network",
        rung=75,
        summary="A small recurrent network draws each row given those so far, each column by itself (PAR of SDV).",
        assumes="Columns of one row are independent given the rows before; 32 numbers remember the past.",
        fails_when="Columns belong together within a row, levels differ between entities, or entities are few.",
        data_hunger="Hundreds of entities.",
        latency="Some hundred rows a second: rows are drawn one by one.",
        control="New entities only.",
        cost="Seconds for a thousand rows; time grows with rows times epochs.",
        licence="BUSL-1.1 (deepecho)",
        references=("Zhang, Patki and Veeramachaneni 2022",),
    )

    def __init__(self, *, epochs: int = _EPOCHS) -> None:
        if epochs < 1:
            raise ConfigError(f"{epochs} epochs train nothing", hint="ask for at least 1")
        self._options: dict[str, Any] = {"epochs": epochs}
        self._fitted: _Fitted | None = None
        self._notes: dict[str, Any] = {}

    @classmethod
    def refuses(cls, panel: Panel) -> str:
        """Why this model does not suit the panel; "" where it does."""
        if len(panel.entities) < _FEWEST:
            return f"it needs {_FEWEST} entities, and here are {len(panel.entities)}"
        if panel.roles.exog:
            return "it takes no known inputs"
        return ""

    def fit(self, panel: Panel, *, rng: np.random.Generator, progress: Progress = silent) -> Self:
        """Learn the law of attributes, then train the network on the rows."""
        from synthkit.models.series._par_net import Network

        first, second, third, fourth = rng.spawn(4)
        layout = Layout.learn(panel, first)
        rows = layout.rows(panel, second)
        numbers = [name for name, code in layout.static.items() if code is None]
        static = {name: Scores.of(panel.schema[name], rows.static[name]) for name in numbers}
        bare = replace(rows, values=rows.values[:, :, :0], marks=rows.marks[:, :, :0])
        head = learn_head(bare, layout, _NOTHING, static, growth=Growth(), rng=third)
        progress("fit", 0.1)
        scores = tuple(
            Scores.of(panel.schema[name], rows.values[:, :, c][rows.present])
            for c, name in enumerate(panel.roles.values)
        )
        inside = np.arange(rows.stamps.shape[1]) < rows.length[:, None]
        gaps = None
        if not panel.grid.regular:
            steps = np.diff(rows.stamps, axis=1)[inside[:, 1:]]
            gaps = Scores.learn(steps, whole=bool(np.all(steps == np.round(steps))), decimals=None)
        fitted = _Fitted(
            panel.of([]), panel.entities, layout, head, scores, gaps, bool((inside & ~rows.present).any()), 0
        )
        network = Network(self._options["epochs"], part(progress, "fit", 0.1, 1.0)).learn(
            [_context(layout, rows.static, at) for at in range(len(panel))],
            [_columns(fitted, rows, at) for at in range(len(panel))],
            kinds=(_context_types(layout), _types(fitted)),
            seed=seed_of(fourth),
        )
        self._fitted = replace(fitted, network=network)
        self._notes = {"epochs": network.epochs, "last loss": float(network.loss_values["Loss"].iloc[-1])}
        progress("fit", 1.0)
        return self

    @property
    def notes(self) -> Mapping[str, Any]:
        """What the fit found."""
        return self._notes

    def simulate(self, plan: Plan, *, rng: np.random.Generator) -> Panel:
        """New entities by the plan."""
        fitted = self._ready()
        if plan.mode not in self.modes:
            raise ConfigError(f"'{self.name}' cannot make {plan.mode} series", hint="ask for mode new-entity")
        if plan.paths < 1:
            raise ConfigError(f"{plan.paths} paths make no series", hint="ask for at least 1")
        if plan.horizon is not None:
            raise ConfigError("new entities have lengths of their own", hint="leave the horizon out")
        columns, stamp, _ = begin(fitted.head, _NOTHING, fitted.layout, plan.paths, rng)
        statics = fitted.layout.statics(columns, plan.paths, rng)
        contexts = [_context(fitted.layout, columns, at) for at in range(plan.paths)]
        drawn = fitted.network.draw(contexts, seed=seed_of(rng))
        names = labels(fitted.taken, plan.paths)
        made = [_series(fitted, cells, begins, name) for cells, begins, name in zip(drawn, stamp, names, strict=True)]
        return fitted.shell.of([replace(one, static=static) for one, static in zip(made, statics, strict=True)])

    def _ready(self) -> _Fitted:
        if self._fitted is None:
            raise NotFitted(self.name)
        return self._fitted

    def save(self, folder: Path) -> None:
        """Write JSON and arrays."""
        fitted = self._ready()
        states: dict[str, Any] = {
            "layout": fitted.layout.to_state(),
            "head": fitted.head.to_state(),
            "network": fitted.network.to_state(),
            **{f"scores{c}": scores.to_state() for c, scores in enumerate(fitted.scores)},
        }
        if fitted.gaps:
            states["gaps"] = fitted.gaps.to_state()
        plain = {
            "options": self._options,
            "notes": self._notes,
            "shell": shell_to_dict(fitted.shell),
            "taken": list(fitted.taken),
            "holes": fitted.holes,
            "states": {key: state for key, (state, _) in states.items()},
        }
        arrays = {name: array for key, (_, parts) in states.items() for name, array in nested(key, parts).items()}
        artifact.save(folder, self.name, plain, arrays)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a saved model."""
        from synthkit.models.series._par_net import Network

        plain, arrays = artifact.load(folder, cls.name)
        model, states = cls(**plain["options"]), plain["states"]

        def read(kind: Any, key: str) -> Any:  # noqa: ANN401 - one of several kinds
            return kind.from_state(states[key], under(key, arrays))

        model._notes = plain["notes"]
        shell = shell_from_dict(plain["shell"])
        scores = tuple(read(Scores, f"scores{c}") for c in range(len(shell.roles.values)))
        gaps = read(Scores, "gaps") if "gaps" in states else None
        model._fitted = _Fitted(
            shell, tuple(plain["taken"]), read(Layout, "layout"), read(Chain, "head"), scores, gaps, plain["holes"],
            read(Network, "network"),
        )  # fmt: skip
        return model


_NOTHING = Memory(
    channels=(), scores=(), marks=(), seasons=(), irregular=False, centre=0.0, scale=1.0, bounds=(),
    calendar=np.zeros((0, 0)), begin=0, holes=(), lines=(),
)  # fmt: skip
"""What is known of rows while attributes are drawn."""


def _context_types(layout: Layout) -> list[str]:
    kinds = {Words: "categorical", type(None): "continuous"}
    return [kinds[type(code)] for code in layout.static.values() if type(code) in kinds]


def _context(layout: Layout, columns: Mapping[str, np.ndarray], at: int) -> list[Any]:
    """Attributes as the network takes them: codes and numbers, without text."""
    known = [(columns[name][at], code) for name, code in layout.static.items() if name in columns]
    return [int(value) if isinstance(code, Words) else float(value) for value, code in known]


def _types(fitted: _Fitted) -> list[str]:
    numbers = ["continuous"] * len(fitted.scores) + ["categorical"] * len(fitted.layout.marks)
    return numbers + ["continuous"] * (fitted.gaps is not None) + ["categorical"] * fitted.holes


def _columns(fitted: _Fitted, rows: Rows, at: int) -> list[list[Any]]:
    """The rows of an entity as the network takes them."""
    n = int(rows.length[at])
    found: list[Sequence[Any]] = [
        _seen(scores, scores.encode(rows.values[at, :n, c])) for c, scores in enumerate(fitted.scores)
    ]
    found += [rows.marks[at, :n, j].tolist() for j in range(len(fitted.layout.marks))]
    if fitted.gaps:
        found.append(_seen(fitted.gaps, fitted.gaps.encode(np.diff(rows.stamps[at, :n], prepend=np.nan))))
    if fitted.holes:
        found.append(rows.present[at, :n].astype(int).tolist())
    return [list(column) for column in found]


def _seen(scores: Scores, column: np.ndarray) -> list[float]:
    """A column without any value says nothing, and its mean would be none."""
    return (column if len(scores.at) else np.zeros(len(column))).tolist()


def _series(fitted: _Fitted, cells: list[list[Any]], begins: float, name: str) -> Series:
    """An entity from what the network drew."""
    k, m = len(fitted.scores), len(fitted.layout.marks)
    n = len(cells[0])
    rest = list(cells[k + m :])
    values = [scores.decode(np.array(cells[c], float)) for c, scores in enumerate(fitted.scores)]
    marks = np.array(cells[k : k + m], np.int32).reshape(m, n).T
    stamps = np.arange(n) + begins
    if fitted.gaps:
        steps = np.nan_to_num(fitted.gaps.decode(np.array(rest.pop(0), float)), nan=0.0)
        steps = np.maximum(steps, fitted.gaps.at.min(initial=1.0))
        stamps = begins + np.concatenate([[0.0], np.cumsum(steps[1:])])
    present = np.array(rest.pop(0), bool) if fitted.holes else np.ones(n, bool)
    present[0] = True
    rows = Rows(
        np.array([round(begins)]), np.array([n]), np.column_stack(values or [np.zeros((n, 0))])[None], marks[None],
        present[None], stamps[None],
    )  # fmt: skip
    return fitted.layout.series(rows, 0, name, irregular=fitted.gaps is not None)


MODEL = Par
