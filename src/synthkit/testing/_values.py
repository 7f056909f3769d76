"""What comes out of a model: values of the right kind, in range, of nobody."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthkit.data.schema import RARE, Column
from synthkit.testing._bench import Bench
from synthkit.testing._run import require
from synthkit.testing._tables import DTYPES, build

__all__ = ["CHECKS"]


def schema_is_kept(bench: Bench) -> None:
    """Columns in their order, the schema itself, and a plain index from 0."""
    rows = bench.rows
    require(rows.schema == bench.table.schema, "the schema changed")
    require(list(rows.frame.columns) == list(bench.table.schema.names), "columns are missing or in another order")
    require(rows.frame.index.equals(pd.RangeIndex(len(rows))), "the index is not 0..n-1")


def types_are_canonical(bench: Bench) -> None:
    """Each kind has its canonical type; words are strings, and a missing word is None."""
    for column in bench.rows.schema:
        cells = bench.rows.frame[column.name]
        want = DTYPES.get(column.kind, "object")
        require(str(cells.dtype) == want, f"column '{column.name}' is {cells.dtype}, not {want}")
        if want == "object":
            odd = {type(v).__name__ for v in cells} - {"str", "NoneType"}
            require(not odd, f"column '{column.name}' holds {odd}, not strings and None")


def missing_cells_keep_their_share(bench: Bench) -> None:
    """The share of missing cells is that of the real rows, up to chance; a column without gaps gets none."""
    real, made = bench.table.frame.isna().mean(), bench.rows.frame.isna().mean()
    for column in bench.table.schema:
        p, q = float(real[column.name]), float(made[column.name])
        if p in (0, 1):
            require(q == p, f"column '{column.name}' is {q:.1%} missing, the real one {p:.1%}")
        else:
            # Five standard errors of both shares; a model may smooth by one point more.
            slack = 0.01 + 5 * np.sqrt(p * (1 - p) * (1 / len(bench.table) + 1 / len(bench.rows)))
            require(abs(p - q) <= slack, f"column '{column.name}' is {q:.1%} missing, the real one {p:.1%}")


def numbers_stay_in_range(bench: Bench) -> None:
    """Numbers and dates lie between the smallest and the largest real one, and are finite."""
    for column in bench.table.schema:
        if not column.is_number:
            continue
        real, made = bench.table.frame[column.name].dropna(), bench.rows.frame[column.name].dropna()
        inside = made.between(real.min(), real.max())
        require(inside.all(), f"{int((~inside).sum())} values of column '{column.name}' leave the real range")


def resolution_is_kept(bench: Bench) -> None:
    """Integers are whole, decimals and dates as fine as the real ones and no finer."""
    frame = bench.rows.frame
    income = frame["income"].dropna()
    require((income.round(2) == income).all(), "column 'income' has more than its two decimals")
    require((income.round(0) != income).any(), "column 'income' has lost its decimals")
    require((frame["since"].dt.normalize() == frame["since"]).all(), "column 'since' holds days, not times of day")
    paid = frame["paid"].dropna()
    require((paid.dt.day == 1).all(), "column 'paid' holds first days of months, not other days")
    require((frame["seen"].dt.floor("s") == frame["seen"]).all(), "column 'seen' holds whole seconds, not parts of one")


def point_masses_are_kept(bench: Bench) -> None:
    """A value that many rows share, such as 0, keeps its share, up to chance."""
    real, made = ((t.frame["income"].dropna() == 0) for t in (bench.table, bench.rows))
    p, q = float(real.mean()), float(made.mean())
    slack = 0.02 + 5 * np.sqrt(p * (1 - p) * (1 / len(real) + 1 / len(made)))
    require(abs(p - q) <= slack, f"{q:.1%} of column 'income' is 0, of the real one {p:.1%}")


def categories_are_known(bench: Bench) -> None:
    """No category is invented, and a boolean keeps its two words."""
    for column in bench.table.schema:
        if column.is_discrete:
            known = set(bench.table.frame[column.name].dropna())
            new = set(bench.rows.frame[column.name].dropna()) - known
            require(not new, f"column '{column.name}' holds {len(new)} categories that no real row has")


def rare_categories_stay_inside(bench: Bench) -> None:
    """A category that fewer than five rows hold is never given out."""
    rare, made = _rare(bench.table.frame["job"]), set(bench.rows.frame["job"].dropna())
    require(rare, "the table of this check holds no rare category")
    require(not rare & made, f"{len(rare & made)} of {len(rare)} rare categories of column 'job' were given out")


def common_categories_come_out(bench: Bench) -> None:
    """Every category that one row in a hundred holds is given out in 2,000 rows."""
    for column in bench.table.schema:
        if column.is_discrete:
            shares = bench.table.frame[column.name].value_counts() / len(bench.table)
            lost = set(shares.index[shares >= 0.01]) - set(bench.rows.frame[column.name])
            require(not lost, f"{len(lost)} common categories of column '{column.name}' never come out")


def keys_are_new(bench: Bench) -> None:
    """Keys are unique, in the pattern of the real ones, and none of them is real."""
    made, real = bench.rows.frame["key"], bench.table.frame["key"]
    require(made.notna().all(), "a key is missing")
    require(made.is_unique, "a key comes twice")
    require(not made.isin(real).any(), "a real key was given out")
    require(made.str.fullmatch(r"K-\d{5}").all(), "keys do not keep the pattern of the real ones")


def free_text_is_new(bench: Bench) -> None:
    """No free text of a real row is given out, whole or by its rare words."""
    real, made = bench.table.frame["remark"].dropna(), bench.rows.frame["remark"].dropna()
    require(len(made), "no free text was given out")
    require(not made.isin(real).any(), "a real free text was given out")
    people = set(real.str.rsplit(" ", n=1).str[-1])
    copied = made.str.split(" ").map(lambda words: any(w in people for w in words)).sum()
    require(not copied, f"{copied} free texts hold a name of a real row")


def single_values_stay_inside(bench: Bench) -> None:
    """Of a number that differs in every row, no real value is given out."""
    made, real = bench.rows.frame["ratio"], bench.table.frame["ratio"]
    copied = int(made.isin(real).sum())
    require(copied <= len(made) // 1000, f"{copied} of {len(made)} values of column 'ratio' are those of real rows")


def lone_extremes_stay_inside(bench: Bench) -> None:
    """An amount that one row alone holds, far away from all others, is not given out."""
    rng = np.random.default_rng(5)
    wealth = np.round(rng.lognormal(8, 0.5, 300))
    wealth[17] = 987_654_321.0
    table = build({Column("wealth", "integer"): wealth, Column("sex", "categorical"): rng.choice(["f", "m"], 300)})
    made = bench.through(table, 3000).frame["wealth"]
    require(not (made == 987_654_321).any(), "the amount of the one richest person was given out")


def no_row_is_copied(bench: Bench) -> None:
    """No made row repeats all numbers and categories of a real one."""
    names = [c.name for c in bench.table.schema.modelled]
    real, made = bench.table.frame[names].astype(str), bench.rows.frame[names].astype(str)
    both = made.merge(real.drop_duplicates(), on=names)
    require(both.empty, f"{len(both)} rows repeat a real one")


def _rare(cells: pd.Series) -> set[str]:
    counts = cells.value_counts()
    return set(counts.index[counts < RARE])


CHECKS = (
    schema_is_kept,
    types_are_canonical,
    missing_cells_keep_their_share,
    numbers_stay_in_range,
    resolution_is_kept,
    point_masses_are_kept,
    categories_are_known,
    rare_categories_stay_inside,
    common_categories_come_out,
    keys_are_new,
    free_text_is_new,
    single_values_stay_inside,
    lone_extremes_stay_inside,
    no_row_is_copied,
)
