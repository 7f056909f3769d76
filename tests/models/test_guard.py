"""The privacy dial never gives less than is usual."""

from __future__ import annotations

import pytest

from synthkit.data.schema import RARE
from synthkit.errors import ConfigError
from synthkit.models._guard import Guard


@pytest.mark.parametrize(
    ("rows", "rare", "leaf", "blur"),
    [(None, RARE, 4, 3.0), (1, RARE, 4, 3.0), (5, 5, 5, 3.0), (6, 6, 6, 3.0), (7, 7, 7, 3.5), (200, 200, 200, 100.0)],
)
def test_what_a_dial_of_so_many_rows_asks_of_the_parts(rows, rare, leaf, blur):
    guard = Guard(rows)
    assert (guard.rare, guard.leaf(4), guard.blur()) == (rare, leaf, blur) and RARE == 5


def test_a_part_that_is_stricter_by_itself_stays_so():
    assert (Guard(20).leaf(50), Guard(20).blur(12.5), Guard(20).blur(9.5)) == (50, 12.5, 10.0)
    assert (Guard().leaf(0), Guard().blur(0.0)) == (0, 0.0)


@pytest.mark.parametrize("rows", [0, -3])
def test_fewer_than_one_row_is_no_dial(rows):
    with pytest.raises(ConfigError, match=f"privacy of {rows} rows") as refused:
        Guard(rows)
    assert "20 is strict" in refused.value.hint
