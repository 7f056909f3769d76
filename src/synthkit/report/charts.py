"""The three pictures of the report, drawn as small inline SVG from the view's plain numbers.

They are drawn by hand and not by matplotlib: colours are CSS classes (one file for light, dark and print), text is the
reader's own font, a chart is 1 to 2 KB and costs well under a millisecond (matplotlib: 9 KB and 45 ms), and the same
numbers give the same bytes on every machine.
"""

from __future__ import annotations

import itertools
import unicodedata
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from markupsafe import escape

from synthkit.report import figures as f
from synthkit.report.svg import WIDTH
from synthkit.report.svg import r as _r
from synthkit.report.svg import svg as _svg
from synthkit.report.svg import text as _text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

__all__ = ["column", "matrix", "strip"]


def column(chart: Mapping[str, Any], name: str) -> Markup:
    """Real and synthetic rows of one column: a step histogram for numbers and dates, paired bars for levels."""
    return _histogram(chart, name) if chart["type"] == "histogram" else _levels(chart, name)


def _short(text: str, room: int) -> str:
    """The text cut to so many letters; a wide letter (Chinese, Japanese, Korean) counts for two.

    >>> _short("Some-college and more", 12)
    'Some-colleg…'
    """
    used = 0
    for i, letter in enumerate(text):
        used += 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if used > room:
            return text[: max(i - 1, 1)] + "…"
    return text


# --- numbers and dates ---


def _histogram(chart: Mapping[str, Any], name: str) -> Markup:
    top, base, left, right = 14.0, 112.0, 4.0, WIDTH - 4.0
    at, wide = _scale(chart["edges"])
    real, synthetic = ([v / w for v, w in zip(chart[side], wide, strict=True)] for side in ("real", "synthetic"))
    xs = [left + p * (right - left) for p in at]
    most = max([*real, *synthetic, 1e-9])
    body = f'<path class="real-area" d="{_steps(xs, [base - (base - top) * v / most for v in real], base)}Z"/>'
    body += f'<path class="synth-line" d="{_steps(xs, [base - (base - top) * v / most for v in synthetic], base)}"/>'
    body += f'<path class="axis" d="M{_r(left)} {_r(base)}H{_r(right)}"/>'
    body += _text(left, 9, f.value(most, "share"), "tick")
    for place, label in chart["ticks"]:
        low = min(int(place), len(xs) - 2)
        x = xs[low] + (xs[low + 1] - xs[low]) * (place - low)
        anchor = "middle" if 30 < x < right - 30 or place % 1 else "" if x <= 30 else "end"
        body += _text(x, base + 14, label, "tick", anchor=anchor)
    return _svg((WIDTH, base + 20), body, title=f"Distribution of {name}", summary=chart["summary"], kind="histogram")


def _steps(xs: Sequence[float], ys: Sequence[float], base: float) -> str:
    """A staircase over the bins, from the base line and back to it."""
    path = f"M{_r(xs[0])} {_r(base)}"
    for x, y in zip(xs[1:], ys, strict=True):
        path += f"V{_r(y)}H{_r(x)}"
    return path + f"V{_r(base)}"


