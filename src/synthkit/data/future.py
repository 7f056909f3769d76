"""What is known of the rows after the end: the exogenous columns, read from a table of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from synthkit.data.clock import read_moments, unfolded
from synthkit.data.roles import number_cells
from synthkit.errors import ConfigError, InputError, SchemaError

if TYPE_CHECKING:
    import numpy.typing as npt

    from synthkit.data.panel import Panel
    from synthkit.data.table import Table

__all__ = ["future_exog"]


def future_exog(panel: Panel, table: Table | None, horizon: int) -> dict[str, npt.NDArray[np.float64]]:
    """The values of the exogenous columns in the `horizon` rows after the end of each series.

    Args:
        panel: the series.
        table: rows with the exogenous columns, the time column (rows are matched by it, and may reach further or begin
            earlier; without one they follow the end in their order) and, of several series, the entity column.
        horizon: rows ahead.

    Returns:
        Entity -> (horizon, e).

    Raises:
        ConfigError: no table was given.
        SchemaError: a column is missing from it, or holds missing cells.
        InputError: it does not reach far enough.
    """
    roles = panel.roles
    named = ", ".join(repr(name) for name in roles.exog)
    if table is None:
        raise ConfigError(
            f"the exogenous columns {named} are not known after the end of the data",
            hint=f"give a file with them for the next {horizon:,} rows with --future (future= in Python)",
        )
    for name in (*roles.exog, *roles.time, *((roles.entity,) if roles.entity else ())):
        if name not in table.schema:
            raise SchemaError(f"the table of the future lacks the column {name!r}", hint="add it to the file")
    cells = number_cells(table, roles.exog, "exog")
    owners = table.frame[roles.entity].astype(str).to_numpy() if roles.entity else np.full(len(table), "")
    places = _places(panel, table, np.unique(owners, return_inverse=True)[1])
    found = {}
    for number, series in enumerate(panel, start=1):
        mine = np.flatnonzero(owners == series.entity)
        at = places[mine] - series.stop if places is not None else np.arange(len(mine))
        rows = np.full(horizon, -1)
        inside = (at >= 0) & (at < horizon)
        rows[at[inside]] = mine[inside]
        if (short := int((rows < 0).sum())) > 0:
            whose = f" of series {number:,}" if roles.entity else ""
            raise InputError(
                f"the table of the future lacks {short:,} of the {horizon:,} rows after the end{whose}",
                hint="add them, or ask for a shorter horizon",
            )
        found[series.entity] = cells[rows]
    return found


def _places(panel: Panel, table: Table, owners: npt.NDArray[np.int64]) -> npt.NDArray[Any] | None:
    """The grid position of each row, or None where rows have no time."""
    if not panel.roles.time:
        return None
    moments = read_moments(table, panel.roles.time)
    moments = moments.settled() if panel.grid.zone else moments
    stamps = moments.values
    if moments.years and panel.grid.dated:
        stamps = (stamps - 1970).astype("datetime64[Y]")
    elif panel.grid.zone and not moments.zone:
        stamps, _ = unfolded(stamps, owners, panel.grid.zone)
    return np.asarray(panel.grid.positions(stamps), dtype=np.int64)
