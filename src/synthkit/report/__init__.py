"""The window: a scorecard and a decision -> a view (a plain dict) -> html | markdown | json | terminal."""

from synthkit.report.render import Form, from_view, render, write
from synthkit.report.view import view

__all__ = ["Form", "from_view", "render", "view", "write"]
