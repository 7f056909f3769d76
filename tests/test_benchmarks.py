"""The committed results, and the page made from them."""

from __future__ import annotations

import importlib
import json
import re

import pytest


@pytest.mark.parametrize("part", ["adult", "peers", "sets", "windows", "augment", "speed"])
def test_results_are_whole_and_name_no_machine(root, part):
    text = (root / "benchmarks" / "results" / f"{part}.json").read_text(encoding="utf-8")
    found = json.loads(text)
    assert found["rows"]
    assert {"date", "cores", "cpu", "python", "versions"} <= found["machine"].keys()
    assert not re.search(r'"(/|[A-Z]:\\)\w', text), "a path"


def test_the_page_is_what_the_results_say(root, monkeypatch):
    monkeypatch.syspath_prepend(root)
    render = importlib.import_module("benchmarks.render")
    page = (root / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert page == render.page(root / "benchmarks" / "results"), "run: python -m benchmarks.run --render"
    for name, picture in render.beside(root / "benchmarks" / "results").items():
        assert (root / "docs" / name).read_text(encoding="utf-8") == picture


@pytest.mark.parametrize(
    ("part", "key"),
    [
        ("rare", "rows"),
        ("gan_vae", "sets"),
        ("warm", "rows"),
        ("anomaly", "rows"),
        ("wide", "rows"),
        ("small", "sets"),
        ("escalation", "tried"),
    ],
)
def test_results_of_networks_are_whole(root, part, key):
    text = (root / "benchmarks" / "results" / f"{part}.json").read_text(encoding="utf-8")
    found = json.loads(text)
    assert found[key] and {"date", "cores", "versions"} <= found["machine"].keys()
    assert not re.search(r'"(/|[A-Z]:\\)\w', text), "a path"


def test_the_page_on_networks_says_who_ranks_odd_rows_best(root):
    found = json.loads((root / "benchmarks" / "results" / "anomaly.json").read_text(encoding="utf-8"))
    told = " ".join((root / "docs" / "networks.md").read_text(encoding="utf-8").split())
    ranks, sets = found["ranks"], {row["name"].rpartition("/")[2]: row["arms"] for row in found["rows"]}
    assert min(ranks, key=lambda arm: ranks[arm]["rank auc"]) == "trees" and ranks["trees"]["seconds"] < 1
    assert min(ranks, key=lambda arm: ranks[arm]["rank precision"]) == "flow"
    assert f"on {len(sets)} public sets" in told and f"first, on {ranks['trees']['wins auc']};" in told
    assert all(ranks[arm]["rank auc"] > ranks["mixture"]["rank auc"] + 1 for arm in ("tvae", "autoregressive"))
    assert max(sets["yeast6"], key=lambda arm: sets["yeast6"][arm]["auc"]) == "IsolationForest"
    assert sets["yeast6"]["mixture"]["auc"] < 0.5 and sets["flare-F"]["trees"]["auc"] < 0.5


def test_the_page_on_networks_says_how_missing_cells_were_filled(root):
    rows = json.loads((root / "benchmarks" / "results" / "imputation.json").read_text(encoding="utf-8"))["rows"]
    told = " ".join((root / "docs" / "networks.md").read_text(encoding="utf-8").split())
    cases = {(row["set"], row["way"]) for row in rows}
    found = {case: {row["arm"]: row for row in rows if (row["set"], row["way"]) == case} for case in cases}

    def ahead(key, other, sign=1):
        pairs = [(arms["synthkit chained"], arms[other]) for arms in found.values() if key in arms[other]]
        return f"{sum(sign * one[key] < sign * two[key] for one, two in pairs)} of {len(pairs)}"

    for key, arm, words in (
        ("rmse", "IterativeImputer", "err less than IterativeImputer in {}"),
        ("rmse", "chained forests", "less than forests in turn in {}"),
        ("law", "IterativeImputer", "keep the law of the column better than either in {}"),
        ("law", "chained forests", "keep the law of the column better than either in {}"),
    ):
        assert words.format(ahead(key, arm)) in told, (key, arm, ahead(key, arm))
    assert f"right than the forests in {ahead('accuracy', 'chained forests', -1)}" in told
    for way in ("MCAR", "MAR"):
        arms = found["insurance", way]
        assert arms["synthkit mixture"]["rmse"] < arms["synthkit chained"]["rmse"]


def test_the_guide_says_what_was_measured(root):
    """Its words were chosen by these figures: where another model is first, they have to be written again."""
    lines = (root / "docs" / "models.md").read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip(" `") for cell in line.split("|")[1:-1]] for line in lines if line.startswith("| `")]
    told = {row[0]: [float(cell.replace(",", "")) if cell != "-" else None for cell in row[2:]] for row in cells}
    detection, utility, membership, seconds = ({name: row[at] for name, row in told.items()} for at in range(4))
    assert min(detection, key=detection.get) == "autoregressive"
    assert detection["energy"] < min(
        value for name, value in detection.items() if name not in ("energy", "autoregressive")
    )
    assert min(utility, key=utility.get) == "autoregressive"
    assert membership["autoregressive"] < membership["trees"] / 2
    assert seconds["trees"] < seconds["energy"] < seconds["autoregressive"]


