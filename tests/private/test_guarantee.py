"""The words that a privacy officer signs say what was done, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from synthkit.private.accountant import most_auc, most_found
from synthkit.private.curator import Charge, Curator
from synthkit.private.guarantee import NOT_COVERED, Guarantee

CHARGES = (
    Charge("counts of one column", 0.002, 15.81), Charge("counts of one column", 0.003, 12.91),
    Charge("which pair", 0.001),
)  # fmt: skip
SUMS = Charge("gradients: DP-SGD, 600 steps", 0.004, 3.25, 600, 0.02, 1.0)


@pytest.fixture
def signed():
    return Guarantee(1.0, 1e-6, 0.006, "row", 1, "noisy marginals", CHARGES)


def test_the_sentence_names_the_budget_and_whom_it_protects(signed):
    assert signed.sentence.startswith("(1, 1e-06)-differentially private") and "any one row never" in signed.sentence
    people = replace(signed, unit="who", bound=3)
    assert "any one value of 'who' (at most 3 of its rows count) never" in people.sentence


def test_every_touch_is_listed_with_its_price_and_its_noise(signed):
    text = signed.statement
    assert "| counts of one column | 2 | 0.005 | 12.9 |" in text, "the prices add up, and the least noise counts"
    assert "| which pair | 1 | 0.001 | – |" in text, "a choice has no standard deviation"
    assert "over 3 answers." in text and "rho = 0.006 over" in text
    assert "noise in whole numbers, from the operating system's generator, unseeded" in text
    assert "Renyi" not in text and "floating point" not in text
    for words in NOT_COVERED:
        assert f"* {words[0].upper()}{words[1:]}." in text
    assert text.startswith("# What is guaranteed\n") and text.endswith("|\n")


def test_sums_over_samples_are_each_an_answer_and_take_the_rest(signed):
    text = replace(signed, charges=(*CHARGES, SUMS)).statement
    assert "over 603 answers." in text and "| gradients: DP-SGD, 600 steps | 600 | the rest | 3.2 |" in text
    assert "gradients in floating point and not exact to the last bit" in text
    assert "Renyi differential privacy, counts and sampled gradients together," in text and "rho = " not in text


def test_no_attack_can_find_more_than_the_theory_allows(signed):
    assert signed.most_found == {
        "10 %": most_found(0.1, 1.0, 1e-6), "1 %": most_found(0.01, 1.0, 1e-6), "auc": most_auc(1.0, 1e-6)
    }  # fmt: skip
    assert "more than 27.2 % of the people" in signed.statement and "an AUC above 0.731" in signed.statement


def test_it_is_what_the_curator_gave_out(domain, rows):
    curator = Curator(rows, domain.sizes, epsilon=2.0, delta=1e-5)
    for rho in (0.01, 0.02):
        curator._charge(Charge("x", rho, 1.0))
    found = Guarantee.of(curator, domain, "m")
    assert (found.epsilon, found.delta, found.unit, found.bound, found.mechanism) == (2.0, 1e-5, "row", 1, "m")
    assert found.rho == pytest.approx(0.03) and found.charges == tuple(curator.charges)
    assert Guarantee.of(curator, replace(domain, unit="who", bound=4), "m").unit == "who"
    curator._charge(Charge("later", 0.01))
    assert len(found.charges) == 2


def test_it_is_read_again_from_json(signed):
    plain = json.loads(json.dumps(signed.to_dict()))
    assert Guarantee.from_dict(plain) == signed
    assert plain["not_covered"] == list(NOT_COVERED) and plain["neighbours"] == "add or remove one unit"
