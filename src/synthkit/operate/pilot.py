"""The pilot: a short list of models, measured side by side before a decision."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from synthkit import files
from synthkit.config import PipelineConfig, seconds
from synthkit.data import catalog
from synthkit.decide.climb import Rung
from synthkit.decide.ladder import ladder
from synthkit.decide.record import record
from synthkit.decide.series import series_ladder
from synthkit.errors import ConfigError, InputError
from synthkit.models import registry
from synthkit.operate._pilot_apart import Purse
from synthkit.operate._pilot_candidate import Candidate, Setting
from synthkit.operate._pilot_challenge import challenge_lines
from synthkit.operate._pilot_series import pilot_series
from synthkit.operate._pilot_table import TableTask, pilot_table
from synthkit.operate._pilot_task import Ready, ready
from synthkit.progress import Progress, silent
from synthkit.report import pilot as shown
from synthkit.result import Result
from synthkit.scale.engine import cores, opened
from synthkit.scorecard import finite

__all__ = ["FIRST_ROWS", "Pilot", "pilot", "pilot_run"]

FIRST_ROWS: Final = 2000
"""Train rows of the first round."""


@dataclass(frozen=True)
class Pilot(Result):
    """The outcome: what `generate` gives with the winner, and the measures of all candidates.

    Args:
        candidates: from the simplest up.
        jobs: processes at a time.
        first_rows: train rows of the first round.
        price: of an hour of one core, if it was told.
        challenged: whether the rungs above the winner were asked for.
        seconds: wall-clock, in all.
    """

    candidates: tuple[Candidate, ...] = ()
    jobs: int = 1
    first_rows: int = FIRST_ROWS
    price: float | None = None
    challenged: bool = False
    seconds: float = 0.0

    @property
    def challenge(self) -> tuple[str, ...]:
        """A line for each model that stands above the winner and was run: whether it would have paid."""
        return challenge_lines(self.candidates, self.climb.rung) if self.climb.rung else ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values: everything."""
        return {
            "verdict": self.verdict.value,
            "chosen": self.climb.chosen,
            "because": self.climb.because,
            "kind": self.climb.kind,
            "goal": dict(self.goal),
            "jobs": self.jobs,
            "first_rows": self.first_rows,
            "price": self.price,
            "seconds": round(self.seconds, 3),
            "candidates": [
                one.to_dict(self.price) | {"chosen": one.name == self.climb.chosen} for one in self.candidates
            ],
            "challenged": self.challenged,
            "challenge": list(self.challenge),
            "backtest": self.climb.backtest.to_dict() if self.climb.backtest else None,
        }

    def markdown(self) -> str:
        """The comparison, as Markdown."""
        return shown.markdown(self.to_dict())

    def save(self, folder: str | Path, *, table: str | Path | None = None) -> dict[str, Path]:
        """Write what a run leaves behind, and `pilot.json`: all of it or nothing."""
        return super().save(folder, table=table) | {"pilot": Path(folder) / "pilot.json"}

    def _write(self, folder: Path, now: datetime) -> None:
        super()._write(folder, now)
        words = record(
            self.climb, self.goal, date=now.date().isoformat(), measured=shown.comparison(self.to_dict()),
            challenge=self.challenge, challengers={c.name for c in self.candidates if c.challenger},
        )  # fmt: skip
        files.write_text(folder / "decision.md", words)
        told = json.dumps(finite(self.to_dict()), indent=1, allow_nan=False)
        files.write_text(folder / "pilot.json", told + "\n")


