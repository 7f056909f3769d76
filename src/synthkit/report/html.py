"""The view as one HTML page that needs nothing else: no script, no font, no request."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from synthkit.report import charts, series_charts

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["environment", "html"]


def html(view: Mapping[str, Any]) -> str:
    """The page; the same view gives the same bytes."""
    style = _part("report.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    worst_first = sorted(view["columns"], key=lambda c: c["rank"])
    page = environment().get_template("report.html.j2")
    return page.render(
        v=view,
        style=Markup(style),  # noqa: S704 - our own file; the policy in the page's head lets in this style alone
        style_digest=digest,
        drawn=[c for c in worst_first if c["chart"]],
        undrawn=[c for c in worst_first if not c["chart"]],
        charts=charts,
        series_charts=series_charts,
    )


@cache
def environment() -> Environment:
    """Our pages; text from outside is escaped in all of them."""
    pages = {name: _part(name) for name in ("report.html.j2", "parts.html.j2", "monitor.html.j2")}
    return Environment(
        loader=DictLoader(pages), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def _part(name: str) -> str:
    return files("synthkit.report").joinpath("templates", name).read_text(encoding="utf-8")
