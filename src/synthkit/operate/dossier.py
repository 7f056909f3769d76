"""The folder of a run, read again: what was decided, on which figures, and whether the files are still those."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from synthkit.decide.criteria import Criteria
from synthkit.decide.upkeep import Upkeep
from synthkit.errors import ReadError
from synthkit.files import digests, sha256
from synthkit.scorecard import Scorecard

__all__ = ["DECISION", "MANIFEST", "Dossier", "front", "with_front"]

DECISION: Final = "decision.md"
MANIFEST: Final = "manifest.json"
_RECORD: Final = "record.json"
_MODEL: Final = "model"


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything a run left behind, or what the registry keeps of it.

    Args:
        folder: where it lies.
        record: of the run, as plain values.
        decision: verdict, goal, criteria and ladder, as plain values.
        scorecard: the figures.
        criteria: those of the run.
        listed: file -> SHA-256, as it was written down.
        text: of `decision.md`.
    """

    folder: Path
    record: Mapping[str, Any]
    decision: Mapping[str, Any]
    scorecard: Scorecard
    criteria: Criteria
    listed: Mapping[str, str]
    text: str

    @classmethod
    def open(cls, folder: str | Path) -> Self:
        """Read it.

        Raises:
            ReadError: it is no such folder, or was made by a version that kept no digests.
        """
        folder = Path(folder)
        record, saved = _plain(folder, _RECORD), _plain(folder, "scorecard.json")
        manifest = _plain(folder, MANIFEST) if (folder / MANIFEST).is_file() else None
        try:
            text = (folder / DECISION).read_text(encoding="utf-8")
            decision, card = saved["decision"], Scorecard.from_dict(saved["scorecard"])
            # Before it is accepted, people are to edit the decision; from then on the manifest holds it too.
            listed = manifest["files"] if manifest else {k: v for k, v in record["files"].items() if k != DECISION}
            criteria = Criteria.from_list(decision["goal"]["limits"])
        except (OSError, KeyError, TypeError, ValueError):
            raise _no_run(folder) from None
        return cls(folder, record, decision, card, criteria, listed, text)

    @property
    def rows(self) -> Path:
        """The file of the synthetic rows."""
        return self.folder / str(self.record["table"]["file"])

    @property
    def model(self) -> Path:
        """The folder of the fitted model."""
        return self.folder / _MODEL

    @property
    def kind(self) -> str:
        """Whether rows of a table or series: "table" or "series"."""
        return str(self.decision.get("kind", "table"))

    @property
    def upkeep(self) -> Upkeep:
        """The plan for afterwards."""
        return Upkeep.from_dict(self.decision["goal"].get("upkeep") or {})

    @property
    def review(self) -> dt.date:
        """When a person has to look at the decision again: what its front matter says, else what the plan says."""
        told = front(self.text).get("review", "")
        try:
            return dt.date.fromisoformat(told)
        except ValueError:
            return self.upkeep.due(dt.datetime.fromisoformat(self.record["finished"]).date())

    def altered(self) -> dict[str, str]:
        """File -> what is wrong with it; {} if all are as they were written down."""
        there = digests(self.folder, leave={MANIFEST})
        found = {}
        for name, digest in self.listed.items():
            if name not in there:
                found[name] = "is missing"
            elif there[name] != digest:
                found[name] = "was altered"
        if not self.rows.is_file():
            found[self.rows.name] = "is missing"
        elif sha256(self.rows) != self.record["table"]["sha256"]:
            found[self.rows.name] = "was altered"
        if (self.folder / MANIFEST).is_file():
            found |= dict.fromkeys(sorted(set(there) - set(self.listed)), "was added")
        return found


def _plain(folder: Path, name: str) -> Any:  # noqa: ANN401 - plain values
    try:
        return json.loads((folder / name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise _no_run(folder) from None


def _no_run(folder: Path) -> ReadError:
    return ReadError(
        f"{str(folder)!r} is not the folder of a run that can be checked",
        hint="give a folder that `synthkit generate -o FOLDER` of this version wrote",
    )


def front(text: str) -> dict[str, str]:
    r"""The lines between the two `---` at the top of a Markdown file.

    >>> front("---\nstatus: proposed\nreview: 2027-01-02\n---\n\n# Use it\n")
    {'status': 'proposed', 'review': '2027-01-02'}
    """
    parts = text.split("---\n", 2)
    if len(parts) < 3 or parts[0]:
        return {}
    pairs = (line.partition(":") for line in parts[1].splitlines() if line.strip())
    return {key.strip(): value.strip() for key, _, value in pairs}


def with_front(text: str, **changes: str) -> str:
    r"""The same text with some of those lines changed or added (`_` in a name stands for `-`).

    >>> print(with_front("---\nstatus: proposed\n---\n\n# Use it\n", status="accepted", decision_makers="Ada"))
    ---
    status: accepted
    decision-makers: Ada
    ---
    <BLANKLINE>
    # Use it
    <BLANKLINE>
    """
    lines = front(text) | {key.replace("_", "-"): value for key, value in changes.items()}
    body = text.split("---\n", 2)[2] if front(text) else f"\n{text}"
    return "\n".join(["---", *(f"{key}: {value}".rstrip() for key, value in lines.items()), "---"]) + f"\n{body}"