def pilot(
    source: Any,  # noqa: ANN401 - as `generate`
    *,
    models: Sequence[str] = (),
    challenge: bool = False,
    jobs: int | None = None,
    engine: str = "local",
    address: str | None = None,
    first_rows: int = FIRST_ROWS,
    price: float | None = None,
    budget: float | str = 300.0,
    progress: Progress = silent,
    **asked: Any,  # noqa: ANN401 - the other arguments of `generate`
) -> Pilot:
    """Measure a short list of models side by side, and choose by the ladder's rule.

    Models that are named all run; without a list, the ladder is climbed until one is good enough. A model that is
    clearly worse than a simpler one leaves after a first round on few rows (of series: after the first origin of the
    backtest). Whatever happens to one of them, the others go on.

    Args:
        source: as for `generate`.
        models: the short list.
        challenge: run the rungs above the winner too.
        jobs: processes at a time; as many as there are usable cores by default. They change no row,
            unless a network is stopped by its share of the time.
        engine, address: a cluster that does the work, see `synthkit.scale.engine.opened`; there no model is stopped
            in its middle. Memory and seconds are those of its workers.
        first_rows: train rows of the first round; 0 leaves it out.
        price: of an hour of one core, for the cost in money.
        budget: seconds, or "5m", for everything but the winner's last fit to all rows of series.
        progress: told model by model.
        asked: the other arguments of `generate`; a checkpoint and a warm start are not among them.

    Raises:
        InputError: the data cannot be used as they are, or no model came through.
        ConfigError: an option makes no sense.
        UnknownName: a model that does not exist.
    """
    began = time.perf_counter()
    slots = _slots(jobs)
    if first_rows < 0 or (price is not None and price < 0):
        raise ConfigError("rows of a first round, and a price, are not negative")
    progress("read", 0.0)
    prepared = ready(source, models=models, budget=budget, **asked)
    progress("read", 1.0)
    names = _short_list(prepared, models)
    with ExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory(prefix="synthkit-pilot-"))
        crew = stack.enter_context(opened(engine, workers=jobs, address=address)) if engine != "local" else None
        slots = crew.workers if crew else slots
        setting = Setting(frozenset(models), Purse(seconds(budget), began, slots), Path(home), progress, crew)
        if isinstance(prepared.task, TableTask):
            found, climb = pilot_table(
                prepared.task, names, first_rows=first_rows, challenge=challenge, setting=setting
            )
        else:
            assert prepared.panel is not None
            found, climb = pilot_series(prepared.task, prepared.panel, names, challenge=challenge, setting=setting)
    if climb.chosen is None or climb.table is None:
        raise _nothing(climb.tried)
    goal, schema = dict(prepared.goal), prepared.schema
    if climb.kind == "series":
        goal["rows_made"], schema = len(climb.table), climb.table.schema
    return Pilot(
        climb, schema, goal, prepared.like, candidates=tuple(found), jobs=slots, first_rows=first_rows, price=price,
        challenged=challenge, seconds=time.perf_counter() - began,
    )  # fmt: skip


def pilot_run(config: PipelineConfig | str | Path, *, progress: Progress = silent, **more: Any) -> Pilot:  # noqa: ANN401
    """The pilot of what a pipeline file asks for; `more` are arguments of `pilot` that go before those of the file.

    Raises:
        ConfigError: the file asks for something that makes no sense.
    """
    config = config if isinstance(config, PipelineConfig) else PipelineConfig.read(config)
    data = config.data
    told: dict[str, Any] = {
        "models": config.ladder.models, "budget": config.run.budget, "rows": config.run.rows, "seed": config.run.seed,
    } | more  # fmt: skip
    return pilot(
        catalog.path(data.dataset) if data.dataset else data.source,
        target=data.target, time=data.time, entity=data.entity, schema=data.schema_file, holdout=data.holdout,
        share=data.share, drop=data.drop, constant=data.constant, encoding=data.encoding,
        options=config.ladder.options, criteria=config.criteria, privacy=config.ladder.privacy, upkeep=config.upkeep,
        progress=progress, **told, **config.series.given,
    )  # fmt: skip


def _slots(jobs: int | None) -> int:
    if jobs is not None and jobs < 1:
        raise ConfigError(f"{jobs} jobs do nothing", hint="ask for at least one")
    return cores() if jobs is None else jobs


def _short_list(prepared: Ready, models: Sequence[str]) -> tuple[str, ...]:
    """The models that were named, if they are of the right kind, or all of the ladder."""
    of_table = isinstance(prepared.task, TableTask)
    for name in models:
        (registry.get if of_table else registry.simulator)(name)
    return tuple(models) or (ladder if of_table else series_ladder)()


def _nothing(tried: Sequence[Rung]) -> InputError:
    reasons = "; ".join(f"{rung.model} {rung.because}" for rung in tried)
    short = any("budget" in rung.because for rung in tried)
    hint = "give it more time with --budget, or fewer models" if short else ""
    return InputError(f"no model came through: {reasons}", hint=hint)
