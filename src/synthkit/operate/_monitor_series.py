"""New rows of series: whether continuations cover what came, or whether new entities are like those learned from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synthkit import rng as rng_
from synthkit.data.series import to_panel
from synthkit.errors import SchemaError
from synthkit.models import registry
from synthkit.models.base import Continuing, Plan
from synthkit.operate._drift_structure import Structure, fitted, raw_rows
from synthkit.operate._monitor_ahead import of_time
from synthkit.operate._monitor_entities import of_entities
from synthkit.operate._monitor_parts import Given, Reason, Released, State, nothing_shared

if TYPE_CHECKING:
    from synthkit.data.panel import Panel
    from synthkit.data.table import Table
    from synthkit.models.base import Simulator

__all__ = ["judged"]

CONTINUED = "what the model expected to come after the end of the rows it learned from, on 200 paths"


def judged(run: Released, source: Any, given: Given) -> dict[str, Any]:  # noqa: ANN401 - as in `monitor`
    """Everything that `Watch` holds of series."""
    model = registry.opened(run.folder / "model")
    like = _like(model)
    structure, table = fitted(raw_rows(source, encoding=given.encoding), like.schema, given.drop)
    if table is None and not structure.changed:
        raise nothing_shared(run)
    reasons = _of_structure(structure, like)
    rows = {"learned": int(run.goal.get("rows") or 0)}
    found = {"rows": rows, "baseline": CONTINUED, "blind": (), "structure": structure, "reasons": reasons}
    if structure.lost or table is None:
        return found
    try:
        panel = to_panel(table, like=like)
    except SchemaError as error:
        said = f"the rows no longer fit the calendar: {error.message}"
        return found | {"reasons": [*reasons, Reason("calendar", State.RETRAIN, said)]}
    old = None if given.learned is None else to_panel(_old(given.learned, like, given.encoding), like=like)
    if "continue" not in model.modes or run.goal.get("split") == "by entity":
        known = model.places.entities if isinstance(model, Continuing) else () if old is None else old.entities
        fresh = panel.only(frozenset(panel.entities) - frozenset(known))
        if len(fresh) or "continue" not in model.modes:
            return found | of_entities(run, model, fresh, old, given=given, reasons=reasons)
    return found | of_time(run, model, panel, old, given=given, reasons=reasons)


def _like(model: Simulator) -> Panel:
    """A panel whose calendar and columns new rows share."""
    if isinstance(model, Continuing):
        return model.places
    return model.simulate(Plan("new-entity", paths=1), rng=rng_.stream(0, "monitor", "like")).of(())


def _old(source: Any, like: Panel, encoding: str) -> Table:  # noqa: ANN401 - as in `monitor`
    structure, table = fitted(raw_rows(source, encoding=encoding), like.schema)
    if table is None or structure.lost:
        raise SchemaError("the rows learned from lack columns of the run", hint="give the file that `generate` read")
    return table


def _of_structure(structure: Structure, like: Panel) -> list[Reason]:
    lost = structure.lost
    if not lost:
        return [Reason("structure", State.KEEP, "all columns are there, of the same kinds")]
    gone = ", ".join(map(repr, lost))
    channels = like.roles.values + like.roles.marks
    state = State.RETIRE if set(channels) <= set(lost) else State.RETRAIN
    return [Reason("structure", state, f"gone or of another kind: {gone}")]