def _scale(edges: Sequence[Any]) -> tuple[list[float], list[float]]:
    """Edges on 0..1, and what to divide each bin's share by: its width in narrowest bins, so that area is share.

    Where widths differ too much for that, or an edge is no number, every bin gets equal room and its share as height.
    """
    n = len(edges) - 1
    numbers = [_moment(e) if isinstance(e, str) else f.finite(e) for e in edges]
    xs = [x for x in numbers if x is not None]
    widths = [b - a for a, b in itertools.pairwise(xs)]
    if len(xs) <= n or min(widths) <= 0 or max(widths) > 50 * min(widths):
        return [i / n for i in range(n + 1)], [1.0] * n
    # The usual width, not the narrowest: rounding may leave one bin a hair narrower than the rest.
    usual = sorted(widths)[n // 2]
    return [(x - xs[0]) / (xs[-1] - xs[0]) for x in xs], [w / usual for w in widths]


def _moment(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


# --- levels ---


def _levels(chart: Mapping[str, Any], name: str) -> Markup:
    left, right = 120.0, WIDTH - 68.0
    bars = list(zip(chart["levels"], chart["real"], chart["synthetic"], strict=True))
    if chart["others"]:
        bars.append((f"{chart['others']} more", chart["others_real"], chart["others_synthetic"]))
    most = max([max(b[1], b[2]) for b in bars] + [1e-9])
    row = min(max(124.0 / len(bars), 19.0), 34.0)  # few levels get thicker bars: the cards of a row are equally high
    thick = (row - 7) / 2
    body = ""
    for i, (level, real, synthetic) in enumerate(bars):
        y = 3 + i * row
        label = level or "(empty)"
        css = "tick" if chart["others"] and i == len(bars) - 1 else "level"
        body += _text(left - 8, y + thick + 4, _short(label, 15), css, anchor="end", title=label)
        for side, share, down in (("real", real, 0.0), ("synth", synthetic, thick + 1)):
            wide = _r((right - left) * share / most)
            body += f'<rect class="{side}-bar" x="{_r(left)}" y="{_r(y + down)}" width="{wide}" height="{_r(thick)}"/>'
        end = left + (right - left) * max(real, synthetic) / most
        both = f"{f.value(real, 'share')[:-2]} → {f.value(synthetic, 'share')[:-2]}"
        body += _text(end + 5, y + thick + 4, both, "tick")
    body += f'<path class="axis" d="M{_r(left)} 0V{_r(len(bars) * row + 2)}"/>'
    size = (WIDTH, len(bars) * row + 4)
    return _svg(size, body, title=f"Levels of {name}", summary=chart["summary"], kind="levels")


# --- pairs ---


def matrix(pairs: Mapping[str, Any]) -> Markup:
    """Pair differences as a heat map: synthetic below the diagonal, the floor (real training rows) above it."""
    names: list[str] = pairs["columns"]
    n = len(names)
    cell = 26.0 if n <= 20 else 16.0 if n <= 35 else 13.0
    room = 12 + min(max(len(name) for name in names), 20) * 7.0
    told = f"{pairs['total']} pairs."
    if pairs["worst"]:
        worst = pairs["worst"][0]
        told += f" Furthest from its floor: {' and '.join(worst['pair'])}, {worst['value_text']}."
    body = f'<g class="cells" transform="translate({_r(room)} 2)">{_cells(pairs, cell)}</g>'
    for i, name in enumerate(names):
        body += _text(room - 6, i * cell + cell / 2 + 5.5, _short(name, 20), "level", anchor="end", title=name)
        at = f"translate({_r(room + i * cell + cell / 2 + 3)} {_r(n * cell + 8)}) rotate(-90)"
        body += f'<text class="level" text-anchor="end" transform="{at}">{escape(_short(name, 20))}</text>'
    size = (room + n * cell, room + n * cell + 4)
    return _svg(size, body, title="Pair-trend differences", summary=told, kind=f"matrix {_width_class(n)}")


def _cells(pairs: Mapping[str, Any], cell: float) -> str:
    """A square a pair below the diagonal, with its figures on hover; above it one path for each depth of ink."""
    names, top, side = pairs["columns"], pairs["top"], _r(cell - 1)
    body = ""
    upper: dict[int, str] = {}
    for i, j, value, floor in pairs["cells"]:
        title = f"{names[j]} × {names[i]}: {f.value(value, 'share')}"
        if floor is not None:
            title += f", floor {f.value(floor, 'share')}"
            square = f"M{_r(i * cell)} {_r(j * cell)}h{side}v{side}h-{side}z"
            step = round(20 * _shade(floor, top))
            upper[step] = upper.get(step, "") + square
        where = f'x="{_r(j * cell)}" y="{_r(i * cell)}" width="{side}" height="{side}"'
        body += f'<rect class="s" {where} fill-opacity="{_shade(value, top)}"><title>{escape(title)}</title></rect>'
    for step, squares in sorted(upper.items()):
        body += f'<path class="r" fill-opacity="{step / 20:g}" d="{squares}"/>'
    diagonal = "".join(f"M{_r(i * cell)} {_r(i * cell)}h{side}v{side}h-{side}z" for i in range(len(names)))
    return f'{body}<path class="d" d="{diagonal}"/>'


def _width_class(n: int) -> str:
    return "small" if n <= 8 else "medium" if n <= 20 else "large"


def _shade(value: float | None, top: float) -> float:
    """Ink for a value; the square root would exaggerate small ones, so it is linear."""
    return round(min(max((value or 0.0) / top, 0.0), 1.0), 2)


# --- scores ---


def strip(place: Mapping[str, float], label: str, code: str) -> Markup:
    """One score on the common scale: the floor at one quarter, the limit at three, the dot with its interval."""
    width, height, floor, limit = 200.0, 26.0, 60.0, 140.0

    def x(p: float) -> float:
        return min(max(floor + (limit - floor) * p, 6.0), width - 6.0)

    value, low, high = (x(place[k]) for k in ("value", "low", "high"))
    middle = height / 2
    body = f'<rect class="beyond" x="{_r(limit)}" y="0" width="{_r(width - limit)}" height="{_r(height)}"/>'
    body += f'<path class="axis" d="M0 {_r(middle)}H{_r(width)}"/><path class="floor" d="M{_r(floor)} 0V{_r(height)}"/>'
    body += f'<path class="limit" d="M{_r(limit)} 0V{_r(height)}"/>'
    body += f'<path class="range" d="M{_r(low)} {_r(middle)}H{_r(high)}"/>'
    if not 6.0 <= floor + (limit - floor) * place["value"] <= width - 6.0:  # off the scale: an arrow says so
        way = 1 if place["value"] > 0 else -1
        body += f'<path class="dot" d="M{_r(value - 5 * way)} {_r(middle - 6)}l{11 * way} 6l{-11 * way} 6z"/>'
    else:
        body += f'<circle class="dot" cx="{_r(value)}" cy="{_r(middle)}" r="5"/>'
    told = (
        "better than its floor"
        if place["value"] <= 0
        else f"{place['value']:.0%} of the way from its floor to its limit"
    )
    return _svg((width, height), body, title=label, summary=told, kind=f"strip {code.lower()}")
