"""The view as Markdown, for a pull request, a wiki or a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

__all__ = ["markdown"]

WORST = 15
"""Columns listed; all of them are in the HTML page and in the JSON."""

_WORDY = ("Score", "Verdict", "Model", "Outcome", "Because", "Column", "Kind", "Pair")
_SPECIAL = re.compile(r"([\\`*_\[\]#|~$!])")
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def markdown(view: Mapping[str, Any]) -> str:
    """The report in GitHub's Markdown; nothing from the data can turn into a tag, a link or a table cell."""
    verdict = view["verdict"]
    parts = [f"# {text(view['title'])}: {verdict['word']}", f"**{text(verdict['sentence'])}**"]
    if view["asked"]:
        parts += ["## What was asked", _items(view["asked"])]
    if view["command"]:
        parts.append("\n".join("    " + line for line in view["command"].splitlines()))
    parts += ["## Scores", _scores(view["headline"])]
    if view["beside"]:
        parts += ["### Beside copies", _beside(view["beside"])]
    if view["ladder"]["rows"]:
        parts += ["## What was tried", text(view["ladder"]["because"]), _ladder(view["ladder"])]
    if view["columns"]:
        parts += _columns(view["columns"])
    if view["pairs"]["worst"]:
        rows = [[" × ".join(map(text, p["pair"])), p["value_text"], p["floor_text"]] for p in view["pairs"]["worst"]]
        parts += ["## Pairs furthest from their floor", _table(["Pair", "Synthetic", "Floor"], rows)]
    parts += ["## Privacy", *_privacy(view)]
    if view["provenance"]:
        parts += ["## Provenance", _items(view["provenance"])]
    parts += ["## How to read this report", _items(view["glossary"])]
    return "\n\n".join(p for p in parts if p) + "\n"


def text(words: object) -> str:
    r"""Text as it is, with every letter that Markdown or HTML would act on made harmless.

    >>> print(text("<b> | [x](http://y)"))
    &lt;b&gt; \| \[x\](http&#58;//y)
    """
    plain = "".join(_HTML.get(c, c) for c in " ".join(str(words).split(" ")))
    return _SPECIAL.sub(r"\\\1", plain).replace("://", "&#58;//").replace("www.", "www&#46;").replace("@", "&#64;")


def _items(pairs: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"- **{text(label)}**: {text(value)}" for label, value in pairs)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are escaped already; words to the left, numbers to the right."""
    lines = [head, ["---" if name in _WORDY else "---:" for name in head], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _sign(mark: Mapping[str, str] | None) -> str:
    return f"{mark['sign']} {mark['word']}" if mark else "–"


def _scores(rows: Iterable[Mapping[str, Any]]) -> str:
    head = ["Score", "Value", "Floor", "95 % interval", "Limit", "Copying", "Verdict"]
    keys = ("value_text", "floor_text", "interval_text", "limit_text", "copying_text")
    return _table(head, [[text(r["label"]), *(r[k] for k in keys), _sign(r["verdict"])] for r in rows])


def _beside(beside: Mapping[str, Any]) -> str:
    rows = [[text(r["label"]), r["value_text"], r["floor_text"], *r["others"]] for r in beside["rows"]]
    return _table(["Score", "Value", "Floor", *(text(name).capitalize() for name in beside["names"])], rows)


def _ladder(ladder: Mapping[str, Any]) -> str:
    head = ["Model", "Outcome", "Fit", "Sample", "Judge", *(text(m["label"]) for m in ladder["metrics"]), "Because"]
    rows = []
    for t in ladder["rows"]:
        name = f"**{text(t['model'])}** (chosen)" if t["chosen"] else text(t["model"])
        costs = [t["costs"][part]["text"] for part in ("fit", "sample", "judge")]
        outcome = _sign(t["verdict"]) if t["verdict"] else text(t["status"])
        rows.append([name, outcome, *costs, *(s["value_text"] for s in t["scores"]), text(t["because"])])
    return _table(head, rows)


def _columns(columns: Sequence[Mapping[str, Any]]) -> list[str]:
    worst = sorted(columns, key=lambda c: c["rank"])[:WORST]
    rows = [
        [
            text(c["name"]),
            text(c["kind"]),
            c["value_text"],
            c["floor_text"],
            c["missing"]["real_text"],
            c["missing"]["synthetic_text"],
        ]
        for c in worst
    ]
    told = f"The {len(worst)} of {len(columns)} columns that are furthest from their floor."
    head = ["Column", "Kind", "Off by", "Floor", "Missing, real", "Missing, synthetic"]
    return ["## Column by column", told if len(worst) < len(columns) else "", _table(head, rows)]


def _privacy(view: Mapping[str, Any]) -> list[str]:
    rows = [view["headline"][i] for i in view["privacy"]["rows"]]
    told = [f"- {text(r['label'])}: {r['value_text']}{', ' + r['reading'] if r['reading'] else ''}" for r in rows]
    limits = [f"- **{text(head)}** {text(body)}" for head, body in view["privacy"]["limits"]]
    sight = [f"- {text(line)}" for line in view["privacy"]["sight"]]
    untested = [f"- {text(line)}" for line in view["privacy"]["not_tested"]]
    said = [f"**{text(view['privacy']['opening'])}**", "\n".join(told)]
    said += ["What these figures cannot say:", "\n".join([*limits, *sight])]
    return [*said, "What was not tested:", "\n".join(untested)]
