"""The report of a look at new rows: verdict first, then every figure beside its yardstick."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from synthkit.errors import ConfigError
from synthkit.files import write_text
from synthkit.report import charts, series, series_charts
from synthkit.report import figures as f
from synthkit.report.columns import chart_of
from synthkit.report.markdown import text

__all__ = ["SIGNS", "html", "lines", "markdown", "view", "write"]

SIGNS: Final = {
    "KEEP": ("Keep", "✓", "pass"),
    "RETRAIN": ("Retrain", "↻", "fail"),
    "RETIRE": ("Retire", "✕", "fail"),
    "UNSETTLED": ("Unsettled", "?", "inconclusive"),
}
"""State -> (word, sign, tone)."""
PICTURES: Final = 6
WORST: Final = 3
_FORMS: Final = {".html": "html", ".htm": "html", ".md": "md", ".markdown": "md", ".json": "json", ".txt": "txt"}
_COUNTS: Final = {
    "learned": "Rows learned from",
    "new": "New rows",
    "made": "Synthetic rows",
    "series": "Series that went on",
    "entities": "New entities",
}
_PLAN: Final = {
    "drift_auc": "AUC of old against new, to retrain",
    "lost_auc": "AUC of old against new, to retire",
    "psi": "Stability index of a column",
    "growth": "More rows",
    "missed": "Missed by the central 80 %, of series",
    "review": "Months to the review",
}


def view(watch: Mapping[str, Any]) -> dict[str, Any]:
    """What a reader is told, in words and numbers, from the plain values of a `Watch`."""
    word, sign, tone = SIGNS[watch["verdict"]]
    return {
        "format": 1,
        "title": f"{f.clean(watch['source'])} against {f.clean(watch['model'])}",
        "verdict": {"code": watch["verdict"], "word": word, "sign": sign, "tone": tone, "because": because(watch)},
        "seen": _seen(watch),
        "next": f.clean(watch["next"]),
        "review": _review(watch),
        "reasons": [_reason(r) for r in watch["reasons"]],
        "rows": [[_COUNTS[k], f.count(n)] for k, n in watch["rows"].items()],
        "baseline": f.clean(watch["baseline"]),
        "blind": [f.clean(b) for b in watch["blind"]],
        "joint": _joint(watch["joint"]),
        "columns": [_column(d) for d in watch["drifts"]],
        "structure": _structure(watch),
        "quality": [_criterion(q) for q in watch["quality"]],
        "coverage": _coverage(watch["coverage"]),
        "channels": [_channel(c) for c in watch["channels"]],
        "plan": [[_PLAN[k], f"{v:g}"] for k, v in watch["plan"].items() if k in _PLAN],
        "seed": watch["seed"],
    }


def because(watch: Mapping[str, Any]) -> str:
    """The gravest reason in a sentence, and how many more there are."""
    mine = [r["because"] for r in watch["reasons"] if r["state"] == watch["verdict"]]
    if watch["verdict"] == "KEEP":
        return "Every limit of the plan is kept."
    more = f" ({len(mine) - 1} more {'reason' if len(mine) == 2 else 'reasons'} below)" if len(mine) > 1 else ""
    return f"{f.sentence(mine[0])[:-1]}{more}."


def _seen(watch: Mapping[str, Any]) -> str:
    moved = [f.clean(d["column"]) for d in watch["drifts"] if d["seen"] and d["judged"]]
    joint = watch["joint"] and watch["joint"]["seen"]
    if not watch["drifts"] and not watch["joint"]:
        return ""
    if not moved and not joint:
        return "No drift beyond chance was seen."
    named = f"{len(moved)} of {len(watch['drifts'])} columns moved beyond chance" if watch["drifts"] else ""
    told = "the classifier sees a change" if joint else ""
    return f.sentence(" and ".join(p for p in ((named if moved else ""), told) if p))


def _review(watch: Mapping[str, Any]) -> str:
    if not watch["review"]:
        return ""
    return (
        f"The review was due on {watch['review']}." if watch["overdue"] else f"The next review is on {watch['review']}."
    )


def _reason(reason: Mapping[str, str]) -> dict[str, str]:
    word, sign, tone = SIGNS[reason["state"]]
    return {
        "what": f.clean(reason["what"]), "code": reason["state"], "word": word, "sign": sign, "tone": tone,
        "because": f.sentence(reason["because"]),
    }  # fmt: skip


def _joint(joint: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if joint is None:
        return None
    shares = sorted(joint["shares"].items(), key=lambda pair: -pair[1])[:WORST]
    return {
        "auc_text": f.value(joint["auc"], "auc"), "interval_text": f.interval(list(joint["ci"]), "auc"),
        "raw_text": f.value(joint["raw"], "auc"), "yardstick_text": f.value(joint["yardstick"], "auc"),
        "n_text": f.count(joint["n"]), "by": [[f.clean(name), f.value(share, "share")] for name, share in shares],
    }  # fmt: skip


def _column(drift: Mapping[str, Any]) -> dict[str, Any]:
    low, high = drift["psi_ci"]
    return {
        "name": f.clean(drift["column"]), "kind": f.clean(drift["kind"]), "measure": drift["measure"],
        "psi_text": f"{drift['psi']:.3f}", "interval_text": f"{low:.3f} to {high:.3f}",
        "chance_text": f"{drift['psi_chance']:.3f}", "distance_text": f"{drift['distance']:.3f}",
        "distance_chance_text": f"{drift['distance_chance']:.3f}",
        "missing_text": " → ".join(f.value(share, "share") for share in drift["missing"]),
        "outcome": "not judged" if not drift["judged"] else "moved" if drift["seen"] else "as chance",
        "seen": bool(drift["seen"] and drift["judged"]), "chart": _chart(drift),
    }  # fmt: skip


def _chart(drift: Mapping[str, Any]) -> dict[str, Any] | None:
    picture = drift["picture"]
    chart = chart_of({**picture, "kind": drift["kind"]}) if picture else None
    if chart is not None:
        chart["summary"] = chart["summary"].replace("synthetic minus real", "new minus old")
    return chart


def _structure(watch: Mapping[str, Any]) -> list[list[str]]:
    found, rows = watch["structure"] or {}, []
    for key, label in (("lacking", "Columns that are gone"), ("extra", "Columns that the schema has not (left aside)")):
        if found.get(key):
            rows.append([label, ", ".join(f.clean(n) for n in found[key])])
    rows += [[f"Kind of {f.clean(n)}", f"was {was}, now looks {now}"] for n, was, now in found.get("changed", ())]
    for n in watch["novelties"]:
        if n["levels"]:
            kept = "" if n["gained"] else ", few enough to have been there"
            rows.append(
                [
                    f"Categories never seen in {f.clean(n['column'])}",
                    f"{n['levels']}, in {_rows(n['rows'])}{kept}",
                ]
            )
        if n["beyond"]:
            rows.append([f"Beyond the range of {f.clean(n['column'])}", _rows(n["beyond"])])
    return rows


def _rows(n: int) -> str:
    return f"{f.count(n)} row{'' if n == 1 else 's'}"


def _criterion(row: Mapping[str, Any]) -> dict[str, Any]:
    unit = row["unit"]
    return {
        "label": f.clean(row["label"]), "value_text": f.value(row["value"], unit),
        "interval_text": f.interval(row["ci"], unit), "floor_text": f.value(row["floor"], unit),
        "limit_text": f.value(row["limit"], unit), "then_text": f.value(row["then"], unit), "code": row["verdict"],
        "then_code": row["then_verdict"] or f.NONE, "counts": row["counts"],
    }  # fmt: skip


def _coverage(found: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "missed_text": f.value(found["missed"], "share"), "interval_text": f.interval(list(found["ci"]), "share"),
        "effective_text": f"{found['effective']:.0f}", "values_text": f.count(found["values"]),
        "chance_text": f.value(found["chance"], "share"), "then_text": f.value(found["then"], "share"),
        "crps_text": f.value(found["crps"], "ratio"),
        "crps_interval_text": f.interval(_listed(found["crps_ci"]), "ratio"),
        "naive_text": f.value(found["naive"], "ratio"),
    }  # fmt: skip


def _listed(ci: Sequence[float] | None) -> list[float] | None:
    return None if ci is None else list(ci)


def _channel(channel: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": f.clean(channel["name"]), "missed_text": f.value(channel["missed"], "share"),
        "level_text": f"{channel['level']:+.1f}", "scale_text": f"{channel['scale']:+.1f}",
        "chance_text": f"±{channel['chance']:.1f}", "outcome": "moved" if channel["seen"] else "as chance",
        "fan": series.fan_of(channel["picture"]) if channel.get("picture") else None,
    }  # fmt: skip


def html(shown: Mapping[str, Any]) -> str:
    """One page that loads nothing."""
    from markupsafe import Markup

    from synthkit.report.html import environment

    style = files("synthkit.report").joinpath("templates", "report.css").read_text(encoding="utf-8")
    return environment().get_template("monitor.html.j2").render(
        v=shown, style=Markup(style),  # noqa: S704 - our own file, as in `report.html`
        style_digest=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        drawn=[c for c in shown["columns"] if c["chart"]][:PICTURES], charts=charts,
        series_charts=series_charts,
    )  # fmt: skip


def markdown(shown: Mapping[str, Any]) -> str:
    """GitHub's Markdown."""
    verdict = shown["verdict"]
    parts = [f"# {text(shown['title'])}: {verdict['word']}", f"**{text(verdict['because'])}** {text(shown['seen'])}"]
    parts += [f"Next: {text(shown['next'])}", text(shown["review"]), "## Reasons"]
    parts.append(
        "\n".join(f"- {r['sign']} {r['word']}, {text(r['what'])}: {text(r['because'])}" for r in shown["reasons"])
    )
    parts += [f"Baseline: {text(shown['baseline'])}."]
    parts += ["\n".join(f"- {text(b)}" for b in shown["blind"])]
    parts += _section("Columns", shown["columns"], "name", {
        "Column": "name", "Stability index": "psi_text", "Interval, less chance": "interval_text",
        "By chance": "chance_text", "KS or TV": "distance_text", "Up to by chance": "distance_chance_text",
        "Outcome": "outcome",
    })  # fmt: skip
    if shown["structure"]:
        parts += ["## Structure", "\n".join(f"- {text(a)}: {text(b)}" for a, b in shown["structure"])]
    parts += _section("Quality", shown["quality"], "label", {
        "Criterion": "label", "Now": "value_text", "95 % interval": "interval_text", "Limit": "limit_text",
        "Verdict": "code", "At release": "then_text", "Verdict then": "then_code",
    })  # fmt: skip
    parts += _section("Channels", shown["channels"], "name", {
        "Channel": "name", "Missed": "missed_text", "Level": "level_text", "Size of steps": "scale_text",
        "By chance": "chance_text", "Outcome": "outcome",
    })  # fmt: skip
    return "\n\n".join(p for p in parts if p) + "\n"


