"""What a run leaves behind: the rows, the scorecard, the decision, the report, the model."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthkit import files
from synthkit.data import io
from synthkit.data.marking import mark
from synthkit.decide.criteria import Judgement, Verdict, shown
from synthkit.decide.record import decision, record
from synthkit.errors import ConfigError
from synthkit.private.guarantee import Guarantee
from synthkit.report.render import render
from synthkit.report.render import write as write_report

if TYPE_CHECKING:
    from synthkit.data.schema import Schema
    from synthkit.data.table import Table
    from synthkit.decide.climb import Climb
    from synthkit.models.base import Private, Simulator, Synthesizer
    from synthkit.scorecard import Scorecard

__all__ = ["Judged", "Result"]

_KINDS = (".tsv", ".parquet", ".pq", ".feather", ".arrow", ".ipc")
"""Suffixes of a source that its synthetic rows take on; all others give .csv."""


@dataclass(frozen=True)
class Result:
    """The outcome of `generate`.

    Args:
        climb: what was tried and chosen, with the fitted model and its rows.
        schema: of the real and of the synthetic table.
        goal: what was asked and on what, as plain values.
        like: the dataframe that came in, if one did: `frame` is of its kind.
        suffix: of the files that came in, where the name of the source does not tell.
    """

    climb: Climb
    schema: Schema
    goal: Mapping[str, Any]
    like: Any = field(default=None, repr=False)
    suffix: str = ""

    @property
    def table(self) -> Table:
        """The synthetic rows with their schema."""
        if self.climb.table is None:
            raise ConfigError(f"there are no synthetic rows: {self.climb.because}")
        return self.climb.table

    @property
    def frame(self) -> Any:  # noqa: ANN401 - the kind of dataframe that came in
        """The synthetic rows as the kind of dataframe that came in (pandas for a file)."""
        return io.from_table(self.table, self.like)

    @property
    def model(self) -> Synthesizer | Simulator | Private:
        """The fitted model."""
        if self.climb.model is None:
            raise ConfigError(f"there is no model: {self.climb.because}")
        return self.climb.model

    @property
    def verdict(self) -> Verdict:
        """PASS, FAIL or INCONCLUSIVE."""
        return self.climb.verdict

    @property
    def scorecard(self) -> Scorecard:
        """Of the chosen model's rows."""
        rung = self.climb.rung
        if rung is None or rung.scorecard is None:
            raise ConfigError(f"nothing was judged: {self.climb.because}")
        return rung.scorecard

    @property
    def guarantee(self) -> Guarantee | None:
        """What the rows and the model promise, if they were made with differential privacy."""
        plain = self.goal.get("guarantee")
        return Guarantee.from_dict(plain) if plain else None

    @property
    def decision(self) -> dict[str, Any]:
        """Verdict, criteria and ladder as plain values."""
        return decision(self.climb, self.goal)

    def report(self, path: str | Path) -> Path:
        """Write the report; the suffix (.html, .md, .json, .txt) says in which form."""
        return write_report(path, self.scorecard, self.decision)

    def summary(self) -> str:
        """About ten lines of plain text."""
        return render(self.scorecard, self.decision, form="terminal")

    def _repr_html_(self) -> str:
        """The report, as notebooks show it."""
        html = render(self.scorecard, self.decision, form="html")
        escaped = html.replace("&", "&amp;").replace('"', "&quot;")
        return f'<iframe title="synthkit report" srcdoc="{escaped}" style="width:100%;height:80vh;border:0"></iframe>'

    def save(self, folder: str | Path, *, table: str | Path | None = None) -> dict[str, Path]:
        """Write everything a run leaves behind: all of it, or, when anything goes wrong, nothing.

        Args:
            folder: made if need be; files of an earlier run there stay until all the new ones are written.
            table: where to write the rows instead of `synthetic.csv` in the folder (or `.parquet`, or whatever other
                kind of file came in).

        Returns:
            What was written: table, schema, scorecard, report, decision, model, record; and the guarantee, if there
            is one.

        Raises:
            OutputError: the folder cannot be written.
        """
        folder, now = Path(folder), datetime.now(UTC)
        came = self.suffix or Path(str(self.goal["source"])).suffix.lower()
        rows = f"synthetic{came if came in _KINDS else '.csv'}"
        found = {
            "table": Path(table) if table else folder / rows,
            "schema": folder / "schema.toml",
            "scorecard": folder / "scorecard.json",
            "report": folder / "report.html",
            "decision": folder / "decision.md",
            "model": folder / "model",
            "record": folder / "record.json",
        }
        if self.guarantee:
            found["guarantee"] = folder / "guarantee.md"
        with files.staged(folder) as stage:
            self._write(stage, now)
            written = found["table"] if table else stage / rows
            io.write_table(self.table, written, synthetic=True)
            mark(written, self._origin(now))
            kept = {"table": {"file": str(table or rows), "sha256": files.sha256(written)}}
            kept |= {"files": files.digests(stage)}
            files.write_text(stage / "record.json", _json(self._record(now) | kept))
        return found

    def _write(self, folder: Path, now: datetime) -> None:
        files.write_text(folder / "schema.toml", self.schema.to_toml())
        saved = {"scorecard": self.scorecard.to_dict(), "decision": self.decision}
        files.write_text(folder / "scorecard.json", _json(saved))
        self.report(folder / "report.html")
        files.write_text(folder / "decision.md", record(self.climb, self.goal, date=now.date().isoformat()))
        self.model.save(folder / "model")
        if self.guarantee:
            files.write_text(folder / "guarantee.md", self.guarantee.statement)

    def _origin(self, now: datetime) -> dict[str, Any]:
        """What the mark beside the rows says; nothing that was measured on real rows goes beside private ones."""
        origin = {"model": self.climb.chosen, "made": now.isoformat(timespec="seconds")}
        if self.guarantee:
            return origin | {"guarantee": self.guarantee.sentence}
        return origin | {"verdict": self.verdict.value, "holdout_digest": self.goal["holdout_digest"]}

    def _record(self, now: datetime) -> dict[str, Any]:
        return {
            "finished": now.isoformat(timespec="seconds"),
            "goal": dict(self.goal),
            "verdict": self.verdict.value,
            "chosen": self.climb.chosen,
            "synthetic_digest": self.table.digest(),
            "python": platform.python_version(),
            "provenance": dict(self.scorecard.provenance),
            "tried": [rung.to_dict() for rung in self.climb.tried],
        }


