"""What is particular to independent columns."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2_contingency, ks_2samp

from synthkit.models.tabular.marginals import Marginals
from synthkit.testing._tables import linked, mixed


@pytest.fixture(scope="module")
def made():
    return Marginals().fit(linked(), rng=np.random.default_rng(0)).sample(20_000, rng=np.random.default_rng(1)).frame


def test_each_column_keeps_its_law(made):
    real = linked().frame
    # Three standard errors of the larger sample, and the three ranks of 3,000 that a number may move.
    assert ks_2samp(made["size"], real["size"]).statistic < 0.02
    for name in ("group", "answer"):
        shares = real[name].value_counts(normalize=True)
        for word, p in shares.items():
            assert (made[name] == word).mean() == pytest.approx(p, abs=5 * np.sqrt(p * (1 - p) / len(made)))


def test_no_column_knows_another(made):
    real = linked().frame
    table = lambda f: f.groupby(["group", "answer"]).size().unstack().to_numpy()  # noqa: E731
    assert chi2_contingency(table(real)).pvalue < 1e-100
    assert chi2_contingency(table(made)).pvalue > 1e-4
    assert abs(np.corrcoef(made["size"], made["answer"] == "yes")[0, 1]) < 5 / np.sqrt(len(made))


def test_says_what_it_protected():
    assert Marginals().fit(mixed(), rng=np.random.default_rng(0)).protected == {"job": 6}
