"""A small table, its public domain, and a stand-in for the operating system's generator."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from synthkit.data.native import raw_of
from synthkit.private.domain import Domain
from synthkit.private.noise import Bits

DOMAIN = """
public = true
target = "ill"

[[column]]
name = "age"
kind = "integer"
min = 0
max = 99
bins = 10

[[column]]
name = "ward"
kind = "categorical"
values = ["a", "b", "c"]
other = "elsewhere"

[[column]]
name = "dose"
kind = "numeric"
min = 0.0
max = 10.0
bins = 5
decimals = 1

[[column]]
name = "ill"
kind = "boolean"
values = ["no", "yes"]
missing = false
"""


@pytest.fixture(scope="session")
def domain_text() -> str:
    return DOMAIN


@pytest.fixture(scope="session")
def domain() -> Domain:
    return Domain.from_toml(DOMAIN)


@pytest.fixture(scope="session")
def patients() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    age = rng.integers(0, 100, 2000)
    ward = np.where(age > 60, "c", rng.choice(["a", "b"], 2000))
    ill = np.where(rng.random(2000) < age / 120, "yes", "no")
    return pd.DataFrame(
        {"age": age, "ward": ward, "dose": np.round(age / 10 + rng.normal(0, 0.5, 2000), 1), "ill": ill}
    )


@pytest.fixture(scope="session")
def rows(domain, patients):
    return domain.rows(raw_of(patients))


@pytest.fixture(scope="session")
def tape() -> Callable[[int], Bits]:
    """Random bytes that can be played again, to ask two data sets the same questions with the same noise."""
    return lambda seed: np.random.default_rng(seed).bytes