def test_pages_say_how_hard_to_tell_the_network_is(root):
    sets = json.loads((root / "benchmarks" / "results" / "tabular.json").read_text(encoding="utf-8"))["sets"]
    found = {one["data"]["name"]: {row["name"]: row["runs"] for row in one["rows"]} for one in sets}

    def told(name, arm, metric="detection"):
        runs = found[name][arm]
        return sum(run[metric]["value"] for run in runs) / len(runs)

    first = [min((arm for arm in arms if arm.startswith("synthkit")), key=lambda arm: told(name, arm))
             for name, arms in found.items()]  # fmt: skip
    assert first.count("synthkit autoregressive") == 6 and len(first) == 7
    for name in found:
        assert told(name, "synthkit autoregressive", "membership") < told(name, "synthkit trees", "membership"), name
    runs = found["adult_peers"]["synthkit autoregressive"]
    detection, utility = (told("adult_peers", "synthkit autoregressive", what) for what in ("detection", "utility"))
    seconds = sum(run["seconds"] for run in runs) / len(runs)
    assert detection < 0.53 and seconds < 300 and len(runs) == 3
    for name in ("magic", "beijing"):
        assert told(name, "synthkit autoregressive") < told(name, "synthkit trees"), name
    read = " ".join((root / "README.md").read_text(encoding="utf-8").split())
    assert f"told with an AUC of {detection:.3f} and teach {utility:.4f}, after {seconds:.0f} s on one core" in read
    page = " ".join((root / "docs" / "networks.md").read_text(encoding="utf-8").split())
    gains = {name: [float(run["notes"]["gain on unseen rows"].split()[0]) for run in arms["synthkit autoregressive"]]
             for name, arms in found.items()}  # fmt: skip
    assert {name for name, gain in gains.items() if not any(gain)} == {"adult_peers", "adult", "shoppers", "magic"}
    mean = {name: f"{sum(gain) / len(gain):.2f}" for name, gain in gains.items()}
    assert mean["default"] == mean["diabetes130"]
    assert f"by {mean['beijing']} nats a row on Beijing, and by {mean['default']} on Default and Diabetes130" in page
    assert f"the AUC is {detection:.3f} after {seconds:.0f} s" in page
    peers = [f"{told('adult_peers', arm):.3f}" for arm in ("tabsyn_1", "tabsyn_2", "tabularargn_2", "tabularargn_1")]
    assert "have {} and {}, TabularARGN's {} and {}".format(*peers) in page


def test_the_pages_on_scale_say_what_was_measured(root):
    found = json.loads((root / "benchmarks" / "results" / "scale.json").read_text(encoding="utf-8"))
    fits = {(row["arm"].split()[-1], row["rows"]): row for row in found["fitted"]}
    made = {(row["arm"].split()[-1], row["rows"], row["workers"]): row for row in found["sampled"]}
    page = " ".join((root / "docs" / "scale.md").read_text(encoding="utf-8").split())
    took = [f"{fits[name, 10_000_000]['seconds']:.0f} s with `{name}`" for name in ("marginals", "copula", "trees")]
    assert f"`fit` takes {took[0]}, {took[1]} and {took[2]}" in page
    for (name, rows, workers), row in made.items():
        if not name.startswith("Gauss") and (workers == 2 or name == "marginals") and (name, workers, rows) != (
            "marginals", 2, 10_000_000
        ):  # fmt: skip
            rate = f"{round(rows / row['seconds'], -3):,.0f} | {row['peak_mb']:,}"
            assert f"| `{name}` | {rows // 1_000_000} million | {workers} | {rate} |" in page
    trees = made["trees", 10_000_000, 2]
    hours, gigabytes = 1e9 / (trees["rows"] / trees["cpu_seconds"]) / 3600, trees["mb"] / trees["rows"] * 1e6
    assert f"a billion rows of `trees` take {hours:.1f} hours of processor time and {gigabytes:.0f} GB" in page
    assert f"16 cores make them in {['five', 'six', 'seven'][round(hours / 16 * 60) - 5]} minutes" in page
    assert f"for {100 * 0.05 * hours:.0f} cents at 5 cents an hour" in page
    read = " ".join((root / "README.md").read_text(encoding="utf-8").split())
    fit, hundred = fits["trees", 10_000_000]["seconds"], made["marginals", 100_000_000, 2]["seconds"]
    assert f"fitted by `trees` in {fit:.0f} s, and a hundred million made by `marginals` in {hundred:.0f} s" in read
