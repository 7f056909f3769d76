"""The domain is public, and takes any word without a sound."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthkit.data.native import raw_of
from synthkit.errors import ConfigError, ReadError, SchemaError, UnknownName
from synthkit.private.attribute import Attribute
from synthkit.private.domain import Domain
from synthkit.private.draft import drafted

ODD = [
    "",
    "nan",
    "inf",
    "-inf",
    "1e400",
    "-1e400",
    "NULL",
    "a",
    "zzz",
    "７",
    "1,5",
    "0x10",
    "2021-01-01",
    "\x00",
    "9" * 400,
]


@given(words=st.lists(st.one_of(st.sampled_from(ODD), st.text(max_size=12), st.none()), min_size=1, max_size=20))
def test_every_word_has_a_cell(domain, words):
    frame = pd.DataFrame({name: pd.Series(words, dtype=object) for name in domain.names})
    rows = domain.rows(raw_of(frame))
    assert (rows.codes >= 0).all() and (rows.codes < np.array(domain.sizes)).all()
    real = domain.real(raw_of(frame), rows)
    assert len(real) == len(words)


def test_cells_are_what_they_should_be(domain):
    frame = pd.DataFrame({
        "age": [0, 9, 10, 250, -3, None], "ward": ["a", "c", "new", None, "elsewhere", ""],
        "dose": [0.0, 10.0, np.inf, -np.inf, np.nan, 5.0], "ill": ["no", "yes", "maybe", None, "yes", "no"],
    })  # fmt: skip
    codes = domain.rows(raw_of(frame)).codes
    assert codes[:, 0].tolist() == [0, 0, 1, 9, 0, 10]
    assert codes[:, 1].tolist()[:5] == [0, 2, 3, 4, 3]
    assert codes[:, 2].tolist() == [0, 4, 4, 0, 5, 2]
    assert codes[:, 3].tolist() == [0, 1, 0, 0, 1, 0], "no cell for missing: the first value"


def test_values_come_back_within_their_cells(domain):
    rng = np.random.default_rng(0)
    codes = np.stack([rng.integers(0, size, 500) for size in domain.sizes], axis=1)
    table = domain.table(codes, rng)
    again = domain.rows(raw_of(table.frame)).codes
    assert (again[:, [0, 1, 3]] == codes[:, [0, 1, 3]]).all()
    edge = np.abs(again[:, 2] - codes[:, 2]) <= 1  # 2.0 is the end of one bin and the start of the next
    assert edge.all() and (again[:, 2] == codes[:, 2]).mean() > 0.9
    assert table.frame["dose"].dropna().round(1).eq(table.frame["dose"].dropna()).all()


def test_points_dates_and_logarithms():
    gain = Attribute.of(
        {"name": "gain", "kind": "integer", "min": 0, "max": 99_999, "points": [0, 99_999], "scale": "log"}
    )
    assert (gain.low[0], gain.high[0]) == (0, 0) and (gain.low[-1], gain.high[-1]) == (99_999, 99_999)
    assert (gain.low[1:] == gain.high[:-1] + 1).all(), "whole numbers, none left out"
    born = Attribute.of({"name": "born", "kind": "datetime", "min": "1900-01-01", "max": "2020-12-31", "bins": 12})
    cells = raw_of(pd.DataFrame({"born": ["1900-01-01", "2020-12-31", "2300-01-01", "soon"]}))["born"]
    assert born.encode(cells).tolist() == [0, 11, 11, 12]
    made = born.decode(np.arange(13), np.random.default_rng(0))
    assert made.iloc[:12].is_monotonic_increasing and made.isna().tolist() == [False] * 12 + [True]


def test_a_unit_counts_with_so_many_rows(domain_text):
    domain = Domain.from_toml(domain_text.replace("public = true", 'public = true\nunit = "who"\nrows_per_unit = 2'))
    who = ["x", "x", "x", "y", None, None, "x"]
    frame = pd.DataFrame({"who": who, "age": range(1, 71, 10), "ward": "a", "dose": 1.0, "ill": "no"})
    rows = domain.rows(raw_of(frame))
    assert rows.places.tolist() == [0, 1, 3, 4, 5], "two rows of x; nobody's rows are each somebody's"
    assert len(set(rows.units)) == 4


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("public = true", "", "not signed as public"),
        ("public = true", 'public = "yes"', "not signed as public"),
        ("public = true", "public = true\nbounds = 1", "unknown key 'bounds'"),
        ("max = 99\n", "", "column 'age' of the domain has no ends"),
        ("max = 99\n", "max = -1\n", "do not ascend"),
        ('values = ["a", "b", "c"]', "values = []", "column 'ward' of the domain has no values"),
        ('values = ["a", "b", "c"]', 'values = ["a", "a"]', "more than once"),
        ('kind = "numeric"', 'kind = "money"', "column 'dose' of the domain has no known kind"),
        (
            'kind = "numeric"',
            'kind = "numeric"\nvalues = ["1"]',
            "'dose' of the domain has the unknown key 'values'",
        ),
        ("public = true", 'public = true\nunit = "age"', "'age' is the unit"),
        ("public = true", "public = true\nrows_per_unit = 3", "needs a unit"),
        ("[[column]]", "[[column", "not valid TOML"),
    ],
)
def test_what_is_no_domain_is_refused(domain_text, old, new, message):
    with pytest.raises(SchemaError, match=message):
        Domain.from_toml(domain_text.replace(old, new, 1))


def test_the_header_is_public_and_the_file_has_to_be_there(tmp_path, domain, domain_text, patients):
    with pytest.raises(ConfigError, match="no column 'dose'"):
        domain.rows(raw_of(patients.drop(columns="dose")))
    with pytest.raises(ReadError, match="domain file"):
        Domain.read(tmp_path / "none.toml")
    with pytest.raises(UnknownName, match="'sick'"):
        Domain.from_toml(domain_text.replace('target = "ill"', 'target = "sick"'))


def test_a_draft_is_refused_until_it_is_signed(patients):
    text = drafted(raw_of(patients.assign(key=range(len(patients)))), target="ill")
    with pytest.raises(SchemaError, match="not signed as public"):
        Domain.from_toml(text)
    signed = Domain.from_toml(text.replace("public = false", "public = true"))
    assert signed.names == ("age", "ward", "dose", "ill") and "key" in text
    assert Domain.of(signed.to_dict()).sizes == signed.sizes, "as a saved model has it"
