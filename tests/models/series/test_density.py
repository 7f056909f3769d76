"""The mixture density network of innovations: the law it learns is the law they have, and its gate knows when."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from synthkit.data import io
from synthkit.data.series import to_panel
from synthkit.errors import ConfigError
from synthkit.models.base import Plan
from synthkit.models.series._calibrated import Calibration
from synthkit.models.series._density_source import Density
from synthkit.models.series._gate import contest
from synthkit.models.series._innovations import Blocks
from synthkit.models.series._marginal import Marginal
from synthkit.models.series.density import MODEL as DENSITY
from synthkit.models.series.ets import MODEL as ETS
from synthkit.testing._panels import lone

BARE = np.zeros((4_000, 0))


def daily(steps):
    frame = pd.DataFrame({"day": pd.date_range("2010-01-01", periods=len(steps), freq="D"), "level": steps.cumsum()})
    return to_panel(io.to_table(frame, time="day"))


def threshold(n, seed=0):
    """Rows whose mean and size hang on the sign of the row before."""
    rng = np.random.default_rng(seed)
    rows = np.zeros(n)
    for t in range(1, n):
        before = rows[t - 1]
        rows[t] = (0.7 if before > 0 else -0.6) * before + (1.0 if before > 0 else 0.4) * rng.standard_normal()
    return rows


def gusty(n, seed=0):
    """Rows of size exp(c / 2) of a known input c, beside waves of a week and a year that say nothing."""
    rng = np.random.default_rng(seed)
    known, t = rng.uniform(-1.7, 1.7, n), np.arange(n)
    waves = [f(2 * np.pi * t / m) for m in (7, 365.25) for f in (np.cos, np.sin)]
    rows = np.exp(known / 2) * rng.standard_normal(n)
    size = rows.std()
    return (rows / size)[:, None], np.column_stack([*waves, known]), size


def halves(before, after):
    """Mean and size of rows after one below 0 and after one above, and the correlation with it there."""
    found = []
    for mask in (before < -0.3, before > 0.3):
        x, y = before[mask], after[mask]
        slope = np.polyfit(x, y, 1)
        found += [slope[0], (y - np.polyval(slope, x)).std()]
    return np.array(found)


def test_rows_drawn_one_after_the_other_have_the_law_of_a_threshold_process():
    rows = threshold(4_000)
    centre, size = rows.mean(), rows.std()
    source = Density.learn([((rows - centre) / size)[:, None]], [BARE], rng=np.random.default_rng(0))
    assert source.record["surprise"] < source.record["surprise_at_start"] - 0.1
    made = source.draw(10, BARE, series=None, rng=np.random.default_rng(1))[..., 0] * size + centre
    found = halves(made[:, :-1].ravel(), made[:, 1:].ravel())
    np.testing.assert_allclose(found, [-0.6, 0.4, 0.7, 1.0], atol=0.12)
    assert abs(made.mean() - centre) < 0.1
    assert abs(made.std() / size - 1) < 0.05


def test_the_size_of_what_is_drawn_follows_a_known_input_and_beats_blocks():
    rows, known, size = gusty(4_000)
    source = Density.learn([rows[:3_000]], [known[:3_000]], rng=np.random.default_rng(0))
    assert source.record["conditioned"]
    for at in (-1.2, 0.0, 1.2):
        asked = known[3_000:].copy()
        asked[:, -1] = at
        made = source.draw(20, asked, series=0, rng=np.random.default_rng(2)) * size
        assert made.std() == pytest.approx(np.exp(at / 2), rel=0.15)
    blocks = Blocks.learn([rows[:3_000]], [known[:3_000]], rng=np.random.default_rng(3))
    assert contest(source, blocks, [rows[3_000:]], [known[3_000:]], rng=np.random.default_rng(4)).won


def pair(n, seed=0):
    """Two channels: the size of the first hangs on the last of the second, the second on the first of the same row."""
    rng = np.random.default_rng(seed)
    rows = np.zeros((n, 2))
    for t in range(1, n):
        one, two = rng.standard_normal(2)
        rows[t, 0] = np.sqrt(0.5 + 0.5 * rows[t - 1, 1] ** 2) * one
        rows[t, 1] = 0.8 * rows[t, 0] + 0.6 * two
    return rows


def answers(paths):
    """Rank correlations of (paths, n, 2): between channels, and of the size of the first with the second before."""
    size, before = np.abs(paths[:, 1:, 0]).ravel(), np.abs(paths[:, :-1, 1]).ravel()
    return spearmanr(*paths.reshape(-1, 2).T).statistic, spearmanr(size, before).statistic


def test_channels_are_drawn_together():
    rows = pair(4_000)
    source = Density.learn([(rows - rows.mean(0)) / rows.std(0)], [BARE], rng=np.random.default_rng(0))
    made = source.draw(10, BARE, series=None, rng=np.random.default_rng(1))
    truth = answers(pair(40_000, seed=1)[None])
    assert truth[1] > 0.2
    np.testing.assert_allclose(answers(made), truth, atol=0.09)


def test_a_few_steps_far_out_do_not_shrink_all_others():
    rng = np.random.default_rng(0)
    rows = rng.standard_t(3, 4_000) / np.sqrt(3)
    made = rng.standard_normal((40_000, 1))
    made[:3] = 12.0
    calibration = Calibration.learn((Marginal.learn(rows),), made)
    levels = [0.01, 0.1, 0.25, 0.75, 0.9, 0.99]
    found = calibration(rng.standard_normal((100_000, 1)))
    np.testing.assert_allclose(np.quantile(found, levels), np.quantile(rows, levels), atol=0.05, rtol=0.08)
    assert (np.diff(calibration(np.linspace(-9, 15, 500)[:, None])[:, 0]) >= 0).all()  # ranks are kept


def test_the_mixture_is_a_density_and_what_is_drawn_comes_from_it():
    import torch

    from synthkit.models.nn.density import Mixture, Network, Shape, run

    shape = Shape(values=2, conditions=1, components=3)
    with torch.random.fork_rng():
        torch.manual_seed(3)
        net = Mixture(shape, torch.tensor([[1.0, 0.0], [0.6, 0.8]]))
        with torch.no_grad():
            net.law.weight.mul_(20)
    axis = torch.linspace(-9, 9, 241)
    grid = torch.cartesian_prod(axis, axis)
    inputs = net.enter.in_features
    with torch.no_grad():
        past = torch.zeros(len(grid), inputs)
        past[:, -1] = 1.0
        density = torch.exp(-net.surprise(grid, past, torch.ones(len(grid), 1)))
    cell = float(axis[1] - axis[0]) ** 2
    assert float(density.sum()) * cell == pytest.approx(1, abs=0.01)
    made, _ = run(Network.of(net), np.ones((1, 1)), 20_000, seed=0)  # paths of one row, with nothing behind them
    mean = (density[:, None] * grid).sum(0).numpy() * cell
    np.testing.assert_allclose(made[:, 0].mean(0), mean, atol=0.05)
    second = (density[:, None] * grid**2).sum(0).numpy() * cell
    np.testing.assert_allclose((made[:, 0] ** 2).mean(0), second, rtol=0.06)


def test_rows_that_are_missing_are_not_learned_and_none_is_drawn():
    rows = threshold(1_200)[:, None]
    rows[::7] = np.nan
    source = Density.learn([rows], [BARE[:1_200]], rng=np.random.default_rng(0), steps=30)
    made = source.draw(2, BARE[:50], series=None, rng=np.random.default_rng(0))
    assert made.shape == (2, 50, 1)
    assert np.isfinite(made).all()
    with pytest.raises(ValueError, match="too few"):
        Density.learn([np.full((50, 1), np.nan)], [BARE[:50]], rng=np.random.default_rng(0))


def test_few_rows_are_refused_with_the_reason():
    assert "300" in DENSITY.refuses(lone())
    with pytest.raises(ConfigError, match="train nothing"):
        DENSITY(steps=0)


def test_innovations_without_a_pattern_train_no_network():
    panel = daily(np.random.default_rng(2).standard_normal(1_000))
    model = DENSITY(base="ets").fit(panel, rng=np.random.default_rng(0))
    assert "no pattern" in model.notes["switched off"]
    assert dict(model.settled) == {"base": "ets"}
    plain = ETS().fit(panel, rng=np.random.default_rng(0).spawn(2)[0])
    one, two = (m.simulate(Plan("twin"), rng=np.random.default_rng(5)).table.digest() for m in (model, plain))
    assert one == two  # with its gate shut it is the classical model


def test_what_was_settled_is_not_tested_again_and_the_same_seed_gives_the_same_bytes(tmp_path):
    panel = daily(threshold(500))
    plan = Plan("continue", paths=3, horizon=700)
    models = [DENSITY(base="ets", steps=20).fit(panel, rng=np.random.default_rng(0)) for _ in range(2)]
    assert "gate" not in models[0].notes
    assert dict(models[0].settled) == {"base": "ets", "steps": 20, "conditioned": True}
    models[0].save(tmp_path)
    models.append(DENSITY.load(tmp_path))
    made = [model.simulate(plan, rng=np.random.default_rng(1)) for model in models]
    assert len({m.table.digest() for m in made}) == 1
    assert dict(models[2].settled) == dict(models[0].settled)
    assert all(len(s) == 700 and np.isfinite(s.values).all() for s in made[0])
    assert models[0].notes["innovations"] == "density"


@pytest.mark.slow
def test_the_gate_opens_for_a_threshold_process():
    model = DENSITY(base="ets").fit(daily(threshold(4_000)), rng=np.random.default_rng(0))
    assert "switched on" in model.notes, model.notes
    assert model.notes["gate"]["difference"] > model.notes["gate"]["error"]
    assert model.settled["steps"] == model.notes["network"]["steps"]
    again = DENSITY(**model.settled).fit(daily(threshold(4_000)), rng=np.random.default_rng(0))
    assert again.notes["innovations"] == "density"
    assert "gate" not in again.notes
