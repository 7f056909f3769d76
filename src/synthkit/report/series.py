"""The part of the view that only series have: pictures, what copies score, and how the classical models forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synthkit.report import figures as f

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["backtest", "beside", "channels", "fan_of"]


def channels(profiles: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One mapping a channel that has pictures: its name, and the pictures with a sentence each."""
    found = []
    for profile in profiles:
        pictures = profile.get("series")
        if not pictures:
            continue
        shown: dict[str, Any] = dict.fromkeys(("fan", "acf", "acf_size", "spectrum"))
        if fan := pictures.get("fan"):
            shown["fan"] = fan_of(fan)
        for name, what in (("acf", "values"), ("acf_size", "distances from the mean")):
            if lags := pictures.get(name):
                shown[name] = dict(lags) | {"summary": _apart(lags, f"autocorrelations of {what}")}
        if spectrum := pictures.get("spectrum"):
            shown["spectrum"] = dict(spectrum) | {"summary": _apart(spectrum, "log10 of power")}
        found.append({"name": f.clean(profile["column"]), **shown})
    return found


def fan_of(fan: Mapping[str, Any]) -> dict[str, Any]:
    """The fan with what its axis says: in dates or rows, three ticks, and what a step holds."""
    at = fan["at"]
    labels = [f.clean(_day(a)) if isinstance(a, str) else f.number(a) for a in at]
    last = len(at) - 1
    middle = last // 2
    size = fan["edges"][1] - fan["edges"][0]
    step = f"means over {size} rows" if fan["unit"] == "value" else f"means over {size} rows of all series, scaled"
    return dict(fan) | {
        "ticks": [[0, labels[0]], [middle, labels[middle]], [last, labels[last]]],
        "step": step if size > 1 else step.replace("1 rows", "a row"),
        "summary": _covered(fan),
    }


def _day(stamp: str) -> str:
    return stamp.replace("T", " ").removesuffix(" 00:00")


def _covered(fan: Mapping[str, Any]) -> str:
    """How many of the real steps lie inside the 90 % band, in words."""
    said = []
    for key, what in (("twins", "twins"), ("ahead", "continuations")):
        pairs = [
            (real, band)
            for real, band in zip(fan["real"], fan.get(key) or (), strict=False)
            if band and real is not None
        ]
        if pairs:
            inside = sum(band[0] <= real <= band[-1] for real, band in pairs)
            said.append(f"{inside} of {len(pairs)} real steps lie inside the central 90 % of the {what}")
    return f.sentence("; ".join(said))


def _apart(picture: Mapping[str, Any], what: str) -> str:
    both = [(a, b) for a, b in zip(picture["real"], picture["synthetic"], strict=True) if None not in (a, b)]
    if not both:
        return ""
    worst = max(abs(a - b) for a, b in both)
    return f"The {what} differ by at most {f.number(worst)}."


def beside(
    yardsticks: Mapping[str, Mapping[str, float]] | None, rows: Sequence[Mapping[str, Any]]
) -> dict[str, Any] | None:
    """The scores next to those of copies, ready to print."""
    if not yardsticks:
        return None
    return {
        "names": [f.clean(name) for name in yardsticks],
        "rows": [
            {
                "label": r["label"],
                "value_text": r["value_text"],
                "floor_text": r["floor_text"],
                "others": [f.value(scores.get(r["metric"]), r["unit"]) for scores in yardsticks.values()],
            }
            for r in rows
        ],
    }


def backtest(compared: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The rolling-origin comparison of classical models, ready to print."""
    if not compared:
        return None
    rows = [
        {
            "model": f.clean(t["model"]),
            "chosen": t["model"] == compared.get("chosen"),
            "crps_text": f.number(t["crps"]) if t.get("crps") is not None else f.NONE,
            "mase_text": f.number(t["mase"]) if t.get("mase") is not None else f.NONE,
            "coverage_text": f.value(t.get("coverage"), "share"),
            "seconds_text": f.seconds(t.get("seconds")),
            "because": f.sentence(t.get("because")),
        }
        for t in compared.get("trials", ())
    ]
    ends = f"{compared['origins']} ends of {f.count(compared['series'])} series"
    said = f"Each model was fitted at {ends} and had to foretell the next {f.count(compared['horizon'])} rows."
    return {"rows": rows, "said": said}
