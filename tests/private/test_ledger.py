"""The books: what is spent adds up, is refused a hair beyond the budget, and is known by name and by content."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime

import pandas as pd
import pytest

from synthkit.data.native import raw_of
from synthkit.errors import ArtifactError, BudgetSpent
from synthkit.private import ledger as ledger_
from synthkit.private.accountant import epsilon_of, rho_of
from synthkit.private.ledger import Account, Ledger, Release, place

DELTA = 1e-6


def release(epsilon=1.0, delta=DELTA, rho=None):
    return Release("2026-01-01T00:00:00+00:00", epsilon, delta, rho, "m")


def account(*releases, epsilon=2.0, delta=DELTA):
    return Account("a", epsilon, delta, releases)


def test_zero_concentrated_releases_add_up_in_rho_and_others_in_epsilon():
    rho = rho_of(1.0, DELTA)
    assert account().spent == 0
    assert account(release(rho=rho)).spent == pytest.approx(1.0)
    two = account(release(rho=rho), release(rho=rho)).spent
    assert two == pytest.approx(epsilon_of(2 * rho, DELTA)) and two < 1.6
    plain = release(0.5, DELTA / 4)
    assert account(plain, plain).spent == 1.0
    mixed = account(plain, release(rho=rho), plain)
    assert mixed.spent == pytest.approx(1.0 + epsilon_of(rho, DELTA / 2))


def test_deltas_that_pass_the_account_s_cost_without_end():
    half = release(0.1, DELTA / 2)
    assert account(half, half).spent == pytest.approx(0.2), "the whole delta may be spent"
    assert account(half, half, release(0.1, DELTA * 1e-8)).spent == math.inf
    assert account(half, half, release(0.1, DELTA * 1e-10)).spent == pytest.approx(0.3), "a rounding is no release"
    assert account(half, half, release(rho=0.01)).spent == math.inf, "no delta is left to turn rho into epsilon"


@pytest.mark.parametrize(("more", "allowed"), [(0.0, True), (1.5e-6, True), (3e-6, False)])
def test_the_budget_may_be_spent_to_its_end_and_no_further(more, allowed):
    """Two and a half millionths of two are rounding; a release beyond that is refused."""
    assert account(release(1.0, DELTA / 4)).allows(release(1.0 + more, DELTA / 4)) is allowed
    assert account(epsilon=1.0).allows(release(1.0 + 1e-6, DELTA / 4)), "the rounding itself is still within"
    spent = account(release(1.0, DELTA / 4))
    assert spent.releases == account(release(1.0, DELTA / 4)).releases, "asking spends nothing"


@pytest.fixture
def raw():
    return raw_of(pd.DataFrame({"x": [1, 2, 3], "y": [*"aba"]}))


def charge(book, raw, epsilon, **more):
    book.charge(raw, **{"epsilon": epsilon, "delta": DELTA, "model": "aim", "whole": (2.0, DELTA)} | more)


def test_a_release_is_written_down_with_its_day_its_rho_and_its_model(tmp_path, raw):
    book = Ledger(tmp_path / "deep" / "er" / "ledger.json")
    before = datetime.now(UTC).replace(microsecond=0)
    charge(book, raw, 1.0, data="ward")
    charge(book, raw, 0.5, data="ward", delta=DELTA / 2, adds_up="epsilon", model="dpvae", whole=(9.0, 2 * DELTA))
    named, ward = book.accounts()
    assert ward.name == "ward" and re.fullmatch("sha256:[0-9a-f]{16}", named.name)
    first, second = ward.releases
    assert (first.epsilon, first.delta, first.rho, first.model) == (1.0, DELTA, rho_of(1.0, DELTA), "aim")
    assert (second.epsilon, second.delta, second.rho, second.model) == (0.5, DELTA / 2, None, "dpvae")
    when = datetime.fromisoformat(first.when)
    assert before <= when <= datetime.now(UTC) and when.microsecond == 0
    assert (ward.epsilon, ward.delta) == (9.0, 2 * DELTA) and named.releases == ward.releases
    written = json.loads(book.path.read_text(encoding="utf-8"))
    assert written["format"] == 1 and len(written["salt"]) == 32
    assert book.path.stat().st_mode & 0o777 == 0o600 and book.path.parent.stat().st_mode & 0o077 == 0
    assert book.path.read_text(encoding="utf-8").endswith("}\n")


def test_an_account_keeps_what_it_was_opened_with(tmp_path, raw):
    book = Ledger(tmp_path / "l.json")
    charge(book, raw, 1.0, whole=None)
    with pytest.raises(BudgetSpent) as refused:
        charge(book, raw, 0.1, whole=None)
    assert "is epsilon 1 at delta 1e-06, of which 1 is spent: another 0.1 goes over it" in str(refused.value)
    assert "costs nothing" in refused.value.hint
    assert [len(each.releases) for each in book.accounts()] == [1], "what is refused is not written"
    charge(book, raw, 0.1, whole=(2.0, DELTA))
    (raised,) = book.accounts()
    assert (raised.epsilon, len(raised.releases)) == (2.0, 2)


def test_a_refusal_under_either_name_charges_neither(tmp_path, raw):
    book = Ledger(tmp_path / "l.json")
    charge(book, raw, 1.9)
    with pytest.raises(BudgetSpent):
        charge(book, raw, 1.0, data="fresh name")
    assert [account.name[:7] for account in book.accounts()] == ["sha256:"]


def test_the_content_is_known_to_the_last_cell_and_the_last_name(tmp_path, raw):
    salt = "s" * 32
    known = ledger_._digest(raw, salt)
    frames = [{"x": [1, 2, 4], "y": [*"aba"]}, {"x": [1, 3, 2], "y": [*"aba"]}, {"z": [1, 2, 3], "y": [*"aba"]}]
    frames += [{"x": [1, 2, 3], "y": [*"abb"]}, {"x": [1, 2, 3]}, {"x": [1, 2], "y": [*"ab"]}]
    others = [ledger_._digest(raw_of(pd.DataFrame(frame)), salt) for frame in frames]
    assert len({known, *others}) == 7
    assert known != ledger_._digest(raw, "t" * 32) and re.fullmatch("[0-9a-f]{64}", known)
    assert known == ledger_._digest(raw_of(pd.DataFrame({"x": [1, 2, 3], "y": [*"aba"]})), salt)


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"salt": "s"}', '{"accounts": []}', '{"salt": "s", "accounts": [{"name": "a"}]}',
             '{"salt": "s", "accounts": [{"name": "a", "epsilon": 1, "delta": 1, "releases": [{"x": 1}]}]}']
)  # fmt: skip
def test_a_damaged_ledger_answers_nobody(tmp_path, raw, text):
    path = tmp_path / "l.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ArtifactError, match="privacy ledger") as damaged:
        charge(Ledger(path), raw, 0.1)
    assert "restore it" in damaged.value.hint and path.read_text(encoding="utf-8") == text


def test_a_ledger_that_is_no_file_answers_nobody(tmp_path, raw):
    with pytest.raises(ArtifactError, match="privacy ledger"):
        Ledger(tmp_path).accounts()


def test_where_it_lies(tmp_path, monkeypatch):
    monkeypatch.setenv("SYNTHKIT_LEDGER", str(tmp_path / "mine.json"))
    assert place() == Ledger().path == tmp_path / "mine.json"
    monkeypatch.delenv("SYNTHKIT_LEDGER")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Ledger().path == tmp_path / ".synthkit" / "privacy-ledger.json"
    assert Ledger().accounts() == () and not (tmp_path / ".synthkit").exists()


def test_two_that_charge_at_once_wait_for_each_other(tmp_path, raw, monkeypatch):
    """While one reads and writes, the file beside the ledger is locked."""
    import fcntl

    book, seen = Ledger(tmp_path / "l.json"), []
    whole = Ledger._write

    def write(self, *given):
        with self.path.with_name(".l.json.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                seen.append("locked")
        whole(self, *given)

    monkeypatch.setattr(Ledger, "_write", write)
    charge(book, raw, 0.1)
    assert seen == ["locked"]