def _section(title: str, rows: Sequence[Mapping[str, Any]], first: str, columns: Mapping[str, str]) -> list[str]:
    """A table under its title, or nothing."""
    if not rows:
        return []
    cells = [[text(r[key]) if key == first else str(r[key]) for key in columns.values()] for r in rows]
    lines = [list(columns), ["---", *["---:"] * (len(columns) - 1)], *cells]
    return [f"## {title}", "\n".join("| " + " | ".join(line) + " |" for line in lines)]


def lines(watch: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A few lines for the terminal, as (label, words); the verdict itself is not among them."""
    shown = view(watch)
    found = [("why", r["because"]) for r in shown["reasons"] if r["code"] == watch["verdict"] != "KEEP"][1:]
    found += [("also", r["because"]) for r in shown["reasons"] if "KEEP" != r["code"] != watch["verdict"]][:WORST]
    if watch["verdict"] == "KEEP":
        found += [("kept", r["because"]) for r in shown["reasons"]]
    if shown["seen"]:
        found.append(("drift", shown["seen"]))
    for c in [c for c in shown["columns"] if c["outcome"] != "not judged"][:WORST]:
        told = f"stability index {c['psi_text']} (by chance up to {c['chance_text']}), {c['measure']} "
        found.append((c["name"], f"{told}{c['distance_text']} (up to {c['distance_chance_text']})"))
    for c in shown["channels"][:WORST]:
        told = f"missed {c['missed_text']}, level {c['level_text']}, size of steps {c['scale_text']} "
        found.append((c["name"], f"{told}(by chance within {c['chance_text']} spreads of the paths)"))
    found.append(("baseline", f"{shown['baseline']}."))
    return [*found, *([("review", shown["review"])] if shown["review"] else []), ("next", shown["next"])]


def write(path: str | Path, watch: Mapping[str, Any]) -> Path:
    """Write the report whole or not at all; the suffix says in which form.

    Raises:
        ConfigError: no form has this suffix.
        OutputError: the file cannot be written.
    """
    from synthkit.scorecard import finite

    path = Path(path)
    form = _FORMS.get(path.suffix.lower())
    if form is None:
        raise ConfigError(f"no report form has the suffix {path.suffix!r}", hint=f"use one of {', '.join(_FORMS)}")
    if form == "json":
        write_text(path, json.dumps(finite(watch), indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    elif form == "txt":
        head = f"{watch['verdict']}: {because(watch)}"
        write_text(path, "\n".join([head, *(f"{label}: {words}" for label, words in lines(watch))]) + "\n")
    else:
        write_text(path, html(view(watch)) if form == "html" else markdown(view(watch)))
    return path
