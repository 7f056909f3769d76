"""The page on the public sets, and its picture: how well rows pass for real against how much they give away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from statistics import mean
from typing import Any, NamedTuple

from benchmarks.cells import Plain, flat, rows_table
from benchmarks.words import DIAL, TABULAR

__all__ = ["BARS", "dial", "page", "picture"]

CONTROL = "synthkit marginals"
"""The model that cannot copy: privacy figures are the excess over it."""

TITLES = {
    "adult_peers": "Adult, the peers' split", "adult": "Adult", "default": "Default", "shoppers": "Shoppers",
    "magic": "Magic", "beijing": "Beijing", "diabetes130": "Diabetes130",
}  # fmt: skip

BARS = {
    "adult_peers": (0.52, 0.02, 0.02), "default": (0.55, 0.02, 0.02), "shoppers": (0.53, 0.02, 0.02),
    "magic": (0.53, 0.02, 0.02), "beijing": (0.55, 0.02, 0.04), "diabetes130": (0.56, 0.02, 0.02),
}  # fmt: skip
"""What is aimed at: detection AUC, excess share closer to train, excess membership AUC."""


def page(found: Plain) -> str:
    """One table a set; means over seeds, each beside the floor and what is aimed at."""
    parts = [TABULAR.format(seeds=len(found["seeds"]))]
    for one in found["sets"]:
        data, rows = one["data"], one["rows"]
        control = next((row["runs"] for row in rows if row["name"] == CONTROL), [])
        columns = {
            "detection AUC": _mean("detection", "{:.3f}"),
            "utility": _mean("utility", "{:.4f}"),
            "global utility": _mean("global_utility", "{:.3f}"),
            "Shape %": _mean("shape", "{:.2f}", 100),
            "Trend %": _mean("trend", "{:.2f}", 100),
            "papers' Shape / Trend %": _printed,
            "alpha-precision": _mean("alpha_precision", "{:.3f}"),
            "beta-recall": _mean("beta_recall", "{:.3f}"),
            "closer to train, excess": _excess("dcr", control),
            "membership, excess": _excess("membership", control),
            "identical %": _mean("identical", "{:.2f}", 100),
            "fit s": flat("fit_seconds", "{:.1f}"),
            "sample s": flat("sample_seconds", "{:.1f}"),
            "peak MB": flat("peak_mb", "{:.0f}"),
        }
        said = f"**{TITLES[data['name']]}**, {data['train']:,} train rows, {data['unseen']:,} unseen."
        if bar := BARS.get(data["name"]):
            said += f" Aimed at: detection {bar[0]}, excess {bar[1]} closer to train and {bar[2]} in membership."
        parts.append(f"{said}\n\n{rows_table('table', columns, rows)}")
    gone = "".join(f"- {row['name']} was not run: {row['why']}.\n" for row in found["missing"])
    return (
        "\n".join(parts)
        + gone
        + "\n![Detection against membership; grey marks without a name are sdv's](frontier.svg)\n"
    )


def dial(found: Plain) -> str:
    """One table a set: what each setting of the dial costs."""
    parts = [DIAL.format(seeds=len(found["seeds"]))]
    for one in found["sets"]:
        rows = one["rows"]
        control = next(row["runs"] for row in rows if row["name"] == CONTROL)
        columns = {
            "membership, excess": _excess("membership", control),
            "closer to train, excess": _excess("dcr", control),
            "identical %": _mean("identical", "{:.2f}", 100),
            "detection AUC": _mean("detection", "{:.3f}"),
            "utility": _mean("utility", "{:.4f}"),
            "Shape %": _mean("shape", "{:.2f}", 100),
            "Trend %": _mean("trend", "{:.2f}", 100),
        }
        parts.append(f"**{TITLES[one['data']['name']]}**\n\n{rows_table('table', columns, rows)}")
    return "\n".join(parts)


def _mean(metric: str, form: str, times: float = 1.0) -> Callable[[Plain], str]:
    def cell(row: Plain) -> str:
        values = _values(row["runs"], metric)
        return form.format(times * mean(values)) if values else "-"

    return cell


def _values(runs: Sequence[Plain], metric: str) -> list[float]:
    return [run[metric]["value"] for run in runs if run.get(metric) and run[metric]["value"] is not None]


def _printed(row: Plain) -> str:
    runs = [run["papers"] for run in row["runs"] if "papers" in run]
    return " / ".join(f"{100 * mean(run[name] for run in runs):.2f}" for name in ("shape", "trend")) if runs else "-"


def excess(runs: Sequence[Plain], control: Sequence[Plain], metric: str) -> tuple[float, float] | None:
    """Mean excess over the control, seed by seed, and half of its 95 % interval.

    The seeds share their real rows, so the interval is that of one seed: no narrower for there being three.
    """
    pairs = [
        (a[metric], b[metric])
        for a, b in zip(runs, control, strict=False)
        if a.get(metric, {}).get("ci") and b.get(metric, {}).get("ci")
    ]
    if not pairs:
        return None
    half = mean(sum(((one["ci"][1] - one["ci"][0]) / 2) ** 2 for one in pair) ** 0.5 for pair in pairs)
    return mean(a["value"] - b["value"] for a, b in pairs), half


def _excess(metric: str, control: Sequence[Plain]) -> Callable[[Plain], str]:
    def cell(row: Plain) -> str:
        found = None if row["runs"] is control else excess(row["runs"], control, metric)
        return f"{found[0]:+.3f} ± {found[1]:.3f}" if found else "-"

    return cell


def picture(found: Plain) -> str:
    """An SVG with a panel a set: detection to the right, membership upwards, the area of a mark its seconds."""
    wide, high, across = 300, 230, 2
    sets = found["sets"]
    panels = [
        f'<g transform="translate({wide * (at % across)},{high * (at // across)})">{_panel(one, wide, high)}</g>'
        for at, one in enumerate(sets)
    ]
    size = wide * across, high * -(-len(sets) // across)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[0]} {size[1]}" font-family="sans-serif" '
        f'font-size="10"><rect width="100%" height="100%" fill="#fff"/>{"".join(panels)}</svg>\n'
    )


COLOURS = {
    "trees": "#1b7837", "energy": "#762a83", "copula": "#b35806", "marginals": "#777777", "tvae": "#2166ac",
    "ctgan": "#b2182b", "autoregressive": "#c51b7d", "flow": "#01665e", "diffusion": "#4d9221", "mixture": "#8c510a",
}  # fmt: skip


def _panel(one: Plain, wide: int, high: int) -> str:
    left, right, top, foot = 44, wide - 14, 26, high - 40
    low, most = 0.48, 0.56

    def place(auc: float, member: float) -> tuple[float, float]:
        part = (min(max(member, low), most) - low) / (most - low)
        return left + (right - left) * (auc - 0.5) / 0.5, foot - (foot - top) * part

    body = [f'<text x="{left}" y="16" font-size="12">{escape(TITLES[one["data"]["name"]])}</text>']
    for auc in (0.5, 0.6, 0.7, 0.8, 0.9, 1.0):
        x = place(auc, low)[0]
        body.append(f'<path d="M{x:.1f} {top}V{foot}" stroke="#eee"/>')
        body.append(f'<text x="{x:.1f}" y="{foot + 12}" text-anchor="middle" fill="#555">{auc:g}</text>')
    for member in (0.48, 0.5, 0.52, 0.54, 0.56):
        y = place(0.5, member)[1]
        body.append(f'<path d="M{left} {y:.1f}H{right}" stroke="{"#bbb" if member == 0.5 else "#eee"}"/>')
        body.append(f'<text x="{left - 5}" y="{y + 3:.1f}" text-anchor="end" fill="#555">{member:g}</text>')
    body.append(f'<text x="{(left + right) / 2}" y="{foot + 26}" text-anchor="middle" fill="#555">detection AUC</text>')
    body.append(
        f'<text transform="translate(11,{(top + foot) / 2}) rotate(-90)" text-anchor="middle" fill="#555">'
        "membership AUC</text>"
    )
    shown = [row for row in one["rows"] if _values(row["runs"], "membership") and "fit_seconds" in row["runs"][0]]
    marks = [_mark(row, place) for row in shown]
    body += [_circle(mark) for mark in marks]
    named = [mark for mark in marks if not mark.name.startswith("sdv")]
    for crowd in ([m for m in named if m.x > 200], [m for m in named if m.x <= 200]):
        body += _labels(crowd)
    return "".join(body)


class _Mark(NamedTuple):
    """A model in the picture: where, how large, what it is called and how many seconds it takes."""

    x: float
    y: float
    radius: float
    name: str
    seconds: float

    @property
    def colour(self) -> str:
        return COLOURS.get(self.name, "#444")


def _mark(row: Plain, place: Callable[[float, float], tuple[float, float]]) -> _Mark:
    runs: Any = row["runs"]
    x, y = place(mean(_values(runs, "detection")), mean(_values(runs, "membership")))
    seconds = mean(run["seconds"] for run in runs)
    name = row["name"].removeprefix("synthkit ").replace("Synthesizer", "")
    return _Mark(x, y, 2.5 + min(seconds, 400.0) ** 0.5 * 0.4, name, seconds)


def _circle(mark: _Mark) -> str:
    return (
        f'<circle cx="{mark.x:.1f}" cy="{mark.y:.1f}" r="{mark.radius:.1f}" fill="{mark.colour}" fill-opacity=".55" '
        f'stroke="{mark.colour}"><title>{escape(mark.name)}: {mark.seconds:.1f} s</title></circle>'
    )


def _labels(marks: Sequence[_Mark]) -> list[str]:
    """Names beside their marks, inward from the nearer edge, pushed apart where they would lie on each other."""
    drawn, above = [], -_LINE
    for mark in sorted(marks, key=lambda m: m.y):
        y = max(mark.y + 3, above + _LINE)
        above = y
        inward = -1 if mark.x > 200 else 1
        x = mark.x + inward * (mark.radius + 3)
        drawn.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{"end" if inward < 0 else "start"}" fill="{mark.colour}">'
            f"{escape(mark.name)}</text>"
        )
    return drawn


_LINE = 10.0  # units between two labels