@dataclass(frozen=True)
class Judged:
    """A table that any tool made, held against real rows.

    Args:
        scorecard: what was measured.
        judgements: held against the criteria.
        goal: what was judged.
        blind: whether there was no holdout, so that copying could not be seen.
    """

    scorecard: Scorecard
    judgements: tuple[Judgement, ...]
    goal: Mapping[str, Any]
    blind: bool

    @property
    def verdict(self) -> Verdict:
        """Over all criteria; at best INCONCLUSIVE where there was no holdout."""
        found = Verdict.all_of(j.verdict for j in self.judgements)
        return Verdict.all_of([found, Verdict.INCONCLUSIVE]) if self.blind else found

    @property
    def decision(self) -> dict[str, Any]:
        """As plain values, for the report."""
        return {
            "verdict": self.verdict.value,
            "sentence": self._sentence(),
            "goal": dict(self.goal),
            "criteria": [j.to_dict() for j in self.judgements],
            "tried": [],
            "chosen": None,
            "because": "",
        }

    def report(self, path: str | Path) -> Path:
        """Write the report; the suffix (.html, .md, .json, .txt) says in which form."""
        return write_report(path, self.scorecard, self.decision)

    def _sentence(self) -> str:
        short = [f"{j.label.lower()} {shown(j.value, j.unit)}" for j in self.judgements if j.verdict is Verdict.FAIL]
        if short:
            return f"The table falls short on {', '.join(short)}."
        if self.blind:
            return "Without a holdout nobody can tell whether rows were copied: pass rows the generator never saw."
        if self.verdict is Verdict.INCONCLUSIVE:
            return "Nothing was found wrong, but there are too few rows to be sure of every criterion."
        return "The table meets every criterion."


def _json(values: Any) -> str:  # noqa: ANN401 - plain values
    from synthkit.scorecard import finite

    return json.dumps(finite(values), indent=1, allow_nan=False) + "\n"
