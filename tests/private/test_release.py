"""From a file to rows with a guarantee: the ledger, the files, and what may leave the house."""

from __future__ import annotations

import json
import re
import sys

import pandas as pd
import pytest
from pyarrow import parquet

import synthkit as sk
from synthkit.data.native import raw_of
from synthkit.dp import generate_private
from synthkit.errors import ArtifactError, BudgetSpent, ConfigError, MissingExtra
from synthkit.models import registry
from synthkit.private.domain import Domain
from synthkit.private.guarantee import Guarantee
from synthkit.private.ledger import Ledger


def test_rows_model_and_statement_say_nothing_that_was_measured(tmp_path, patients, domain):
    result = generate_private(
        patients, domain=domain, epsilon=2, delta=1e-6, model="mst", ledger=tmp_path / "ledger.json"
    )
    assert list(result.frame.columns) == list(patients.columns)
    assert abs(len(result.frame) - len(patients)) < 500  # a noisy count, which may be right by chance
    found = result.save(tmp_path / "out")
    outside = [found["table"], found["guarantee"], found["schema"], *found["model"].iterdir()]
    outside.append(found["table"].with_name(f"{found['table'].name}.synthetic.json"))
    goal = result.goal
    secrets = [goal["holdout_digest"], goal["source_digest"], str(result.verdict.value)]
    secrets += [f"{goal[what]:,}" for what in ("train_rows", "holdout_rows")] + [str(goal["train_rows"])]
    # as whole words: somewhere in the digits of a noisy count, any four digits are found sooner or later
    told = re.compile("|".join(rf"(?<![\w.]){re.escape(secret)}(?![\w.])" for secret in secrets))
    assert told.search(f'{{"rows": {goal["train_rows"]}, "verdict": "{result.verdict.value}"}}')
    for path in outside:
        if path.suffix not in (".npz", ".csv"):
            assert not told.search(path.read_text(encoding="utf-8")), path.name
    statement = found["guarantee"].read_text(encoding="utf-8")
    assert "(2, 1e-06)-differentially private" in statement and "Not covered" in statement
    assert result.guarantee == Guarantee.from_dict(json.loads((found["record"]).read_text())["goal"]["guarantee"])
    spent = sum(charge.rho for charge in result.guarantee.charges)
    assert spent == pytest.approx(result.guarantee.rho) and found["report"].read_text().count("epsilon 2 at delta")
    model = registry.private("mst").load(found["model"])
    again = model.sample(len(result.frame), rng=sk.stream(0, "sample", "mst"))
    assert again.frame.equals(result.table.frame)
    sk.sample(found["model"], rows=500, out=tmp_path / "parts", part_rows=200, workers=1)
    # in Arrow: pandas reads whole numbers as floats where one of them happens to be missing
    parts = [parquet.read_table(path) for path in sorted((tmp_path / "parts").glob("part-*"))]
    assert [len(part) for part in parts] == [200, 200, 100]
    assert all(part.schema.equals(parts[0].schema) and part.column_names == list(patients) for part in parts)


def test_the_ledger_refuses_when_the_budget_is_spent(tmp_path, patients, domain_text):
    ledger = Ledger(tmp_path / "ledger.json")
    domain = Domain.from_toml(f'data = "ward 7"\n{domain_text}\n[budget]\nepsilon = 2.0\ndelta = 1e-6\n')
    ask = {"domain": domain, "epsilon": 1.3, "delta": 1e-6, "model": "mst", "ledger": ledger}
    generate_private(patients, **ask)
    with pytest.raises(BudgetSpent, match=r"epsilon 2 at delta 1e-06, of which 1\.3 is spent"):
        generate_private(patients, **{**ask, "epsilon": 1.6})
    with pytest.raises(BudgetSpent, match="is spent"):
        generate_private(patients.iloc[:-1], **{**ask, "epsilon": 1.6})  # another version, the same name
    generate_private(patients, **ask)  # two of 1.3 add up to 1.87
    spent = {account.name: account.spent for account in ledger.accounts()}
    assert set(spent) == {"ward 7", *(name for name in spent if name.startswith("sha256:"))} and len(spent) == 2
    assert 1.3 < spent["ward 7"] < 2.0
    assert (tmp_path / "ledger.json").stat().st_mode & 0o077 == 0
    (tmp_path / "ledger.json").write_text("{")
    with pytest.raises(ArtifactError, match="privacy ledger"):
        generate_private(patients, **ask)


