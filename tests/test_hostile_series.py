"""Series that break other tools: each comes back whole on its calendar, or is refused by name and with a remedy."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

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

RNG = np.random.default_rng(3)
SHOP = {"entity": "shop"}
TIME = {"time": "when"}
Case = tuple[pd.DataFrame, dict[str, Any]]


def sold(n: int, seed: int = 0) -> np.ndarray:
    t = np.arange(n)
    noise = np.random.default_rng(seed).normal(0, 3, n)
    return np.round(100 + t * 0.1 + 10 * np.sin(np.pi * t / 6) + noise, 2)


def at(stamps: Any) -> pd.DataFrame:
    return pd.DataFrame({"when": stamps, "sold": sold(len(stamps))})


def days(n: int = 60, step: str = "D", start: str = "2021-01-04", zone: str | None = None, **columns: Any):
    return at(pd.date_range(start, periods=n, freq=step, tz=zone)).assign(**columns)


def hours(start: str, zone: str) -> pd.DatetimeIndex:
    return pd.date_range(start, periods=120, freq="h", tz="UTC").tz_convert(zone)


def words(form: str, n: int = 60, step: str = "D", start: str = "2021-01-04") -> pd.DataFrame:
    return at(pd.date_range(start, periods=n, freq=step).strftime(form).tolist())


def shops(names: Any = ("a", "b", "c"), n: int = 40, step: str = "D") -> pd.DataFrame:
    parts = [days(n, step).assign(sold=sold(n, seed), shop=pd.Series([name] * n)) for seed, name in enumerate(names)]
    return pd.concat(parts, ignore_index=True)


def parts_of_dates(stamps: pd.DatetimeIndex, *names: str) -> pd.DataFrame:
    parts = {name: getattr(stamps, name) for name in names}
    return pd.DataFrame({**parts, "sold": sold(len(stamps))})


def wide(n: int = 40, time: str = "when", **columns: Any) -> pd.DataFrame:
    return pd.DataFrame({time: pd.date_range("2021-01-04", periods=n), **columns})


WHOLE: dict[str, tuple[Callable[[], Case], str]] = {
    "rows in no order": (lambda: (days().sample(frac=1, random_state=1), {}), "D"),
    "rows from the last to the first": (lambda: (days()[::-1], {}), "D"),
    "days without a row": (lambda: (days().drop([5, 6, 20, 41]), {}), "D"),
    "hours without the nights": (lambda: (days(240, "h")[lambda f: f["when"].dt.hour.between(6, 21)], {}), "h"),
    "trading days with holidays": (lambda: (days(120, "B").drop([9, 33, 34]), {}), "B"),
    "local hours over autumn": (lambda: (at(hours("2021-10-28", "Europe/Berlin").tz_localize(None)), {}), "h"),
    "local hours over spring": (lambda: (at(hours("2021-03-26", "Europe/Berlin").tz_localize(None)), {}), "h"),
    "hours with a zone over autumn": (lambda: (at(hours("2021-10-28", "Europe/Berlin")), {}), "h"),
    "days with a zone over autumn": (lambda: (days(start="2021-10-01", zone="Europe/Berlin"), {}), "D"),
    "months with a zone": (lambda: (days(60, "MS", zone="Europe/Berlin"), {}), "MS"),
    "weeks in New York": (lambda: (days(60, "W", zone="America/New_York"), {}), "W-SUN"),
    "a zone of odd minutes": (lambda: (at(hours("2021-10-28", "Asia/Kathmandu")), {}), "h"),
    "a zone in arrow's type": (
        lambda: (days(60, "h", zone="Europe/Berlin").astype({"when": "timestamp[us, tz=Europe/Berlin][pyarrow]"}), {}),
        "h",
    ),
    "objects in UTC": (
        lambda: (
            at(pd.Series([datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=k) for k in range(60)], dtype=object)),
            {},
        ),
        "h",
    ),
    "text with an offset": (lambda: (words("%Y-%m-%dT%H:%M:%S+02:00", 60, "h"), TIME), "h"),
    "text with a Z": (lambda: (words("%Y-%m-%dT%H:%M:%SZ", 60, "h"), TIME), "h"),
    "days of 1066": (lambda: (at([date(1066, 10, 14) + timedelta(days=k) for k in range(60)]), {}), "D"),
    "days of 1066 as text": (lambda: (at([str(date(1066, 10, 14) + timedelta(days=k)) for k in range(60)]), TIME), "D"),
    "the years from the first on": (lambda: (at([date(y, 1, 1) for y in range(1, 61)]), {}), "YS"),
    "days to the last of 9999": (
        lambda: (at([date(9999, 12, 31) - timedelta(days=59 - k) for k in range(60)]), {}),
        "D",
    ),
    "whole numbers that are years": (lambda: (at(np.arange(1950, 2010)), TIME), "YS"),
    "years as text": (lambda: (at([str(y) for y in range(1950, 2010)]), TIME), "YS"),
    "years as floats": (lambda: (at(np.arange(1950, 2010) * 1.0), TIME), "YS"),
    "a year and a quarter": (
        lambda: (
            parts_of_dates(pd.date_range("2000-01-01", periods=60, freq="QS"), "year", "quarter"),
            {"time": ("year", "quarter")},
        ),
        "QS",
    ),
    "a year, a month and a day": (
        lambda: (
            parts_of_dates(pd.date_range("2020-12-01", periods=60), "year", "month", "day"),
            {"time": ("year", "month", "day")},
        ),
        "D",
    ),
    "a day and an hour": (
        lambda: (
            wide(5).loc[np.repeat(range(5), 24)].assign(hour=np.tile(range(24), 5), sold=sold(120)),
            {"time": ("when", "hour")},
        ),
        "h",
    ),
    "months as text": (lambda: (words("%Y-%m", 60, "MS"), TIME), "MS"),
    "months by name": (lambda: (words("%b %Y", 60, "MS"), TIME), "MS"),
    "months as whole numbers": (lambda: (words("%Y%m", 60, "MS").astype({"when": int}), TIME), "MS"),
    "days as whole numbers": (lambda: (words("%Y%m%d").astype({"when": int}), TIME), "D"),
    "first days of months as whole numbers": (
        lambda: (words("%Y%m%d", 60, "MS").astype({"when": "Int64"}), TIME),
        "MS",
    ),
    "hours as whole numbers": (lambda: (words("%Y%m%d%H", 60, "h").astype({"when": int}), TIME), "h"),
    "days written day first": (lambda: (words("%d/%m/%Y"), TIME), "D"),
    "twelfths of years": (lambda: (at(np.round(1949 + np.arange(60) / 12, 3)), TIME), "MS"),
    "leap days alone": (lambda: (at([date(y, 2, 29) for y in range(1904, 2000, 4)]), {}), "4YE-FEB"),
    "days over a leap day": (lambda: (days(start="2024-02-01"), {}), "D"),
    "last days of months": (lambda: (days(60, "ME"), {}), "ME"),
    "last trading days of months": (lambda: (days(60, "BME"), {}), "BME"),
    "every other Wednesday": (lambda: (days(60, "2W-WED"), {}), "2W-WED"),
    "microseconds": (lambda: (days(60, "us"), {}), "us"),
    "whole numbers from below zero, with gaps": (
        lambda: (at(np.delete(np.arange(64) * 3 - 40, [5, 6, 41])), TIME),
        "count",
    ),
    "tenths": (lambda: (at(np.arange(60) / 10), TIME), "count"),
    "seconds since 1970": (lambda: (at(1_609_459_200 + 3600 * np.arange(60)), TIME), "count"),
    "no time at all": (lambda: (days().drop(columns="when"), {"time": ()}), "count"),
    "eight rows": (lambda: (days(8), {}), "D"),
    "ten thousand steps": (lambda: (days(10_000, "h"), {}), "h"),
    "below zero, with a season that grows": (
        lambda: (days(96, "MS", sold=-np.exp(np.arange(96) / 20) * (2 + np.sin(np.pi * np.arange(96) / 6))), {}),
        "MS",
    ),
    "one outlier of 1e12": (lambda: (days(sold=np.where(np.arange(60) == 30, 1e12, sold(60))), {}), "D"),
    "values of 1e90": (lambda: (days(sold=sold(60) * 1e90), {}), "D"),
    "values of 1e-11": (lambda: (days(sold=(sold(60) - 100) * 1e-12), {}), "D"),
    "small steps on a high level": (lambda: (days(sold=1e15 + sold(60)), {}), "D"),
    "values missing at both ends": (lambda: (days(sold=np.where(np.arange(60) % 57 < 4, np.nan, sold(60))), {}), "D"),
    "every other value missing": (lambda: (days(sold=np.where(np.arange(60) % 2, np.nan, sold(60))), {}), "D"),
    "nullable whole numbers": (
        lambda: (days(sold=pd.Series(np.arange(60) % 9).astype("Int64").mask(pd.Series(np.arange(60) % 7 == 0))), {}),
        "D",
    ),
    "single precision": (lambda: (days().astype({"sold": "float32"}), {}), "D"),
    "decimals in objects": (lambda: (days(sold=[Decimal(k % 9) / 4 for k in range(60)]), {}), "D"),
    "numbers as text": (lambda: (days().astype({"sold": str}), {}), "D"),
    "a count that only grows": (lambda: (days(sold=np.arange(60) * 3 + 5), {}), "D"),
    "an entity of one row": (lambda: (shops().head(81), SHOP), "D"),
    "entities of many lengths": (
        lambda: (pd.concat([days(n).assign(shop=f"s{n}") for n in (10, 30, 100)], ignore_index=True), SHOP),
        "D",
    ),
    "entities of other decades": (
        lambda: (pd.concat([days(40, start=f"{y}-01-01").assign(shop=f"y{y}") for y in (2001, 2011, 2021)]), SHOP),
        "D",
    ),
    "entities row by row in turn": (lambda: (shops().sort_values("when", kind="stable"), SHOP), "D"),
    "entities that say the same": (lambda: (pd.concat([days().assign(shop=s) for s in "ab"]), SHOP), "D"),
    "an entity that never moves": (
        lambda: (shops().assign(sold=lambda f: f["sold"].where(f["shop"] != "b", 5.0)), SHOP),
        "D",
    ),
    "an entity without a value": (
        lambda: (shops().assign(sold=lambda f: f["sold"].where(f["shop"] != "b")), SHOP),
        "D",
    ),
    "entities of other scripts": (
        lambda: (shops(("Zürich", "東京", "عمان 🙂", 'a "b"\n,c', " a", "a ", "a", "A", "é", "e\u0301")), SHOP),
        "D",
    ),
    "entities that look missing": (lambda: (shops(("NA", "nan", "None", "null")), SHOP), "D"),
    "entities that are formulas": (lambda: (shops(("=1+1", "@x", "-2", "<b>")), SHOP), "D"),
    "entities with leading zeros": (lambda: (shops(("001", "01", "1")), SHOP), "D"),
    "entities that are whole numbers": (lambda: (shops((7, 3, 11)), SHOP), "D"),
    "entities of 19 digits": (lambda: (shops((2**62 + 1, 2**62 + 2, 5)), SHOP), "D"),
    "entities that are fractions": (lambda: (shops((1.0, 2.5, 3.0)), SHOP), "D"),
    "entities that are true or false": (lambda: (shops((True, False)), SHOP), "D"),
    "entities that are dates": (lambda: (shops((date(1066, 1, 1), date(2020, 1, 2))), SHOP), "D"),
    "entities that are times": (
        lambda: (
            shops(("a", "b")).assign(
                shop=lambda f: (
                    f["shop"]
                    .map({"a": datetime.fromisoformat("2020-01-01T03:00"), "b": datetime.fromisoformat("2020-01-02")})
                    .astype(object)
                )
            ),
            SHOP,
        ),
        "D",
    ),
    "entities of a category type": (
        lambda: (shops().assign(shop=lambda f: pd.Categorical(f["shop"], categories=["z", "c", "b", "a"])), SHOP),
        "D",
    ),
    "more entities than are kept whole": (lambda: (shops([f"{k:02}" for k in range(30)], n=12), SHOP), "D"),
    "attributes of every kind": (
        lambda: (
            shops().assign(
                town=lambda f: f["shop"].str.upper(),
                size=lambda f: f["shop"].map({"a": 1, "b": 2}),
                since=lambda f: f["shop"].map(
                    {"a": pd.Timestamp("2001-01-01"), "c": pd.Timestamp("1999-12-31 12:00:00.123456")}
                ),
                vip=lambda f: f["shop"] == "a",
            ),
            {**SHOP, **TIME},
        ),
        "D",
    ),
    "a known input of true and false": (lambda: (days(open=np.arange(60) % 7 < 5), {"exog": ["open"]}), "D"),
    "zeros and ones as a value": (lambda: (days(open=(np.arange(60) % 3 == 0) * 1), {"values": ["open"]}), "D"),
    "names with quotes and newlines": (
        lambda: (days().rename(columns={"when": 'wh"en\n', "sold": "ünï, 漢"}), {"time": 'wh"en\n'}),
        "D",
    ),
    "names used inside": (
        lambda: (
            shops().set_axis(["time", "value", "series"], axis=1).assign(path=sold(120), present=sold(120, 1)),
            {"entity": "series"},
        ),
        "D",
    ),
    "a wide file with odd headers": (
        lambda: (
            wide(**{"Zürich": sold(40), 'a "b"\n,c': sold(40, 1), "  x ": sold(40, 2), "001": sold(40, 3)}),
            {**TIME, "wide": "entities"},
        ),
        "D",
    ),
    "a wide file with columns named inside": (
        lambda: (wide(series=sold(40), value=sold(40, 1)), {**TIME, "wide": "entities"}),
        "D",
    ),
    "a wide file whose time is named inside": (
        lambda: (wide(time="series", x=sold(40), y=sold(40, 1)), {"time": "series", "wide": "entities"}),
        "D",
    ),
    "a wide file of months": (
        lambda: (
            pd.DataFrame(sold(96).reshape(8, 12)).add_prefix("m").assign(year=range(2001, 2009)),
            {"time": "year", "wide": "seasons"},
        ),
        "MS",
    ),
}

MOVED: dict[str, tuple[Callable[[], Case], str, str]] = {
    "stamps a second or two off": (
        lambda: (
            at(pd.date_range("2021-01-04", periods=60, freq="30s") + pd.to_timedelta(RNG.integers(-2, 3, 60), "s")),
            {},
        ),
        "30s",
        "off steps of 30 seconds",
    ),
    "the 30th, and the last of February": (
        lambda: (at([pd.Timestamp(y, m, 30 if m != 2 else 28) for y in range(2019, 2024) for m in range(1, 13)]), {}),
        "MS",
        "put on its first day",
    ),
}
"""Stamps that miss their calendar are moved to it; the calendar's reason says so."""

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
