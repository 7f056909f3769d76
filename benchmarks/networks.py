"""The parts of the benchmark page on networks, warm starts and rare classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import median

from benchmarks.cells import Plain, against, detection, flat, middle, rows_table
from benchmarks.words import ANOMALY, ESCALATION, GAN_VAE, IMPUTATION, RARE, SMALL, SMALL_CHOICE, WARM, WIDE

__all__ = ["anomaly", "escalation", "gan_vae", "imputation", "rare", "small", "warm", "wide"]


def gan_vae(found: Plain) -> str:
    columns = {
        "Shape %": against("shape"),
        "Trend %": against("trend"),
        "detection AUC": detection,
        "utility": middle("utility", "{:.4f}"),
        "closer to train": middle("dcr", "{:.1%}"),
        "membership AUC": middle("membership", "{:.3f}"),
        "seconds": flat("seconds", "{:.0f}"),
        "processor s": flat("cpu_seconds", "{:.0f}"),
        "peak MB": flat("peak_mb", "{:.0f}"),
    }
    parts = [GAN_VAE]
    for one in found["sets"]:
        data = one["data"]
        parts.append(f"**{data['name']}**, {data['train']:,} train rows, {data['unseen']:,} unseen:\n")
        parts.append(rows_table("table", columns, one["rows"]))
    return "\n".join(parts)


def small(found: Plain) -> str:
    sets = found["sets"]
    rows = [one["data"]["rows"] for one in sets]
    count = sets[0]["data"]["folds"]
    parts = [
        SMALL.format(
            sets=len(sets), least=min(rows), most=max(rows), count=count, rounds=count // found["round"],
            round=found["round"], on=_listed(found["networks_on"]), limit=found["limit_seconds"],
        )
    ]  # fmt: skip
    for one in sets:
        data = one["data"]
        floors = {row["folds"]: _floor(row) for row in one["rows"] if "why" not in row}
        told = ", ".join(f"{floor} over {folds} folds" for folds, floor in floors.items())
        parts.append(f"**{data['name']}**, {data['rows']:,} rows, {data['columns']} columns; floor {told}:\n")
        lines = ["| model | detection AUC | utility | closer to train | folds | processor s |", "|---|" + "---:|" * 5]
        parts.append("\n".join([*lines, *(_small_row(row) for row in one["rows"])]) + "\n")
    gone = "\n".join(f"{one['name']} was not run: {one['why']}." for one in found["missing"])
    return "\n".join([*parts, _choices(sets)]) + (f"\n{gone}\n" if gone else "")


def _listed(names: list[str]) -> str:
    """`a, b and c`."""
    return " and ".join([part for part in (", ".join(names[:-1]), names[-1]) if part])


def _floor(row: Plain) -> str:
    return " / ".join(f"{row[m]['floor']:.3f}" for m in ("detection", "utility"))


def _small_row(row: Plain) -> str:
    if "why" in row:
        return f"| {row['name']} | {row['why']} | - | - | - | - |"
    cells = [f"{row[m]['value']:.3f} ({row[m]['low']:.3f} to {row[m]['high']:.3f})" for m in ("detection", "utility")]
    near = f"{row['dcr']['value']:.1%}"
    return f"| {row['name']} | {' | '.join(cells)} | {near} | {row['folds']} | {row['cpu_seconds']:.1f} |"


def _choices(sets: Sequence[Plain]) -> str:
    lines = ["| table | all folds choose | verdict | single holdouts choose | another |", "|---|---|---|---|---:|"]
    for one in sets:
        choice = one["choice"]
        names = Counter(choice["single"]).most_common()
        each = ", ".join(f"{name} {count}" for name, count in names)
        lines.append(
            f"| {one['data']['name']} | {choice['chosen']} | {choice['verdict']} | {each} "
            f"| {choice['other']} of {len(choice['single'])} |"
        )
    other, singles = (sum(f(one["choice"]) for one in sets) for f in (lambda c: c["other"], lambda c: len(c["single"])))
    return SMALL_CHOICE.format(sets=len(sets), other=other, singles=singles) + "\n" + "\n".join(lines) + "\n"


def rare(found: Plain) -> str:
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


def anomaly(found: Plain) -> str:
    both = ("auc", "precision")
    lines = ["| arm | rank, AUC | rank, precision | mean AUC | mean precision | sets won | seconds |"]
    lines.append("|---|" + "---:|" * 6)
    for arm, row in found["ranks"].items():
        cells = [f"{row[f'rank {key}']:.2f}" for key in both] + [f"{row[f'mean {key}']:.3f}" for key in both]
        won = " + ".join(str(row[f"wins {key}"]) for key in both)
        lines.append(f"| {arm} | {' | '.join(cells)} | {won} | {row['seconds']:.1f} |")
    arms = list(found["ranks"])
    lines += ["", f"Sets won, of {len(found['rows'])}: by AUC + by average precision, shared ones included.", ""]
    lines.append("| set | columns | learned from | anomalies | " + " | ".join(arms) + " |")
    lines.append("|---|---:|---:|---:|" + "---|" * len(arms))
    for row in found["rows"]:
        best = {key: max(one[key] for one in row["arms"].values()) for key in both}
        cells = [" / ".join(_best(row["arms"][arm][key], best[key]) for key in both) for arm in arms]
        facts = f"{row['columns']} | {row['learned']:,} | {row['anomalies']}"
        lines.append(f"| {row['name'].partition('/')[2] or row['name']} | {facts} | {' | '.join(cells)} |")
    lines += ["", _who(found)]
    lines += ["", *(f"{one['name']} was not run: {one['why']}." for one in found["missing"])]
    said = ANOMALY.format(most=found["most"], budget=found["budget_seconds"], seeds=len(found["seeds"]))
    return said + "\n" + "\n".join(lines).rstrip() + "\n"


def _who(found: Plain) -> str:
    """Which arm ranks first, and where it does not win."""
    first = min(found["ranks"], key=lambda arm: found["ranks"][arm]["rank auc"])
    lost = []
    for row in found["rows"]:
        best = max(row["arms"], key=lambda arm, row=row: row["arms"][arm]["auc"])
        if row["arms"][first]["auc"] < row["arms"][best]["auc"]:
            gap = f"{row['arms'][first]['auc']:.3f} against {row['arms'][best]['auc']:.3f} of {best}"
            lost.append(f"{row['name'].partition('/')[2] or row['name']} ({gap})")
    return f"First by mean rank of the AUC: `{first}`. Beaten on: {', '.join(lost) or 'none'}."


def _best(value: float, best: float) -> str:
    return f"**{value:.3f}**" if value == best else f"{value:.3f}"


def warm(found: Plain) -> str:
    metrics = ("shape", "trend", "detection", "utility")
    lines = ["| set | arm | " + " | ".join(metrics) + " | utility, seed by seed | seconds |", "|---|---|" + "---:|" * 6]
    for name in dict.fromkeys(row["set"] for row in found["rows"]):
        for arm in dict.fromkeys(row["arm"] for row in found["rows"]):
            runs = [row for row in found["rows"] if (row["set"], row["arm"]) == (name, arm)]
            cells = [f"{median(run[metric]['value'] for run in runs):.3f}" for metric in metrics]
            each = " ".join(f"{run['utility']['value']:.2f}" for run in runs)
            spent = [run["seconds"] for run in runs if run["seconds"]]
            seconds = f"{median(spent):.0f}" if spent else "-"
            lines.append(f"| {name} | {arm} | {' | '.join(cells)} | {each} | {seconds} |")
    return WARM.format(**found) + "\n" + "\n".join(lines) + "\n"


def imputation(found: Plain) -> str:
    """A line a set and way, a column an arm: error of numbers, right categories, and how far the law is off."""
    rows = found["rows"]
    arms = list(dict.fromkeys(row["arm"] for row in rows))
    parts = [IMPUTATION.format(share=found["share"], seeds=len(found["seeds"]))]
    for key, title, best in (
        ("rmse", "Error of the best guess of a number, in standard deviations", min),
        ("accuracy", "Share of categories guessed right", max),
        ("law", "How far the law of drawn cells is from that of the cells taken out (KS, total variation)", min),
        ("seconds", "Seconds, for the guess and the draw", min),
    ):
        lines = [f"| {title} | " + " | ".join(arms) + " |", "|---|" + "---:|" * len(arms)]
        for name, way in dict.fromkeys((row["set"], row["way"]) for row in rows):
            here = [row for row in rows if (row["set"], row["way"]) == (name, way) and key in row]
            if here:
                values = {arm: median(row[key] for row in here if row["arm"] == arm) for arm in arms}
                form = "{:.1f}" if key == "seconds" else "{:.3f}"
                first = best(values.values())
                cells = [f"**{form.format(v)}**" if v == first else form.format(v) for v in values.values()]
                lines.append(f"| {name}, {way} | {' | '.join(cells)} |")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def wide(found: Plain) -> str:
    columns = {
        "peak MB": lambda row: f"{row['peak_mb']:,}",
        "seconds": lambda row: f"{row['seconds']:.0f}",
        "merchants made": lambda row: f"{row['merchants']:,}",
        "invented": lambda row: f"{row['invented']}",
        "told from held-out rows": lambda row: f"{row['notes']['told from held-out rows']:.3f}",
        "stopped because": lambda row: row["notes"]["stopped because"],
    }
    return WIDE.format(**found) + "\n" + rows_table("model", columns, found["rows"])


def escalation(found: Plain) -> str:
    data = found["data"]
    said = ESCALATION.format(rows=data["train_rows"], unseen=data["holdout_rows"], **found)
    section = found["record"].replace("### ", "**", 1).replace("\n", "**\n", 1)
    return said + "\n" + "\n".join(f"> {line}".rstrip() for line in section.splitlines()) + "\n"
