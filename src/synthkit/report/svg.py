"""What all pictures are made of: an SVG that reads itself out, coordinates, and text that is escaped."""

from __future__ import annotations

from markupsafe import Markup, escape

__all__ = ["WIDTH", "r", "svg", "text"]

WIDTH = 320.0
"""Of a small picture, in its own units."""


def svg(size: tuple[float, float], body: str, *, title: str, summary: str, kind: str) -> Markup:
    """An SVG that scales with its box and tells a screen reader what it shows."""
    label = escape(f"{title}. {summary}".strip())
    return Markup(  # noqa: S704 - every piece of text from outside went through escape
        f'<svg class="chart {kind}" viewBox="0 0 {r(size[0])} {r(size[1])}" role="img" aria-label="{label}">'
        f"<desc>{escape(summary)}</desc>{body}</svg>"
    )


def r(x: float) -> str:
    """A coordinate with one decimal and no trailing zero."""
    number = f"{x:.1f}".rstrip("0").rstrip(".")
    return "0" if number in ("-0", "") else number


def text(x: float, y: float, words: str, css: str, *, anchor: str = "", title: str = "") -> str:
    """A line of text, escaped; the title shows when the pointer rests on it."""
    css = f' class="{css}"' if css else ""
    anchor = f' text-anchor="{anchor}"' if anchor else ""
    hover = f"<title>{escape(title)}</title>" if title else ""
    return f'<text x="{r(x)}" y="{r(y)}"{css}{anchor}>{hover}{escape(words)}</text>'
