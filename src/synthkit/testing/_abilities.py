"""What a model promises that fills missing cells, or that knows how likely a row is."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd

from synthkit.data.table import Table
from synthkit.models.base import Density, Detector, Imputer, Synthesizer
from synthkit.testing._bench import Bench
from synthkit.testing._run import require
from synthkit.testing._tables import linked

__all__ = ["DENSITIES", "FILLINGS", "ODDITIES"]


def _holes(table: Table, share: float = 0.2) -> tuple[Table, dict[str, np.ndarray]]:
    """The table with a share of its cells missing at random, and which they are."""
    rng, frame = np.random.default_rng(21), table.frame.copy()
    gone: dict[str, np.ndarray] = {}
    for name in table.schema.names:
        gone[name] = rng.random(len(frame)) < share
        frame.loc[gone[name], name] = None
    return Table(frame, table.schema), gone


def _imputer(model: Synthesizer) -> Imputer:
    if not isinstance(model, Imputer):
        raise TypeError("the model is not an Imputer")
    return model


def _density(model: Synthesizer) -> Density:
    if not isinstance(model, Density):
        raise TypeError("the model has no Density")
    return model


def filled_cells_stay(bench: Bench) -> None:
    """Only missing cells change, none is left but of keys and texts, and the input is untouched."""
    torn, _ = _holes(bench.table)
    before = torn.frame.copy()
    for rng in (None, np.random.default_rng(4)):
        whole = _imputer(bench.model).impute(torn, rng=rng)
        require(torn.frame.equals(before), "the table that was given changed")
        require(whole.schema == torn.schema, "the schema changed")
        require(list(whole.frame.dtypes) == list(torn.frame.dtypes), "types of the frame changed")
        for column in torn.schema:
            cells, there = whole.frame[column.name], before[column.name].notna()
            require(cells[there].equals(before[column.name][there]), f"filled cells of '{column.name}' changed")
            if column.is_discrete or column.is_number:
                require(cells.notna().all(), f"cells of '{column.name}' are still missing")


def same_seed_same_cells(bench: Bench) -> None:
    """The same generator fills the same cells; without one they are always the same."""
    torn, _ = _holes(bench.table)
    for make in (lambda: None, lambda: np.random.default_rng(4)):
        once, again = (_imputer(bench.model).impute(torn, rng=make()) for _ in range(2))
        require(once.frame.equals(again.frame), "the same table was filled in another way")


def nothing_to_fill(bench: Bench) -> None:
    """No rows, and rows without a gap, come back as they are."""
    for rows in (linked(50, seed=3), linked(50, seed=3).head(0)):
        found = _imputer(bench.linked).impute(rows, rng=np.random.default_rng(4))
        require(found.frame.equals(rows.frame), "rows without a missing cell changed")


def cells_are_better_than_the_usual(bench: Bench) -> None:
    """Expected cells err less than the mean and the commonest category, where other columns say more."""
    real = linked(2000, seed=3)
    torn, gone = _holes(real)
    found = _imputer(bench.linked).impute(torn).frame
    size, truth = found["size"][gone["size"]], real.frame["size"][gone["size"]]
    error, usual = float(np.sqrt(((size - truth) ** 2).mean())), float(truth.std())
    require(error < 0.7 * usual, f"expected numbers err by {error:.1f}, their mean by {usual:.1f}")
    for name in ("answer", "group"):
        truth = real.frame[name][gone[name]]
        right, common = (
            float((found[name][gone[name]] == truth).mean()),
            float(truth.value_counts(normalize=True).max()),
        )
        require(right > common + 0.1, f"the likeliest '{name}' is right in {right:.2f}, the commonest in {common:.2f}")


def drawn_cells_keep_the_spread(bench: Bench) -> None:
    """Drawn cells have the spread of the real ones, and are not all at the mean."""
    real = linked(2000, seed=3)
    torn, gone = _holes(real)
    found = _imputer(bench.linked).impute(torn, rng=np.random.default_rng(4)).frame
    have, want = float(found["size"][gone["size"]].std()), float(real.frame["size"][gone["size"]].std())
    require(abs(have - want) < 0.15 * want, f"the spread of drawn numbers is {have:.1f}, of real ones {want:.1f}")
    for word in ("yes", "no"):
        shares = [float((frame["answer"][gone["answer"]] == word).mean()) for frame in (found, real.frame)]
        require(abs(shares[0] - shares[1]) < 0.1, f"'{word}' is drawn in {shares[0]:.2f} of {shares[1]:.2f}")


def densities_add_up(bench: Bench) -> None:
    """Over all categories and the ranks of all numbers the density has a sum of 1."""
    rows, shares = linked(), []
    values, counts = np.unique(rows.frame["size"], return_counts=True)
    parts = []
    for answer, group in product(("yes", "no"), "abc"):
        parts.append(pd.DataFrame({"size": values, "answer": answer, "group": group}).astype(rows.frame.dtypes))
        shares.append(counts / counts.sum())
    table = Table(pd.concat(parts, ignore_index=True), rows.schema)
    total = float((np.exp(_density(bench.linked).log_density(table)) * np.concatenate(shares)).sum())
    require(abs(total - 1) < 0.02, f"the densities of all rows add up to {total:.3f}")


def likelier_rows_are_denser(bench: Bench) -> None:
    """Fresh rows of the same law are denser than rows whose columns no longer go together."""
    fresh, rng = linked(1000, seed=5), np.random.default_rng(6)
    apart = fresh.frame.copy()
    for name in apart:
        apart[name] = rng.permutation(apart[name].to_numpy())
    dense = _density(bench.linked).log_density
    real, mixed = dense(fresh), dense(Table(apart.astype(fresh.frame.dtypes), fresh.schema))
    require(np.isfinite(real).all() and real.shape == (1000,), "not one finite density a row")
    gap = float(real.mean() - mixed.mean())
    require(gap > 0.5, f"real rows are {gap:.2f} nats denser than rows of unrelated cells")


def _told(model: Synthesizer, table: Table) -> np.ndarray:
    if not isinstance(model, Detector):
        raise TypeError("the model is not a Detector")
    found, names = model.surprise(table)
    require(
        found.shape == (len(table), len(names)), f"{found.shape} surprises for {len(table)} rows, {len(names)} names"
    )
    require(set(names) <= set(table.schema.names), "names of columns that the table does not have")
    require(np.isfinite(found).all(), "a surprise is not finite")
    return np.asarray(found)


def a_row_is_as_odd_alone(bench: Bench) -> None:
    """How odd a row is does not hang on the rows beside it."""
    rows = bench.table.take(np.arange(20))
    together = _told(bench.model, rows)
    alone = np.vstack([_told(bench.model, rows.take(np.array([at]))) for at in range(5)])
    require(np.allclose(together[:5], alone, atol=1e-3), "a row alone is odder, or less odd, than among others")


def what_never_was_is_odd(bench: Bench) -> None:
    """A category that was never seen, and a number far beyond all others, are odder than what was seen."""
    rows = linked(300, seed=7)
    usual = _told(bench.linked, rows).sum(1)
    for name, cell in (("group", "never seen"), ("size", 1e6)):
        strange = rows.frame.copy()
        strange[name] = cell
        odd = _told(bench.linked, Table(strange.astype(rows.frame.dtypes), rows.schema)).sum(1)
        more = float((odd > usual).mean())
        require(more > 0.95, f"of rows with a strange '{name}' {more:.0%} are odder than without")


def the_odd_cell_is_named(bench: Bench) -> None:
    """Where one cell of a row does not go with the others, its row is odder."""
    rows, rng = linked(600, seed=8), np.random.default_rng(9)
    apart = rows.frame.copy()
    apart["size"] = rng.permutation(apart["size"].to_numpy())
    usual, odd = (float(_told(bench.linked, t).sum(1).mean()) for t in (rows, Table(apart, rows.schema)))
    require(odd > usual + 0.2, f"rows whose numbers were exchanged are {odd - usual:.2f} odder")


FILLINGS = (
    filled_cells_stay,
    same_seed_same_cells,
    nothing_to_fill,
    cells_are_better_than_the_usual,
    drawn_cells_keep_the_spread,
)
DENSITIES = (densities_add_up, likelier_rows_are_denser)
ODDITIES = (a_row_is_as_odd_alone, what_never_was_is_odd, the_odd_cell_is_named)
