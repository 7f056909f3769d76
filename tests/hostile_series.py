"""Series that break other tools and have to come through: frames, and what is asked of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

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
