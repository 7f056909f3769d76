"""The page docs/benchmarks.md, made from the JSON results and nothing else: standard library only."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

Plain = Mapping[str, Any]

SDV = "sdv GaussianCopulaSynthesizer"

HEAD = """\
# Benchmarks

This page is written by `make bench`, from the results in `benchmarks/results/`. To make it again:

```
SYNTHKIT_DATA=/path/to/data make bench      # all of it
.venv/bin/python -m benchmarks.run sets     # one part; --help names them
.venv/bin/python -m benchmarks.run --render # the page alone
```

`credit_data` is bundled; other sets are looked for as `synthkit datasets` says. What is missing is named and left out.

How to read it:

- **Judged against rows that no model saw**, except Shape and Trend, which are against train, over all rows, as papers
  print them (sdmetrics' scores with its thresholds off). Detection is the cross-validated AUC of LightGBM at telling
  synthetic rows from unseen real ones, with its 95 % interval: 0.5 is "cannot tell". Utility is the AUC (for numbers,
  R2) on unseen rows of LightGBM trained on the synthetic rows. "Closer to train", where 50 % is no copying, and the
  membership attack, where 0.5 is guessing, are simple tests: they can show a leak, and cannot rule one out.
- **The first row is the yardstick**: the real train rows judged like a synthetic table (for Shape and Trend, the unseen
  rows against train). The second, train drawn with replacement, is a perfect model of train that copies everybody: what
  sampling noise leaves of Shape and Trend, and what a full leak looks like. Only its repeated rows give it away to the
  detector.
- Where several seeds ran, a figure is their median, and an interval that of the seed with the median detection.
- Seconds are by the clock, on a machine shared with other work; imports and reading the file are not counted. Compare
  them within a run only. Processor seconds, which other work stretches less, are in the JSON.
"""

PEERS = """\
The synthetic tables are those released with the TabularARGN paper (arXiv 2501.12012); we did not train these models, so
there are no seconds for them. Read this with care:

- The paper's train and test files share a quarter of their rows, so everything is judged against the rows of Adult that
  are in neither file.
- It is not certain that the released tables were trained on exactly this train file: they have 24,421 rows, it has
  24,403. If they were not, Shape and Trend against it are a little too high for them, and their detection, against rows
  that neither side saw, stands.
- Privacy is not judged here: who was in the training rows is not certain, and between files that share rows even a
  model that cannot copy anybody looks as if it did. See the UCI split above for ours.
- Numbers are as released. TabSyn and TabMT write fractions where the real rows have whole numbers, which alone gives
  many rows away (TabMT has no whole `fnlwgt` at all); rounding them is left to who uses them.
- One released table is one draw. Where there are two, both are shown.
"""

SETS = """\
`synthkit generate` with nothing but the target: the ladder stops at the first model that meets the default criteria.
PASS needs every criterion's whole interval on the right side; INCONCLUSIVE means that the holdout is too small to be
sure, FAIL that some criterion is broken for sure. A fifth of the rows is held out; for Adult it is the UCI test file.
"""


WINDOWS = """\
The protocol of TimeGAN (Yoon and others 2019): windows of 24 rows cut at every row, each column scaled to 0..1 over all
rows, a small GRU told real from synthetic; |accuracy - 0.5|, lower is better. Our port of the judge to PyTorch, three
seeds of the generator, three of the judge each. `sequences` is below Diffusion-TS on Stocks and ETTh1 and above it on
Energy; hybrid is above it on all three. Read it with care:

- **Copies win**: the row copy-train returns training windows, and is at the noise of the judge. That is why the last
  columns stand there: the median distance of a synthetic window to its nearest training window, and the same for real
  windows of blocks held out. A generator that is nearer than those has copied.
- Papers' rows are theirs, with their judge and seeds (Diffusion-TS, ICLR 2024, table 1); figures of different papers
  are not quite comparable.
- VAR and hybrid simulate one path as long as the data and cut it: levels that wander go where the data never were, and
  the judge sees nothing else. They are made for any length and for a calendar, not for this protocol. `sequences`
  takes windows as entities.
- The rows of Stocks and ETTh1 other than `sequences` were measured in an earlier run on the same day and machine.
"""

AUGMENT = """\
One LightGBM for all series, trained on the 60 months of each and on augmented rows; it foretells the 18 months that
nothing saw. MASE is in mean absolute seasonal changes of the 60 months; p values are of the Diebold-Mariano test over
series. Bagged ETS is the classical champion (Bergmeir, Hyndman and Benitez 2016). "Our futures" are rows whose lags are
the real last months and whose targets are paths of ETS and SARIMAX after the end (`--mode continue`): what classical
models know of each series becomes lessons for the booster. "Our twins" are `--mode twin` of ETS; `--mode augment` was
not tried. The first two rows train no booster.

- Settings and recipes were written before the first run and not changed after it; there was no choice on a validation
  block. A pilot of 60 of these series ran once with the same settings.
- Bagged ETS and twins have 5 copies a series, futures 20 paths; extra rows together weigh as much as the real ones.
  Other numbers of copies were not tried. Twins against Bagged ETS is the like-for-like row.
- Series are taken as independent; shocks they share would make p too small. That the booster with futures is better
  than the paths it learned from was not tested.
"""

PANELS = """\
Three tenths of the entities are held back; models make as many new ones as they saw. Levels and changes is the distance
of their distributions; detection the AUC of LightGBM at telling synthetic stretches from unseen real ones (0.5 is
"cannot tell"; a dash where there are too few of them); transitions how far the moves between states are off; utility
the MASE of LightGBM trained on the synthetic series; membership the AUC of a distance attack on entities. The floor is
what the real train entities score. One seed. Both PARs have their default of {epochs} epochs; `par` is PAR's network
behind our protocol, taught the right rows (deepecho 0.8.1 holds those of short sequences against the wrong ones).
"""


RARE = """\
A quarter of each table is held back and seen by nothing; LightGBM (100 rounds, its defaults) learns from what each arm
makes of the rest, three splits. Ranks are over the sets, 1 is best; the last columns count the sets on which an arm is
worse or better than doing nothing, the 95 % interval of the gap (held-back rows resampled) being on one side of 0.
`synthkit augment` chooses rows and model by cross-validation inside the training rows, in about {budget:.0f} s a split.
"""

GAN_VAE = """\
Each fit in a process of its own, one after the other; ours stop by themselves, with `--budget 5m` as the limit; those
of sdv have their defaults (300 epochs). Peak memory is of the whole process. The first two rows are the yardsticks.
"""


def page(results: Path) -> str:
    """The whole page, from the JSON files in that folder; parts without a file are named."""
    parts = [HEAD]
    for name, title, body in (
        ("adult", "Adult, UCI split", _adult),
        ("peers", "Released tables of other generators", _peers),
        ("sets", "The verdict, set by set", _sets),
        ("seeds", "The verdict, seed by seed", _seeds),
        ("windows", "Windows of 24 rows, by the published protocol", _windows),
        ("augment", "Augmentation on short monthly series", _augment),
        ("panels", "Panels with attributes", _panels),
        ("gan_vae", "CTGAN and TVAE beside sdv's", _gan_vae),
        ("rare", "More rows of a rare class", _rare),
        ("speed", "Speed on one series", _speed),
    ):
        file = results / f"{name}.json"
        found = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None
        text = body(found) + _machine(found["machine"]) if found else "Not run yet.\n"
        parts.append(f"## {title}\n\n{text}")
    return "\n".join(parts)


def _adult(found: Plain) -> str:
    columns = {
        "Shape %": _against("shape"),
        "Trend %": _against("trend"),
        "detection AUC": _detection,
        "utility AUC": _middle("utility", "{:.4f}"),
        "closer to train": _middle("dcr", "{:.1%}"),
        "membership AUC": _middle("membership", "{:.3f}"),
        "identical rows": _middle("identical", "{:.2%}"),
        "fit s": _seconds("fit"),
        "sample s": _seconds("sample"),
    }
    return f"{_rows_of(found)}\n\n{_table('table', columns, found['rows'])}\n{_race(found['rows'])}"


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
        "Shape %": _against("shape"),
        "Trend %": _against("trend"),
        "detection AUC": _detection,
        "utility AUC": _middle("utility", "{:.4f}"),
    }
    return f"{_rows_of(found)}\n\n{_table('table', columns, found['rows'])}\n{PEERS}"


def _sets(found: Plain) -> str:
    columns = {
        "rows x columns": lambda row: f"{row['data']['rows']:,} x {row['data']['columns']}",
        "chosen": lambda row: row["chosen"],
        "verdict": lambda row: row["verdict"],
        "detection AUC": lambda row: _interval(_scores(row)["detection"]),
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
    return f"{SETS}\n{_table('set', columns, found['rows'])}\n{after}"


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


def _table(first: str, columns: Mapping[str, Callable[[Plain], str]], rows: Iterable[Plain]) -> str:
    lines = ["| " + " | ".join([first, *columns]) + " |", "|---|" + "---|" * len(columns)]
    lines += ["| " + " | ".join([row["name"], *(cell(row) for cell in columns.values())]) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _middle(metric: str, form: str) -> Callable[[Plain], str]:
    def cell(row: Plain) -> str:
        values = [run[metric]["value"] for run in row["runs"] if metric in run]
        return form.format(median(values)) if values else "-"

    return cell


def _against(metric: str) -> Callable[[Plain], str]:
    def cell(row: Plain) -> str:
        return f"{100 * median(run['against_train'][metric] for run in row['runs'] if 'against_train' in run):.2f}"

    return cell


def _seconds(stage: str) -> Callable[[Plain], str]:
    def cell(row: Plain) -> str:
        values = [run["seconds"][stage] for run in row["runs"] if "seconds" in run]
        return f"{median(values):.2f}" if values else "-"

    return cell


def _detection(row: Plain) -> str:
    runs = sorted((run["detection"] for run in row["runs"] if "detection" in run), key=lambda found: found["value"])
    return _interval(runs[len(runs) // 2])


def _interval(found: Plain) -> str:
    ci = found.get("ci")
    return f"{found['value']:.3f}" + (f" ({ci[0]:.3f} to {ci[1]:.3f})" if ci else "")


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


def _speed(found: Plain) -> str:
    lines = ["| model | points | processor seconds |", "|---|---|---|"]
    lines += [f"| {row['model']} | {row['points']:,} | {row['seconds']:.2f} |" for row in found["rows"]]
    said = (
        f"Fit and {found['paths']:,} paths of {found['ahead']} rows, median of {found['rounds']} rounds (hybrid: one)."
    )
    return said + "\n\n" + "\n".join(lines) + "\n"


def _gan_vae(found: Plain) -> str:
    columns = {
        "Shape %": _against("shape"),
        "Trend %": _against("trend"),
        "detection AUC": _detection,
        "utility": _middle("utility", "{:.4f}"),
        "closer to train": _middle("dcr", "{:.1%}"),
        "membership AUC": _middle("membership", "{:.3f}"),
        "seconds": _flat("seconds", "{:.0f}"),
        "processor s": _flat("cpu_seconds", "{:.0f}"),
        "peak MB": _flat("peak_mb", "{:.0f}"),
    }
    parts = [GAN_VAE]
    for one in found["sets"]:
        data = one["data"]
        parts.append(f"**{data['name']}**, {data['train']:,} train rows, {data['unseen']:,} unseen:\n")
        parts.append(_table("table", columns, one["rows"]))
    return "\n".join(parts)


def _flat(name: str, form: str) -> Callable[[Plain], str]:
    def cell(row: Plain) -> str:
        return form.format(row["runs"][0][name]) if name in row["runs"][0] else "-"

    return cell


def _rare(found: Plain) -> str:
    both = ("average_precision", "balanced_accuracy")
    lines = [
        "| arm | rank, both | rank, precision | rank, balanced | mean precision | mean balanced | worse | better |"
    ]
    lines.append("|---|" + "---:|" * 7)
    for arm, row in found["ranks"].items():
        ranks = [f"{row[name]:.2f}" for name in ("both", *both)]
        means = [f"{row[f'mean {name}']:.3f}" for name in both]
        counts = [" + ".join(str(row[f"{word} in {name}"]) for name in both) for word in ("worse", "better")]
        lines.append(f"| {arm} | " + " | ".join([*ranks, *means, *counts]) + " |")
    lines += ["", "Worse and better: sets by average precision + by balanced accuracy.", ""]
    arms = list(found["ranks"])
    lines.append("| set | rows | rare | " + " | ".join(arms) + " | rows were added in |")
    lines.append("|---|---:|---:|" + "---|" * (len(arms) + 1))
    for row in found["rows"]:
        cells = [" / ".join(f"{row['arms'][arm][name]:.3f}" for name in both) for arm in arms]
        added = sum(not why.startswith("none") for why in row["chosen"])
        name = row["name"].partition("/")[2] or row["name"]
        lines.append(
            f"| {name} | {row['rows']:,} | {row['rare']} | {' | '.join(cells)} | {added} of {len(row['chosen'])} |"
        )
    return RARE.format(budget=found["budget_seconds"]) + "\n" + "\n".join(lines) + "\n"
