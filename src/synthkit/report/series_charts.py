"""The pictures of series: fans of paths, correlograms and spectra, as small inline SVG like the others."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from synthkit.report import figures as f
from synthkit.report.svg import WIDTH, svg
from synthkit.report.svg import r as _r
from synthkit.report.svg import text as _text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from markupsafe import Markup

__all__ = ["correlogram", "fan", "spectrum"]

WIDE = 980.0


def fan(picture: Mapping[str, Any], name: str) -> Markup:
    """Real means as a line over the bands of twins and of continuations, on one calendar."""
    top, base, left, right = 12.0, 226.0, 46.0, WIDE - 8.0
    edges = picture["edges"]
    n = len(edges) - 1
    bands = [(key, picture.get(key)) for key in ("twins", "ahead")]
    low, high = _range(picture, [band for _, band in bands if band])

    def x(step: float) -> float:
        return left + (right - left) * step / n

    def y(value: float) -> float:
        return base - (base - top) * (value - low) / (high - low)

    body = "".join(_line(left, right, y(v), f.number(v)) for v in _round_numbers(low, high))
    for key, band in bands:
        if band:
            body += _bands(band, x, y, key)
    if picture.get("cut") is not None and edges[0] < picture["cut"] < edges[-1]:
        at = _r(x((picture["cut"] - edges[0]) / (edges[1] - edges[0])))
        body += f'<path class="limit" d="M{at} {_r(top - 6)}V{_r(base)}"/>'
        body += _text(float(at) + 4, top + 2, "held back", "tick")
    points = [None if v is None else (x(i + 0.5), y(v)) for i, v in enumerate(picture["real"])]
    body += f'<path class="real-line" d="{_path(points)}"/><path class="axis" d="M{_r(left)} {_r(base)}H{_r(right)}"/>'
    for place, (step, label) in enumerate(picture["ticks"]):
        body += _text(x(step), base + 15, label, "tick", anchor=("", "middle", "end")[place])
    title = f"Real means of {name} and the bands of synthetic paths"
    return svg((WIDE, base + 20), body, title=title, summary=picture["summary"], kind="fan")


def correlogram(picture: Mapping[str, Any], name: str) -> Markup:
    """Autocorrelations at each lag: real as bars, synthetic as a line."""
    top, base, left, right = 8.0, 112.0, 26.0, WIDTH - 4.0
    real, made = picture["real"], picture["synthetic"]
    low = min(0.0, *(v for v in [*real, *made] if v is not None)) if any(v is not None for v in real) else 0.0
    low = -1.0 if low < -0.5 else -0.5 if low < -0.1 else -0.1

    def x(lag: float) -> float:
        return left + (right - left) * (lag - 0.5) / len(real)

    def y(value: float) -> float:
        return base - (base - top) * (value - low) / (1 - low)

    body = _line(left, right, y(1), "1") + _line(left, right, y(0), "0", "axis")
    wide = (right - left) / len(real) * 0.6
    for lag, value in enumerate(real, start=1):
        if value is not None:
            high, deep = sorted((y(value), y(0)))
            where = f'x="{_r(x(lag) - wide / 2)}" y="{_r(high)}" width="{_r(wide)}" height="{_r(deep - high)}"'
            body += f'<rect class="real-bar" {where}/>'
    points = [None if v is None else (x(lag), y(v)) for lag, v in enumerate(made, start=1)]
    body += f'<path class="synth-line" d="{_path(points)}"/>'
    for lag in _lags(len(real), picture["season"]):
        body += _text(x(lag), base + 14, str(lag), "tick", anchor="middle")
    return svg((WIDTH, base + 20), body, title=f"Correlogram of {name}", summary=picture["summary"], kind="acf")


def spectrum(picture: Mapping[str, Any], name: str) -> Markup:
    """Log power over the length of a wave, long waves on the left: real as an area, synthetic as a line."""
    top, base, left, right = 8.0, 112.0, 26.0, WIDTH - 4.0
    known = [v for v in [*picture["real"], *picture["synthetic"]] if v is not None]
    if not known:
        return svg((WIDTH, base), "", title=f"Spectrum of {name}", summary="", kind="spectrum")
    low, high = math.floor(min(known)), math.ceil(max(known))
    high = max(high, low + 1)
    periods: list[float] = [math.log(p) for p in picture["period"]]
    first, last = max(periods), min(periods)

    def x(place: int) -> float:
        return float(left + (right - left) * (first - periods[place]) / max(first - last, 1e-9))

    def y(value: float) -> float:
        return float(base - (base - top) * (value - low) / (high - low))

    body = "".join(_line(left, right, y(v), f"10{_raised(v)}") for v in range(low, high + 1, max(1, (high - low) // 3)))
    real = [None if v is None else (x(i), y(v)) for i, v in enumerate(picture["real"])]
    made = [None if v is None else (x(i), y(v)) for i, v in enumerate(picture["synthetic"])]
    body += f'<path class="real-line" d="{_path(real)}"/><path class="synth-line" d="{_path(made)}"/>'
    shown = picture["period"]
    for place, anchor in ((0, ""), (len(shown) // 2, "middle"), (len(shown) - 1, "end")):
        body += _text(x(place), base + 14, f"{f.number(round(shown[place], 1))} rows", "tick", anchor=anchor)
    return svg((WIDTH, base + 20), body, title=f"Spectrum of {name}", summary=picture["summary"], kind="spectrum")


def _range(picture: Mapping[str, Any], bands: Sequence[Sequence[Sequence[float] | None]]) -> tuple[float, float]:
    known = [v for v in picture["real"] if v is not None]
    known += [v for band in bands for quantiles in band if quantiles for v in (quantiles[0], quantiles[-1])]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    room = (high - low or abs(high) or 1.0) * 0.04
    return low - room, high + room


def _bands(
    band: Sequence[Sequence[float] | None], x: Callable[[float], float], y: Callable[[float], float], kind: str
) -> str:
    """The central 90 and 50 % as areas, and the median as a line; gaps where there are no paths."""
    body = ""
    for start, stop in _runs(band):
        steps = range(start, stop)
        rows = [band[i] or () for i in steps]
        for low, high, depth in ((0, 4, "outer"), (1, 3, "inner")):
            there = [(x(i + 0.5), y(row[high])) for i, row in zip(steps, rows, strict=True)]
            back = [(x(i + 0.5), y(row[low])) for i, row in zip(steps, rows, strict=True)]
            body += f'<path class="band {kind} {depth}" d="{_path([*there, *reversed(back)])}Z"/>'
        body += (
            f'<path class="synth-line" d="{_path([(x(i + 0.5), y(r[2])) for i, r in zip(steps, rows, strict=True)])}"/>'
        )
    return body


def _runs(band: Sequence[object]) -> Iterator[tuple[int, int]]:
    """Stretches of neighbouring steps that have a band."""
    start = None
    for i, there in enumerate([*band, None]):
        if there and start is None:
            start = i
        elif not there and start is not None:
            yield start, i
            start = None


def _path(points: Sequence[tuple[float, float] | None]) -> str:
    """A line through the points, lifted where one is missing."""
    path, pen = "", "M"
    for point in points:
        if point is None:
            pen = "M"
            continue
        path += f"{pen}{_r(point[0])} {_r(point[1])}"
        pen = "L"
    return path


def _line(left: float, right: float, y: float, label: str, css: str = "grid") -> str:
    return f'<path class="{css}" d="M{_r(left)} {_r(y)}H{_r(right)}"/>' + _text(
        left - 5, y + 3.5, label, "tick", anchor="end"
    )


def _round_numbers(low: float, high: float) -> list[float]:
    """Three to six round numbers between two others.

    >>> _round_numbers(0.3, 9.1)
    [2.0, 4.0, 6.0, 8.0]
    """
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * 0.8)
    return [float(round(k * step, 12)) for k in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _lags(count: int, season: int) -> list[int]:
    """Lags that get a number: whole seasons, or every so many.

    >>> _lags(24, 12), _lags(16, 0)
    ([1, 12, 24], [1, 8, 16])
    """
    if season > 1 and count // season <= 8:
        return [1, *range(season, count + 1, season)]
    return sorted({1, count // 2, count})


def _raised(power: int) -> str:
    return str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