def test_a_network_s_epsilon_is_plainly_added(tmp_path, patients):
    """Its answers are no rho: what it spends cannot be summed as squares are."""
    book, raw = Ledger(tmp_path / "l.json"), raw_of(patients)
    ask = {"delta": 1e-9, "whole": (2.0, 1e-8), "model": "dpvae", "adds_up": "epsilon"}
    book.charge(raw, epsilon=0.9, **ask)
    book.charge(raw, epsilon=0.9, **ask)
    assert book.accounts()[0].spent == pytest.approx(1.8)
    with pytest.raises(BudgetSpent):
        book.charge(raw, epsilon=0.9, **ask)
    with pytest.raises(BudgetSpent):
        book.charge(raw, epsilon=0.3, delta=1e-9, model="aim", whole=(2.0, 1e-8))
    book.charge(raw, epsilon=0.1, delta=1e-9, model="aim", whole=(2.0, 1e-8))
    with pytest.raises(BudgetSpent):
        book.charge(raw, epsilon=0.01, delta=1e-7, whole=(2.0, 1e-8), model="dpvae", adds_up="epsilon")


def test_the_content_is_known_without_a_name_and_to_nobody_else(tmp_path, patients, domain):
    raw = raw_of(patients)
    books = [Ledger(tmp_path / f"{at}.json") for at in range(2)]
    for book in books:
        book.charge(raw, epsilon=1, delta=1e-6, model="aim")
        with pytest.raises(BudgetSpent):
            book.charge(raw_of(patients.copy()), epsilon=0.5, delta=1e-6, model="aim")
        book.charge(raw_of(patients.assign(age=1)), epsilon=1, delta=1e-6, model="aim")
    names = [{account.name for account in book.accounts()} for book in books]
    assert not names[0] & names[1], "each ledger has a salt of its own"


def test_a_table_too_small_to_be_judged_is_released_all_the_same(tmp_path, patients, domain):
    """Whether there are enough rows is itself an answer."""
    result = generate_private(
        patients.head(3), domain=domain, epsilon=1, model="mst", ledger=tmp_path / "l.json", rows=10
    )
    assert len(result.frame) == 10 and result.save(tmp_path / "out")["report"].exists()


@pytest.mark.parametrize(
    ("asked", "message"),
    [({"epsilon": -1}, "epsilon"), ({"delta": 2.0}, "delta"), ({"share": 0}, "share"), ({"rows": 0}, "rows"),
     ({"model": "trees"}, "no model 'trees'")],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_before_anything_is_charged(tmp_path, patients, domain, asked, message):
    with pytest.raises(ConfigError, match=message):
        generate_private(patients, **{"domain": domain, "epsilon": 1, "ledger": tmp_path / "l.json", **asked})
    assert not (tmp_path / "l.json").exists()


def test_a_network_that_cannot_be_is_refused_before_anything_is_charged(tmp_path, patients, domain, monkeypatch):
    ask = {"domain": domain, "delta": 1e-6, "model": "dpvae", "ledger": tmp_path / "l.json"}
    with pytest.raises(ConfigError, match="too little for 600 steps"):
        generate_private(patients, **ask, epsilon=0.005)
    with pytest.raises(ConfigError, match="no training"):
        generate_private(patients, **ask, epsilon=1, options={"steps": 0})
    monkeypatch.setitem(sys.modules, "opacus", None)
    monkeypatch.setitem(sys.modules, "opacus.accountants.analysis", None)
    with pytest.raises(MissingExtra, match=r"synthkit\[private\]"):
        generate_private(patients, **ask, epsilon=1)
    assert not (tmp_path / "l.json").exists()


def test_charged_before_the_first_answer(tmp_path, patients, domain, monkeypatch):
    """A crash afterwards leaves it charged."""
    monkeypatch.setattr("synthkit.models.private.mst.MST.fit", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        generate_private(patients, domain=domain, epsilon=1, model="mst", ledger=tmp_path / "l.json")
    assert len(Ledger(tmp_path / "l.json").accounts()) == 1


def test_units_are_never_on_both_sides(tmp_path, patients, domain_text):
    domain = Domain.from_toml(domain_text.replace("public = true", 'public = true\nunit = "who"\nrows_per_unit = 3'))
    frame = patients.assign(who=[f"p{at // 4}" for at in range(len(patients))])
    result = generate_private(frame, domain=domain, epsilon=1, model="mst", ledger=tmp_path / "l.json")
    assert result.guarantee.bound == 3 and "'who' (at most 3 of its rows count)" in result.guarantee.sentence
    assert result.goal["train_rows"] % 3 == 0 and result.goal["train_rows"] + result.goal["holdout_rows"] == 1500
    assert isinstance(result.frame, pd.DataFrame) and "who" not in result.frame
