"""Made-up tables of known laws: one with a column of each kind, and odd ones that real files turn out to hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from synthkit.data.schema import Column, Schema
from synthkit.data.table import Table

__all__ = ["DTYPES", "ODD_NAMES", "ODD_WORDS", "build", "linked", "mixed"]

DTYPES: Mapping[str, str] = {"numeric": "float64", "integer": "Int64", "datetime": "datetime64[us]"}
"""Canonical types of kinds; all others are object strings."""

ODD_NAMES = (
    'a "quoted" name',
    "it's",
    "two\nlines",
    "tab\there",
    "a.b[c]",
    "x,y;z",
    " ",
    "\u200b",
    "ünï 漢字 🙂",
    "<script>alert(1)</script>",
    "column0.support",
    "c0",
    "%s {0} \\n",
    "nan",
    "0",
)

ODD_WORDS = (
    "",
    " ",
    "NA",
    "null",
    "nan",
    "None",
    "0",
    "00",
    "1.0",
    "true",
    "a,b",
    'q"q',
    "two\nlines",
    "漢字",
    "🙂",
    "\x00",
)


def build(columns: Mapping[Column, Sequence[Any] | np.ndarray], *, target: str | None = None) -> Table:
    """A table of canonical columns; None, NaN and NaT are missing cells."""
    frame, kept = {}, []
    for column, values in columns.items():
        cells = pd.Series(values, dtype=DTYPES.get(column.kind, "object"))
        if column.kind not in DTYPES:
            cells = cells.where(cells.notna(), None)
        frame[column.name] = cells
        kept.append(replace(column, nullable=bool(cells.isna().any())))
    return Table(pd.DataFrame(frame), Schema(tuple(kept), target=target))


def mixed(n: int = 800, seed: int = 0) -> Table:
    """A column of each kind, dependent on one another, with missing cells, point masses and rare categories."""
    rng = np.random.default_rng([11, seed])
    job = rng.choice(["nurse", "clerk", "farmer", "pilot"], n, p=[0.4, 0.3, 0.2, 0.1]).astype(object)
    job[:6] = ["abbess", "abbess", "bishop", "consul", "druid", "druid"]
    age = rng.integers(18, 80, n)
    income = np.round(np.exp(rng.normal(7 + age / 60 + (job == "pilot"), 0.4)), 2)
    income[rng.random(n) < 0.2] = 0.0
    owner = np.where(rng.random(n) < np.where(age > 45, 0.85, 0.15), "yes", "no").astype(object)
    day = np.datetime64("2015-01-01", "us") + rng.integers(0, 3000, n).astype("timedelta64[D]")
    rare = np.array(["usual"] * n, dtype=object)
    rare[rng.permutation(n)[: max(8, n // 100)]] = "rare"
    risk = np.where((income > 3000) ^ (owner == "yes"), "high", "low").astype(object)
    remark = [f"{w} no {k} by {x}" for w, k, x in zip(job, rng.integers(0, 10**6, n), _names(rng, n), strict=True)]
    gone = rng.random(n) < 0.15
    codes = rng.permutation(100_000)[:n]
    return build(
        {
            Column("income", "numeric", decimals=2): np.where(gone, np.nan, income),
            Column("ratio", "numeric"): rng.normal(age / 10, 1.0, n),
            Column("age", "integer"): age,
            Column("children", "integer"): np.where(rng.random(n) < 0.1, np.nan, np.minimum(rng.poisson(1, n), 4)),
            Column("since", "datetime"): day,
            Column("paid", "datetime"): np.where(gone, np.datetime64("NaT", "us"), day.astype("datetime64[M]")),
            Column("seen", "datetime"): day + rng.integers(0, 86_400, n).astype("timedelta64[s]"),
            Column("job", "categorical"): _gaps(job, gone & (rng.random(n) < 0.5)),
            Column("status", "categorical"): rare,
            Column("owner", "boolean"): owner,
            Column("key", "id"): [f"K-{k:05d}" for k in codes],
            Column("remark", "text"): _gaps(np.array(remark, dtype=object), rng.random(n) < 0.3),
            Column("risk", "categorical"): risk,
        },
        target="risk",
    )


def linked(n: int = 3000, seed: int = 0) -> Table:
    """Few columns and strong relations: what a condition on one column says of another is plain to see."""
    rng = np.random.default_rng([12, seed])
    group = rng.choice(["a", "b", "c"], n, p=[0.5, 0.3, 0.2]).astype(object)
    chance = pd.Series(group).map({"a": 0.1, "b": 0.5, "c": 0.9}).to_numpy(float)
    answer = np.where(rng.random(n) < chance, "yes", "no").astype(object)
    size = np.round(rng.normal(100 * chance, 10.0, n), 1)
    return build(
        {
            Column("size", "numeric", decimals=1): size,
            Column("answer", "categorical"): answer,
            Column("group", "categorical"): group,
        },
        target="answer",
    )


def _gaps(words: np.ndarray, gone: np.ndarray) -> np.ndarray:
    words = words.copy()
    words[gone] = None
    return words


def _names(rng: np.random.Generator, n: int) -> list[str]:
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    return ["".join(word).capitalize() for word in letters[rng.integers(0, 26, (n, 7))]]
