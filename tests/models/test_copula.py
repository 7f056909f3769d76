"""What is particular to the Gaussian copula."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp, spearmanr

from synthkit.data import io
from synthkit.data.schema import Column
from synthkit.errors import SchemaError
from synthkit.models.tabular.copula import Copula
from synthkit.testing._tables import build

RHO = np.array([[1.0, 0.8, -0.5], [0.8, 1.0, -0.2], [-0.5, -0.2, 1.0]])


@pytest.fixture(scope="module")
def gaussian():
    """A known law: a Gaussian copula with odd marginals."""
    z = np.random.default_rng(0).multivariate_normal(np.zeros(3), RHO, 4000)
    table = build(
        {
            Column("plain", "numeric"): z[:, 0],
            Column("skewed", "numeric"): np.exp(2 * z[:, 1]),
            Column("whole", "integer"): np.round(50 + 20 * z[:, 2]),
        }
    )
    model = Copula().fit(table, rng=np.random.default_rng(1))
    return table.frame.astype(float), model.sample(20_000, rng=np.random.default_rng(2)).frame.astype(float)


def test_rank_correlations_of_a_known_copula_are_recovered(gaussian):
    want = 6 / np.pi * np.arcsin(RHO / 2)  # Spearman's rho of a Gaussian copula
    # Three standard errors of a correlation of 4,000 rows, which is where the model learned it.
    assert np.abs(spearmanr(gaussian[1]).statistic - want).max() < 3 / np.sqrt(4000)


def test_marginals_are_kept_whatever_their_shape(gaussian):
    real, made = gaussian
    for name in real:
        assert ks_2samp(real[name], made[name]).statistic < 0.02, name


def test_missing_is_part_of_the_law():
    """It stands below the smallest value, so it follows what is low; gaps where others are high it gets wrong."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=3000)
    table = build(
        {Column("x", "numeric"): x, Column("y", "numeric"): np.where(x + rng.normal(size=3000) < -1, np.nan, x)}
    )
    made = Copula().fit(table, rng=rng).sample(6000, rng=rng).frame
    gone = made["y"].isna()
    assert gone.mean() == pytest.approx(table.frame["y"].isna().mean(), abs=0.03)
    assert made["x"][gone].mean() < made["x"][~gone].mean() - 0.5


def test_infinity_is_refused_at_the_door():
    """One infinite cell turns the whole column into nothing in sdv; here it does not get that far."""
    frame = pd.DataFrame({"x": [1.5, 2.5, np.inf, 4.5] * 20, "w": list("abcd") * 20})
    with pytest.raises(SchemaError, match="'x'"):
        io.to_table(frame)
