"""Series that break other tools: each comes back whole on its calendar, or is refused by name and with a remedy."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

import synthkit as sk
from synthkit import pipeline
from synthkit.data.io import from_table, read_table, write_table
from synthkit.data.panel import Panel
from synthkit.data.series import to_panel
from synthkit.errors import SynthkitError
from synthkit.models import registry
from synthkit.models.base import Plan
from synthkit.rng import stream
from synthkit.series import read_panel

from .hostile_series import (
    MOVED,
    RNG,
    SHOP,
    TIME,
    WHOLE,
    Case,
    at,
    days,
    parts_of_dates,
    shops,
    sold,
    wide,
    words,
)

REFUSED: dict[str, tuple[Callable[[], Case], str]] = {
    "one row": (lambda: (days(1), {}), "1 row"),
    "two rows": (lambda: (days(2), {}), "2 rows is too short"),
    "one row an entity": (
        lambda: (
            pd.concat([days(1, start=f"{y}-01-01").assign(shop=f"y{y}", sold=float(y % 7)) for y in range(2001, 2021)]),
            SHOP,
        ),
        "'shop' has one row only",
    ),
    "one single value": (lambda: (days(sold=5.0), {}), "'sold'"),
    "no value at all": (lambda: (days(sold=np.nan), {}), "'sold'"),
    "one infinite value": (
        lambda: (days(sold=np.where(np.arange(60) == 7, np.inf, sold(60))), {}),
        "'sold' holds 1 infinite",
    ),
    "values of 1e300": (lambda: (days(sold=sold(60) * 1e300), {}), "'sold' holds numbers beyond"),
    "values of 1e-300": (lambda: (days(sold=sold(60) * 1e-300), {}), "'sold' holds numbers of less"),
    "whole numbers of 19 digits": (
        lambda: (days(sold=2**60 + np.arange(60) % 9), {}),
        "'sold' holds whole numbers beyond",
    ),
    "numbers among words": (lambda: (days(sold=[1, "x"] * 30), {}), "'sold' mixes"),
    "complex numbers": (lambda: (days(sold=sold(60) + 1j), {}), "'sold' holds complex"),
    "words as a value": (lambda: (days(state=["up", "down"] * 30), {"values": ["state"]}), "'state' is categorical"),
    "one stamp twice": (lambda: (pd.concat([days(), days().iloc[[3]]]), {}), "'when' holds 1 repeated"),
    "one stamp of an entity twice": (lambda: (pd.concat([shops(), shops().iloc[[3]]]), SHOP), "within one entity"),
    "one stamp for all": (lambda: (days(when=pd.Timestamp("2021-01-01")), TIME), "'when'"),
    "a missing stamp": (
        lambda: (days().assign(when=lambda f: f["when"].where(f.index != 5)), TIME),
        "'when' has 1 missing",
    ),
    "a missing entity": (
        lambda: (shops().assign(shop=lambda f: f["shop"].where(f.index != 5, None)), SHOP),
        "'shop' has 1 missing",
    ),
    "dates of two forms, half and half": (
        lambda: (days(when=[*words("%Y-%m-%d")["when"][:30], *words("%d.%m.%Y")["when"][30:]]), TIME),
        "'when'",
    ),
    "one date of another form": (
        lambda: (days(when=[*words("%Y-%m-%d")["when"][:59], "04.03.2021"]), TIME),
        "'when' looks like dates but 1 of 60",
    ),
    "the 30th of February": (
        lambda: (at([f"2021-02-{k:02}" for k in range(1, 31)]), TIME),
        "'when' looks like dates but 2",
    ),
    "the 31st of every month": (
        lambda: (
            parts_of_dates(pd.date_range("2019-01-01", periods=60, freq="MS"), "year", "month").assign(
                day=[31] * 59 + [30]
            ),
            {"time": ("year", "month", "day")},
        ),
        "'day' holds 25 days",
    ),
    "a thirteenth month": (
        lambda: (
            parts_of_dates(pd.date_range("2000-01-01", periods=60, freq="MS"), "year", "month").assign(
                month=lambda f: f["month"] + 1
            ),
            {"time": ("year", "month")},
        ),
        "'month' holds 5 values",
    ),
    "midnight as 24:00": (
        lambda: (at([f"2021-02-{1 + k // 24:02} {k % 24 + 1:02}:00" for k in range(72)]), TIME),
        "'when' looks like dates but 3",
    ),
    "weeks by their number": (lambda: (at([f"2021-W{k:02}" for k in range(1, 53)]), TIME), "'when'"),
    "quarters by their number": (
        lambda: (at([f"{y}Q{q}" for y in range(2000, 2015) for q in range(1, 5)]), TIME),
        "'when'",
    ),
    "days as fractions": (
        lambda: (words("%Y%m%d").astype({"when": float}), TIME),
        "'when' holds whole numbers that look like dates",
    ),
    "offsets of summer and winter": (
        lambda: (at([f"2021-10-{29 + k // 24}T{k % 24:02}:00:00+0{2 - (k > 50)}:00" for k in range(72)]), TIME),
        "'when' is named as the time but holds 2 different offsets",
    ),
    "times with and without a zone": (
        lambda: (
            at(
                pd.Series(
                    [datetime(2024, 1, 1, k % 24, k // 24, tzinfo=UTC if k % 2 else None) for k in range(60)],
                    dtype=object,
                )
            ),
            {},
        ),
        "'when' mixes times",
    ),
    "periods": (lambda: (at(pd.period_range("2020-01", periods=60, freq="M")), TIME), "'when' holds periods"),
    "durations": (lambda: (at(pd.to_timedelta(np.arange(60), "h")), TIME), "'when' holds durations"),
    "times of day": (
        lambda: (at([pd.Timestamp(f"2021-01-01 {k // 60:02}:{k % 60:02}").time() for k in range(99)]), TIME),
        "'when' holds times of day",
    ),
    "the time as the index": (lambda: (days().set_index("when"), TIME), "no column 'when'"),
    "two columns of dates": (lambda: (days(seen=pd.date_range("2022-01-01", periods=60)), {}), "'when', 'seen'"),
    "a time that is the entity": (
        lambda: (shops(), {**TIME, "entity": "when"}),
        "'when' is named as time and as entity",
    ),
    "an entity that is not there": (lambda: (days(), SHOP), "no column 'shop'"),
    "entities of two frequencies": (
        lambda: (pd.concat([days(40, step).assign(shop=step) for step in ("D", "W")]), SHOP),
        "mixed frequencies",
    ),
    "a frequency that changes": (
        lambda: (pd.concat([days(30), days(30, "h", "2021-03-01")]).assign(sold=sold(60)), {}),
        "frequency changes",
    ),
    "a season longer than half the rows": (lambda: (days(), {"season": 52}), "too short for a season of 52"),
    "a frequency that is too coarse": (lambda: (days(), {"frequency": "monthly"}), "rows fall on the same month"),
    "a known input with a hole": (
        lambda: (days(price=np.where(np.arange(60) == 4, np.nan, sold(60, 1))), {"exog": ["price"]}),
        "'price' is known in advance but has 1 missing",
    ),
    "a known input that never moves": (
        lambda: (days(price=1.5), {"exog": ["price"]}),
        "'price' holds one single value",
    ),
    "a known input of words": (lambda: (days(price=["lo", "hi"] * 30), {"exog": ["price"]}), "'price' is categorical"),
    "a wide file with words": (
        lambda: (wide(x=sold(40), state=["up", "down"] * 20), {**TIME, "wide": "entities"}),
        "'state' is categorical",
    ),
    "a wide file with an empty column": (lambda: (wide(x=sold(40), y=np.nan), {**TIME, "wide": "entities"}), "'y'"),
    "a wide file of hours whose days are called hours": (
        lambda: (
            pd.DataFrame(sold(240).reshape(10, 24)).add_prefix("h").assign(hour=wide(10)["when"]),
            {"time": "hour", "wide": "seasons"},
        ),
        "'hour' has the name",
    ),
}


def panel_of(case: Case) -> Panel:
    frame, asked = case
    rest = dict(asked)
    time, entity = rest.pop("time", None), rest.pop("entity", None)
    times = (time,) if isinstance(time, str) else time
    table = pipeline.read(frame, time=times[0] if times and len(times) == 1 else None, entity=entity)
    return read_panel(table, rest, time=times)  # type: ignore[arg-type]  # any options


def in_order(frame: pd.DataFrame, panel: Panel) -> pd.DataFrame:
    """Series by series in order of time, as a panel writes its rows (the cases with text are in order already)."""
    rows = frame[list(panel.schema.names)].reset_index(drop=True)
    keys = {"owner": pd.factorize(rows[panel.roles.entity])[0] if panel.roles.entity else np.zeros(len(rows))}
    keys |= {name: rows[name] for name in panel.roles.time if not isinstance(rows[name].iloc[0], str)}
    return rows.loc[pd.DataFrame(keys).sort_values(list(keys), kind="stable").index]


def read_again(panel: Panel, path) -> None:
    """The rows in a file are the same rows, and the same series."""
    table = panel.table
    write_table(table, path)
    again = read_table(path, schema=table.schema, constant="keep")
    assert again.digest() == table.digest(), f"a {path.suffix} holds other rows"
    assert to_panel(again, like=panel).table.digest() == table.digest(), f"a {path.suffix} holds other series"


def made_like(panel: Panel, frame: pd.DataFrame) -> None:
    """Twins have the stamps, entities and types of their originals, and no value that is none or far out."""
    back = from_table(panel.table, like=frame)
    model = registry.simulator("naive")().fit(panel, rng=stream(0, "fit"))
    made = from_table(model.simulate(Plan("twin"), rng=stream(0, "sample")).table, like=frame)
    assert made.dtypes.astype(str).tolist() == back.dtypes.astype(str).tolist()
    kept = [*panel.roles.time, *filter(None, [panel.roles.entity]), *panel.roles.exog, *panel.roles.static]
    pd.testing.assert_frame_equal(made[kept], back[kept])
    for name in panel.roles.values:
        real, new = back[name].dropna(), made[name].dropna()
        assert {type(cell) for cell in new} <= {type(cell) for cell in real}, "cells of another type"
        assert abs(made[name].isna().mean() - back[name].isna().mean()) < 0.15, "missing cells came or went"
        real, new = real.astype(float), new.astype(float)
        room = 10 * (real.max() - real.min())
        assert new.between(real.min() - room, real.max() + room).all(), "numbers out of range"


@pytest.mark.parametrize("case", WHOLE)
def test_hostile_series_come_through_whole(case, tmp_path):
    make, step = WHOLE[case]
    frame, asked = make()
    before = frame.copy(deep=True)
    panel = panel_of((frame, asked))
    pd.testing.assert_frame_equal(frame, before)
    assert panel.grid.step == step
    assert panel.roles.values
    if "wide" not in asked:
        back = from_table(panel.table, like=frame)
        pd.testing.assert_frame_equal(back, in_order(frame, panel).reset_index(drop=True))
    for suffix in (".csv", ".parquet"):
        read_again(panel, tmp_path / f"real{suffix}")
    made_like(panel, frame)


@pytest.mark.parametrize("case", MOVED)
def test_stamps_that_are_moved_to_a_calendar_are_told(case):
    make, step, said = MOVED[case]
    frame, asked = make()
    panel = panel_of((frame, asked))
    assert panel.grid.step == step
    assert said in panel.grid.reason
    assert panel.table.frame["sold"].tolist() == frame["sold"].tolist()


@pytest.mark.parametrize("case", REFUSED)
def test_hostile_series_are_refused_by_name_and_with_a_remedy(case):
    make, said = REFUSED[case]
    with pytest.raises(SynthkitError) as caught:
        panel_of(make())
    assert said in caught.value.message
    assert caught.value.hint


def test_what_no_model_takes_is_refused_by_generate_with_the_column():
    uneven = at(pd.Timestamp("2021-01-04") + pd.to_timedelta(np.cumsum(RNG.integers(1, 10**6, 60)), "s"))
    for frame, column in ((uneven, "'when' follow no even steps"), (days(state=["up", "down"] * 30), "'state'")):
        with pytest.raises(SynthkitError, match=column) as caught:
            sk.generate(frame, time="when", models=["naive"])
        assert caught.value.hint


def test_nothing_goes_on_beyond_the_last_day_there_is():
    panel = panel_of(WHOLE["days to the last of 9999"][0]())
    model = registry.simulator("naive")().fit(panel, rng=stream(0, "fit"))
    with pytest.raises(SynthkitError, match="'when' would go on beyond the year 9999"):
        _ = model.simulate(Plan("continue", horizon=1), rng=stream(0, "sample")).table


def test_an_entity_without_a_value_gets_none_after_its_end():
    panel = panel_of(WHOLE["an entity without a value"][0]())
    model = registry.simulator("naive")().fit(panel, rng=stream(0, "fit"))
    for plan in (Plan("twin"), Plan("augment"), Plan("continue", horizon=5)):
        made = model.simulate(plan, rng=stream(0, "sample"))
        assert [bool(np.isnan(s.values).all()) for s in made] == [False, True, False]


def test_a_file_says_which_hour_it_was(tmp_path):
    """Text of times with a zone carries an offset, so that they are the same times in any reader."""
    frame = WHOLE["hours with a zone over autumn"][0]()[0]
    table = pipeline.read(frame, time="when")
    write_table(table, tmp_path / "hours.csv")
    read = pd.to_datetime(pd.read_csv(tmp_path / "hours.csv")["when"])
    assert (read == frame["when"]).all()
    (tmp_path / "bare.csv").write_text((tmp_path / "hours.csv").read_text().replace("+00:00", ""))
    with pytest.raises(SynthkitError, match=r"'when'.*offset from UTC"):
        read_table(tmp_path / "bare.csv", schema=table.schema)


@pytest.mark.parametrize("zone", ["+00:00", "+01:00", ""])
def test_known_inputs_of_the_future_are_found_by_their_offset(tmp_path, zone):
    """Winter hours of Berlin: in UTC, with their offset, or as the clocks show them."""
    frame = days(96, "h", zone="Europe/Berlin", price=np.arange(96.0))
    ahead = pd.date_range(frame["when"].iloc[-1], periods=9, freq="h")[1:]
    shown = ahead.tz_convert("UTC") if zone == "+00:00" else ahead
    future = pd.DataFrame({"when": shown.strftime("%Y-%m-%d %H:%M:%S") + zone, "price": np.arange(1.0, 9.0) ** 2})
    future.to_csv(tmp_path / "future.csv", index=False)
    from synthkit.data.future import future_exog

    panel = panel_of((frame, {**TIME, "exog": ["price"]}))
    found = future_exog(panel, read_table(tmp_path / "future.csv"), 8)
    assert found[""][:, 0].tolist() == [float(k**2) for k in range(1, 9)]


@pytest.mark.slow
@pytest.mark.parametrize("case", list(WHOLE)[::6])
def test_hostile_series_through_generate(case):
    frame, asked = WHOLE[case][0]()
    if len(frame) > 1000:
        frame = frame.head(400)
    time = asked.get("time", "when" if "when" in frame else "time")
    rest = {k: v for k, v in asked.items() if k != "time"}
    made = sk.generate(frame, time=time, models=["naive"], mode="twin", **rest)
    assert made.frame.notna().any(axis=None)
    assert made.verdict is not None


def test_the_page_on_reliability_counts_these_too(root):
    told = " ".join((root / "docs" / "reliability.md").read_text(encoding="utf-8").split())

    def said(words: str) -> int:
        return int(re.search(rf"(\d+) {words}", told)[1])

    whole, refused = len(WHOLE) + len(MOVED), len(REFUSED)
    assert (said("series that break"), said("keep their calendar"), said("are turned away")) == (
        whole + refused, whole, refused,
    )  # fmt: skip
    assert said("of them have their stamps moved") == len(MOVED)
