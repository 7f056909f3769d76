"""`synthkit monitor`: how often it cries wolf, what it sees of drift of a known size, and what it says of real drift.

Runs are made from a part of each table; new rows are drawn from the rest, which no model saw. The plan is the usual
one, but that more rows alone are no reason to retrain. Both baselines are measured: the rows learned from, and what
stands in for them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from synthkit import pipeline
from synthkit.data import catalog
from synthkit.decide.upkeep import Upkeep
from synthkit.errors import ReadError
from synthkit.operate.monitor import monitor
from synthkit.rng import stream

if TYPE_CHECKING:
    import pandas as pd

    from synthkit.operate.monitor import Watch

CALM = Upkeep(growth=1e6)
SPLITS = (0, 1)
LEARNED = {"credit_data": 3_300, "adult": 6_000, "shoppers": 6_000}
CALMS = {200: 8, 1_000: 5, 5_000: 2}
"""New rows -> draws of each split."""
DRAWS = {"credit_data": {200: 8, 1_000: 8}, "adult": {5_000: 4}}
"""Set -> new rows -> draws of each injected drift."""
SMOOTH = {"credit_data": "Price", "adult": "fnlwgt"}
WORDS = {"credit_data": "Home", "adult": "marital.status"}
TIED = {"credit_data": ("Price", "Seniority"), "adult": ("education.num", "age")}
SHIFTS, POINTS = (0.1, 0.25, 0.5, 1.0), (2, 5, 10, 20)
SERIES = (("a day", 24), ("four weeks", 672), ("half a year", 4_380))
ENDS = (("the end of March", "2017-03-31 23:00:00"), ("the end of September", "2017-09-30 23:00:00"))

Say = Callable[[str], None]


def run(say: Say) -> dict[str, Any]:
    """All three parts."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        calm, injected = _drawn(home, say)
        return {
            "splits": list(SPLITS), "learned": LEARNED, "calm": calm, "injected": injected,
            "real": [*_beijing(home, say), *_diabetes(home, say)], "series": list(_series(home, say)),
        }  # fmt: skip


def _frame(name: str) -> pd.DataFrame:
    import pandas as pd

    parts = catalog.card(name).parts
    return pd.concat([pd.read_csv(catalog.path(name, part)) for part in parts], ignore_index=True)


def _run(old: pd.DataFrame, folder: Path, target: str | None, seed: int) -> Path:
    pipeline.generate(old, target=target, models=["trees"], constant="keep", seed=seed).save(folder)
    return folder


def _look(new: pd.DataFrame, folder: Path, old: pd.DataFrame | None, seed: int, *, quality: bool) -> Watch:
    return monitor(new.reset_index(drop=True), folder, learned=old, upkeep=CALM, quality=quality, seed=seed)


def _facts(found: Watch) -> dict[str, Any]:
    return {
        "verdict": found.verdict.value, "seen": found.seen,
        "auc": round(found.joint.auc, 4) if found.joint else None, "psi": round(max(d.psi for d in found.drifts), 4),
        "reasons": sorted({r.what for r in found.reasons if r.state is found.verdict}) if found.seen else [],
    }  # fmt: skip


# --- no drift, and drift of a known size ---


def _drawn(home: Path, say: Say) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    calm, injected = [], []
    for name, rows in LEARNED.items():
        try:
            frame, target = _frame(name), catalog.card(name).target
        except ReadError as error:
            say(f"drift: {name} left out: {error.message}")
            continue
        for split in SPLITS:
            order = stream(split, "drift", name).permutation(len(frame))
            old, rest = (frame.iloc[part].reset_index(drop=True) for part in (order[:rows], order[rows:]))
            folder = _run(old, home / f"{name}-{split}", target, split)
            calm += _calm(name, split, folder, old, rest)
            say(f"drift: {name} {split}: no drift done")
            if split == 0 and name in SMOOTH:
                injected += _injected(name, folder, old, rest)
                say(f"drift: {name}: injected done")
    return calm, injected


def _calm(name: str, split: int, folder: Path, old: pd.DataFrame, rest: pd.DataFrame) -> list[dict[str, Any]]:
    found = []
    for rows, draws in CALMS.items():
        for draw in range(draws if rows <= len(rest) else 0):
            new = rest.sample(rows, random_state=1_000 * split + draw)
            for baseline, learned in (("learned", old), ("made", None)):
                facts = _facts(_look(new, folder, learned, draw, quality=True))
                found.append({"set": name, "split": split, "rows": rows, "baseline": baseline} | facts)
    return found


def _injected(name: str, folder: Path, old: pd.DataFrame, rest: pd.DataFrame) -> list[dict[str, Any]]:
    found = []
    for what, size, change in _changes(name):
        for rows, draws in DRAWS[name].items():
            for draw in range(draws):
                new = change(rest.sample(rows, random_state=draw).reset_index(drop=True), stream(draw, "drift", what))
                for baseline, learned in (("learned", old), ("made", None)):
                    facts = _facts(_look(new, folder, learned, draw, quality=False))
                    found.append({"set": name, "what": what, "size": size, "rows": rows, "baseline": baseline} | facts)
    return found


