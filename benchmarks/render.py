"""The page docs/benchmarks.md, made from the JSON results and nothing else: standard library only."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from statistics import median

from benchmarks import advice, curve, frontier, gated, guarded, guide, networks, scaled, watching
from benchmarks.cells import Plain, against, detection, interval, later, middle, rows_table, seconds
from benchmarks.words import AUGMENT, HEAD, PANELS, PEERS, SETS, SIZE, WINDOWS

SDV = "sdv GaussianCopulaSynthesizer"


def page(results: Path) -> str:
    """The whole page, from the JSON files in that folder; parts without a file are named."""
    parts = [HEAD]
    for name, title, body in (
        ("adult", "Adult, UCI split", _adult),
        ("peers", "Released tables of other generators", _peers),
        ("tabular", "Public sets, every model", frontier.page),
        ("budgets", "What more minutes buy", curve.page),
        ("dial", "The privacy dial", frontier.dial),
        ("privacy", "Privacy", guarded.page),
        ("sets", "The verdict, set by set", _sets),
        ("seeds", "The verdict, seed by seed", _seeds),
        ("windows", "Windows of 24 rows, by the published protocol", _windows),
        ("innovations", "Networks of innovations at their gate", gated.page),
        ("augment", "Augmentation on short monthly series", _augment),
        ("panels", "Panels with attributes", _panels),
        ("gan_vae", "CTGAN and TVAE beside sdv's", networks.gan_vae),
        ("wide", "A column of 10,000 categories", networks.wide),
        ("escalation", "Where the trees fall short", networks.escalation),
        ("small", "Small tables", networks.small),
        ("rare", "More rows of a rare class", networks.rare),
        ("warm", "A warm start on small tables", networks.warm),
        ("imputation", "Filling missing cells", networks.imputation),
        ("anomaly", "Odd rows", networks.anomaly),
        ("advise", "Advice, and what came", advice.page),
        ("drift", "Watching after a release", watching.page),
        ("size", "Seconds and memory, by rows and by columns", _size),
        ("scale", "Millions of rows", scaled.page),
        ("speed", "Speed on one series", _speed),
    ):
        file = results / f"{name}.json"
        found = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None
        text = body(found) + _machine(found["machine"]) + later(found) if found else "Not run yet.\n"
        parts.append(f"## {title}\n\n{text}")
    return "\n".join(parts)


def beside(results: Path) -> dict[str, str]:
    """What stands beside the page, made from the same results: file name -> text."""
    pages = {
        "tabular": {"frontier.svg": frontier.picture, "models.md": guide.page},
        "budgets": {"budgets.svg": curve.picture},
    }
    made = {}
    for part, drawers in pages.items():
        if (file := results / f"{part}.json").is_file():
            found = json.loads(file.read_text(encoding="utf-8"))
            made |= {name: draw(found) for name, draw in drawers.items()}
    return made


def _adult(found: Plain) -> str:
    columns = {
        "Shape %": against("shape"),
        "Trend %": against("trend"),
        "detection AUC": detection,
        "utility AUC": middle("utility", "{:.4f}"),
        "closer to train": middle("dcr", "{:.1%}"),
        "membership AUC": middle("membership", "{:.3f}"),
        "identical rows": middle("identical", "{:.2%}"),
        "fit s": seconds("fit"),
        "sample s": seconds("sample"),
    }
    return f"{_rows_of(found)}\n\n{rows_table('table', columns, found['rows'])}\n{_race(found['rows'])}"


def _race(rows: Iterable[Plain]) -> str:
    """Our models against sdv, round by round: what a busy machine does to one it does to the other."""
    runs = {row["name"]: [run["seconds"] for run in row["runs"] if "seconds" in run] for row in rows}
    spent = {name: [run["fit"] + run["sample"] for run in rounds] for name, rounds in runs.items()}
    work = {name: [run["fit_cpu"] + run["sample_cpu"] for run in rounds] for name, rounds in runs.items()}
    lines = []
    for name in ("marginals", "copula", "trees"):
        ratios = [mine / theirs for mine, theirs in zip(spent[name], spent[SDV], strict=True)]
        lines.append(
            f"- {name}: {median(spent[name]):.2f} s, {median(ratios):.2f} times sdv's"
            f" (round by round {', '.join(f'{ratio:.2f}' for ratio in ratios)};"
            f" in processor seconds {median(work[name]) / median(work[SDV]):.2f} times)"
        )
    return (
        "Fit and sample together, each model in turn in each of"
        f" {len(spent[SDV])} rounds; sdv: {median(spent[SDV]):.2f} s.\n\n" + "\n".join(lines) + "\n"
    )


def _peers(found: Plain) -> str:
    columns = {
        "Shape %": against("shape"),
        "Trend %": against("trend"),
        "detection AUC": detection,
        "utility AUC": middle("utility", "{:.4f}"),
    }
    return f"{_rows_of(found)}\n\n{rows_table('table', columns, found['rows'])}\n{PEERS}"


def _sets(found: Plain) -> str:
    columns = {
        "rows x columns": lambda row: f"{row['data']['rows']:,} x {row['data']['columns']}",
        "chosen": lambda row: row["chosen"],
        "verdict": lambda row: row["verdict"],
        "detection AUC": lambda row: interval(_scores(row)["detection"]),
        "(floor)": lambda row: f"{_scores(row)['detection']['floor']:.3f}",
        "utility": lambda row: _scores(row)["utility"]["unit"].upper() + f" {_scores(row)['utility']['value']:.4f}",
        "(real)": lambda row: f"{_scores(row)['utility']['floor']:.4f}",
        "membership AUC": lambda row: f"{_scores(row)['membership']['value']:.3f}",
        "total s": lambda row: f"{row['seconds']:.1f}",
        "fit + sample s": lambda row: f"{_rung(row)['fit_seconds'] + _rung(row)['sample_seconds']:.1f}",
    }
    notes = "".join(f"- {row['name']}: {row['because']}.\n" for row in found["rows"] if row["verdict"] != "PASS")
    gone = "".join(f"- {row['name']} was not run: {row['why']}.\n" for row in found["missing"])
    after = (
        "Total seconds are reading, splitting, every rung tried and its judging;"
        " fit + sample are those of the chosen model.\n"
    )
    if notes or gone:
        after += f"\n{notes}{gone}"
    return f"{SETS}\n{rows_table('set', columns, found['rows'])}\n{after}"


def _seeds(found: Plain) -> str:
    counts = Counter(row["verdict"] for row in found["rows"])
    told = ", ".join(f"{counts[verdict]} {verdict}" for verdict in ("PASS", "INCONCLUSIVE", "FAIL"))
    head = "| seed | chosen | verdict | unsettled or short on | detection AUC | utility AUC | membership AUC |"
    lines = [
        f"| {row['seed']} | {row['chosen']} | {row['verdict']} | {', '.join(row['short']).lower() or '-'} "
        f"| {row['scores']['detection']:.3f} | {row['scores']['utility']:.3f} | {row['scores']['membership']:.3f} |"
        for row in found["rows"]
    ]
    table = "\n".join([head, "|---|---|---|---|---|---|---|", *lines])
    return f"`{found['name']}` with defaults, over {len(lines)} seeds: {told}.\n\n{table}\n\n"


def _rows_of(found: Plain) -> str:
    data = found["data"]
    return f"{data['train']:,} train rows, {data['unseen']:,} unseen rows, {data['columns']} columns."


def _machine(facts: Plain) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in facts["versions"].items())
    return (
        f"\nMeasured {facts['date']} in {facts['minutes']:g} minutes: {facts['cores']} cores ({facts['cpu']}),"
        f" {facts['memory_gib']} GiB, {facts['system']}, Python {facts['python']}, {versions};"
        f" synthkit's source {facts['source']}."
        f" Load before it began: {facts['load_before']:g}.\n"
    )


def _rung(row: Plain) -> Plain:
    rung: Plain = next(rung for rung in row["tried"] if rung["model"] == row["chosen"])
    return rung


def _scores(row: Plain) -> Plain:
    scores: Plain = _rung(row)["scores"]
    return scores


def _windows(found: Plain) -> str:
    names = list(dict.fromkeys(row["set"] for row in found["rows"]))
    head = "| generator | " + " | ".join(f"{name} | nearest (held out)" for name in names) + " |"
    lines = [head, "|---|" + "---|---|" * len(names)]
    for generator in dict.fromkeys(row["generator"] for row in found["rows"]):
        cells = [_window_cells(found["rows"], name, generator) for name in names]
        lines.append(f"| {generator} | " + " | ".join(cells) + " |")
    for paper, scores in found["published"].items():
        lines.append(f"| {paper}, published | " + " | ".join(f"{scores[n]:.3f} | -" for n in names) + " |")
    times = ", ".join(
        f"{row['generator']} on {row['set']} {median(row['seconds']):.0f} s"
        for row in found["rows"]
        if median(row["seconds"]) >= 1
    )
    return f"{WINDOWS}\n" + "\n".join(lines) + f"\n\nFit and sample by the clock: {times}.\n"


def _window_cells(rows: Iterable[Plain], name: str, generator: str) -> str:
    row = next((r for r in rows if r["set"] == name and r["generator"] == generator), None)
    if row is None:
        return "- | -"
    scores = row["discriminative"]
    spread = f"{min(scores):.3f} to {max(scores):.3f}"
    near = f"{median(row['nearest']):.2f} ({row['nearest_held_out']:.2f})"
    return f"{sum(scores) / len(scores):.3f} ({spread}) | {near}"


def _augment(found: Plain) -> str:
    arms = ("real rows alone", "with Bagged-ETS copies")
    lines = ["| trained on | MASE | " + " | ".join(f"against {arm}" for arm in arms) + " |", "|---|---|---|---|"]
    for row in found["rows"]:
        cells = []
        for arm in arms:
            test = row.get(f"against {arm}")
            cells.append(f"{test['gap']:+.4f}, p = {test['p']:.2g}" if test else "-")
        lines.append(f"| {row['arm']} | {row['mase']:.4f} | " + " | ".join(cells) + " |")
    said = f"{found['series']} monthly series of M3, {found['points']} points each, {len(found['seeds'])} seeds."
    return f"{said} {AUGMENT}\n" + "\n".join(lines) + "\n"


def _panels(found: Plain) -> str:
    shown = {
        "levels and changes": "marginal",
        "detection": "series_detection",
        "transitions": "transitions",
        "utility": "forecast_utility",
        "membership": "entity_membership",
    }
    lines = [f"| set | model | {' | '.join(shown)} | rows an entity | seconds |", "|---|---|" + "---:|" * 7]
    made = [row for row in found["rows"] if "scores" in row]
    for name in dict.fromkeys(row["set"] for row in made):
        here = [row for row in made if row["set"] == name]
        for row in here:
            cells = [_cell(row["scores"].get(metric), "value") for metric in shown.values()]
            cells += [f"{row['length']:.1f}", f"{row['seconds']:.1f}"]
            lines.append(f"| {name} | {row['model']} | {' | '.join(cells)} |")
        floors = [_cell(here[0]["scores"].get(metric), "floor") for metric in shown.values()]
        held = next(r for r in found["rows"] if r["set"] == name and "scores" not in r)
        lines.append(f"| {name} | floor | {' | '.join(floors)} | {held['length']:.1f} | – |")
    return PANELS.format(epochs=found["epochs"]) + "\n" + "\n".join(lines) + "\n"


def _cell(score: Plain | None, part: str) -> str:
    return "–" if score is None or score[part] is None else f"{score[part]:.3f}"


def _size(found: Plain) -> str:
    lines = ["| rows | columns | model | fit s | sample s | peak MB |", "|---:|---:|---|---:|---:|---:|"]
    lines += [
        f"| {row['rows']:,} | {row['columns']} | {row['name']} | {row['fit_seconds']:.1f} "
        f"| {row['sample_seconds']:.1f} | {row['peak_mb']:,} |"
        for row in found["rows"]
    ]
    return SIZE + "\n" + "\n".join(lines) + "\n"


def _speed(found: Plain) -> str:
    lines = ["| model | points | processor seconds |", "|---|---|---|"]
    lines += [f"| {row['model']} | {row['points']:,} | {row['seconds']:.2f} |" for row in found["rows"]]
    paths, ahead, rounds = found["paths"], found["ahead"], found["rounds"]
    said = f"Fit and {paths:,} paths of {ahead} rows, median of {rounds} rounds (networks: one)."
    later = found.get("later")
    added = f"\n{', '.join(later['models'])}, added later: {_machine(later['machine']).strip()}\n" if later else ""
    return said + "\n\n" + "\n".join(lines) + "\n" + added
