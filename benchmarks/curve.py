"""The page on budgets, and its picture: how hard to tell from real a network's rows are, against its seconds."""

from __future__ import annotations

from collections.abc import Sequence
from math import log10

from benchmarks.cells import Plain
from benchmarks.frontier import COLOURS, TITLES
from benchmarks.words import BUDGETS

__all__ = ["page", "picture"]

_WIDE, _HIGH = 620, 280
_LEFT, _RIGHT, _TOP, _FOOT = 50, 500, 16, 240
_SECONDS = (10, 30, 60, 300, 1200)


def page(found: Plain) -> str:
    """A line a network: detection, utility and the seconds it took, for each budget."""
    minutes = found["minutes"]
    lines = ["| model | " + " | ".join(f"{m} min" for m in minutes) + " |", "|---|" + "---|" * len(minutes)]
    for arm, runs in _arms(found).items():
        cells = {run["minutes"]: _cell(run) for run in runs}
        lines.append(f"| {arm} | " + " | ".join(cells.get(m, "not run") for m in minutes) + " |")
    said = BUDGETS.format(title=TITLES[found["set"]])
    return said + "\n" + "\n".join(lines) + "\n\n![Detection against seconds](budgets.svg)\n"


def _arms(found: Plain) -> dict[str, Sequence[Plain]]:
    return {row["arm"]: [r for r in found["rows"] if r["arm"] == row["arm"]] for row in found["rows"]}


def _cell(run: Plain) -> str:
    if run["again"]:
        return "the same"
    return f"{run['detection']['value']:.3f} / {run['utility']['value']:.3f}, {run['fit_seconds']:.0f} s"


def picture(found: Plain) -> str:
    """An SVG: seconds of the fit to the right, on a logarithmic scale, detection upwards."""
    arms = {arm: [run for run in runs if not run["again"]] for arm, runs in _arms(found).items()}
    body = [_grid(auc) for auc in (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)] + [_tick(seconds) for seconds in _SECONDS]
    body.append(_text((_LEFT + _RIGHT) / 2, _FOOT + 28, "middle", "seconds of the fit, on one core", "#555"))
    body.append(
        f'<text transform="translate(12,{(_TOP + _FOOT) / 2}) rotate(-90)" text-anchor="middle" fill="#555">'
        "detection AUC</text>"
    )
    above = 0.0
    for arm, runs in sorted(arms.items(), key=lambda item: -item[1][-1]["detection"]["value"]):
        points = [_place(run) for run in runs]
        colour, (x, y) = COLOURS[arm], points[-1]
        body.append(f'<path d="M{"L".join(f"{a:.1f} {b:.1f}" for a, b in points)}" stroke="{colour}" fill="none"/>')
        body += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3.5" fill="{colour}"/>' for a, b in points]
        above = max(y + 3, above + 11)
        body.append(_text(x + 8, above, "start", arm, colour))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {_HIGH}" font-family="sans-serif" '
        f'font-size="10"><rect width="100%" height="100%" fill="#fff"/>{"".join(body)}</svg>\n'
    )


def _place(run: Plain) -> tuple[float, float]:
    return _across(run["fit_seconds"]), _up(run["detection"]["value"])


def _across(seconds: float) -> float:
    low, high = log10(_SECONDS[0]), log10(_SECONDS[-1])
    return _LEFT + (_RIGHT - _LEFT) * (log10(max(seconds, _SECONDS[0])) - low) / (high - low)


def _up(auc: float) -> float:
    return _FOOT - (_FOOT - _TOP) * (auc - 0.5) / 0.5


def _grid(auc: float) -> str:
    return f'<path d="M{_LEFT} {_up(auc):.1f}H{_RIGHT}" stroke="#eee"/>' + _text(
        _LEFT - 6, _up(auc) + 3, "end", f"{auc:g}", "#555"
    )


def _tick(seconds: int) -> str:
    x = _across(seconds)
    return f'<path d="M{x:.1f} {_TOP}V{_FOOT}" stroke="#eee"/>' + _text(x, _FOOT + 13, "middle", f"{seconds:,}", "#555")


def _text(x: float, y: float, anchor: str, words: str, colour: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{words}</text>'
