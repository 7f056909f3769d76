"""The calendar, the columns and the schema of a panel, without its series, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synthkit.data.grid import Grid
from synthkit.data.panel import Panel, Roles
from synthkit.data.schema import Schema

__all__ = ["shell_from_dict", "shell_to_dict"]


def shell_to_dict(panel: Panel) -> dict[str, Any]:
    """Plain values."""
    roles = {name: getattr(panel.roles, name) for name in Roles.__slots__}
    return {"grid": panel.grid.to_dict(), "roles": roles, "schema": panel.schema.to_toml()}


def shell_from_dict(plain: Mapping[str, Any]) -> Panel:
    """A panel without series, from what `shell_to_dict` (or its JSON) gave."""
    roles: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in plain["roles"].items()}
    return Panel((), Grid.from_dict(plain["grid"]), Roles(**roles), Schema.from_toml(plain["schema"]))