def _changes(name: str) -> Iterator[tuple[str, float, Callable[[Any, np.random.Generator], Any]]]:
    smooth, words, tied = SMOOTH[name], WORDS[name], TIED[name]
    for size in SHIFTS:
        yield (
            "shift",
            size,
            lambda f, _, s=size: f.assign(**{smooth: (f[smooth] + s * f[smooth].std()).round().astype(int)}),
        )
    for points in POINTS:
        yield "share", points, lambda f, r, p=points: _moved(f, words, p, r)
    for strength, column in zip(("strong", "weak"), tied, strict=True):
        yield f"relation, {strength}", 0, lambda f, r, c=column: f.assign(**{c: f[c].to_numpy()[r.permutation(len(f))]})


def _moved(frame: pd.DataFrame, column: str, points: float, rng: np.random.Generator) -> pd.DataFrame:
    """So many points of the commonest category become the second."""
    first, second = frame[column].value_counts().index[:2]
    at = np.flatnonzero(frame[column] == first)
    changed = frame.copy()
    changed.loc[rng.permutation(at)[: round(points / 100 * len(frame))], column] = second
    return changed


# --- real drift ---


def _beijing(home: Path, say: Say) -> list[dict[str, Any]]:
    try:
        frame = _frame("beijing")
    except ReadError as error:
        say(f"drift: beijing left out: {error.message}")
        return []
    order = frame.iloc[stream(0, "drift", "beijing").permutation(len(frame))]
    early = order[order["year"] <= 2011].drop(columns="year")
    old, held = early.iloc[:6_000].reset_index(drop=True), early.iloc[6_000:]
    folder = _run(old, home / "beijing", "pm2.5", 0)
    news = {"2010 and 2011, held back": held}
    news |= {str(year): order[order["year"] == year].drop(columns="year") for year in (2012, 2013, 2014)}
    news |= {"January of 2010 and 2011": held[held["month"] == 1].iloc[:400]}
    return _real("beijing", "2010 and 2011", folder, old, news=news, say=say)


def _diabetes(home: Path, say: Say) -> list[dict[str, Any]]:
    try:
        frame = _frame("diabetes130").sort_values("encounter_id", ignore_index=True)
    except ReadError as error:
        say(f"drift: diabetes130 left out: {error.message}")
        return []
    fifth = np.arange(len(frame)) * 5 // len(frame)
    frame = frame.drop(columns=["encounter_id", "patient_nbr", "diag_1", "diag_2", "diag_3"])
    parts = [frame[fifth == k] for k in range(5)]
    first = parts[0].iloc[stream(0, "drift", "diabetes130").permutation(len(parts[0]))]
    old = first.iloc[:6_000].reset_index(drop=True)
    folder = _run(old, home / "diabetes", "readmitted", 0)
    news = {"first fifth of the stays, held back": first.iloc[6_000:]}
    news |= {f"{word} fifth": parts[k] for k, word in ((1, "second"), (2, "third"), (4, "last"))}
    return _real("diabetes130", "the first fifth of the stays", folder, old, news=news, say=say)


def _real(
    name: str, learned: str, folder: Path, old: pd.DataFrame, *, news: dict[str, pd.DataFrame], say: Say
) -> list[dict[str, Any]]:
    found = []
    for part, rows in news.items():
        new = rows.sample(min(1_000, len(rows)), random_state=0)
        for baseline, given in (("learned", old), ("made", None)):
            watch = _look(new, folder, given, 0, quality=False)
            moved = [d.column for d in watch.drifts if d.seen]
            facts = {"set": name, "learned": learned, "part": part, "rows": len(new), "baseline": baseline}
            found.append(facts | _facts(watch) | {"moved": len(moved), "first": moved[:3]})
        say(f"drift: {name}, {part}: {found[-2]['verdict']} {found[-1]['verdict']}")
    return found


# --- series ---


def _series(home: Path, say: Say) -> Iterator[dict[str, Any]]:
    try:
        frame = _frame("ts_ett/ETTh1")[["date", "OT"]]
    except ReadError as error:
        say(f"drift: ETTh1 left out: {error.message}")
        return
    for end, stamp in ENDS:
        cut = int((frame["date"] <= stamp).sum())
        old, folder = frame.iloc[:cut], home / f"ett-{cut}"
        pipeline.generate(old, time="date", models=["harmonic"], seed=0).save(folder)
        for length, rows in SERIES:
            new = frame.iloc[cut : cut + rows]
            watch = monitor(new, folder, learned=old, upkeep=CALM, seed=0)
            wide = monitor(new.assign(OT=new["OT"] + 15), folder, learned=old, upkeep=CALM, seed=0)
            for what, one in (("as it came", watch), ("15 degrees up", wide)):
                assert one.coverage is not None
                yield {
                    "set": "ETTh1, OT", "end": end, "length": length, "rows": len(new), "what": what,
                    "verdict": one.verdict.value, **{k: _round(v) for k, v in one.coverage.to_dict().items()},
                    "level": round(one.channels[0].level, 2), "scale": round(one.channels[0].scale, 2),
                }  # fmt: skip
            say(f"drift: ETTh1 after {end}, {length}: {watch.verdict.value}, missed {watch.coverage.missed:.2f}")


def _round(value: Any) -> Any:
    if isinstance(value, tuple):
        return [round(v, 4) for v in value]
    return round(value, 4) if isinstance(value, float) else value
