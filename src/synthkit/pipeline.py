"""The corridor: load > split > fit > sample > evaluate > decide > report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Unpack

from synthkit import large
from synthkit.attacks import scores as attacks
from synthkit.config import PipelineConfig, seconds
from synthkit.data import catalog
from synthkit.data.schema import Schema
from synthkit.data.split import Split, given_holdout, partings, split
from synthkit.data.stream import Drawn
from synthkit.data.table import Table
from synthkit.decide import folds as folds_
from synthkit.decide.augment import MODELS, Augmentation
from synthkit.decide.augment import augment as augmented
from synthkit.decide.criteria import Criteria
from synthkit.decide.ladder import climb, ladder
from synthkit.decide.upkeep import Upkeep
from synthkit.door import Source, like, load, more, named, read
from synthkit.errors import ConfigError, InputError
from synthkit.metrics import base
from synthkit.metrics.base import Reference
from synthkit.models import artifact, registry
from synthkit.models.base import Terms
from synthkit.progress import Progress, silent
from synthkit.result import Judged, Result
from synthkit.scale import judging
from synthkit.scale.engine import opened, unasked
from synthkit.scale.panels import separately
from synthkit.scorecard import score

if TYPE_CHECKING:
    from synthkit.series import SeriesOptions

__all__ = ["Judged", "augment", "evaluate", "generate", "read", "run"]


def generate(
    source: Source,
    *,
    target: str | None = None,
    time: str | Sequence[str] | None = None,
    entity: str | None = None,
    schema: Schema | str | Path | None = None,
    holdout: Source | None = None,
    share: float = 0.2,
    folds: int | None = None,
    drop: Sequence[str] = (),
    constant: Literal["refuse", "keep", "drop"] | None = None,
    encoding: str = "utf-8",
    reservoir: int | None = None,
    rows: int | None = None,
    models: Sequence[str] = (),
    options: Mapping[str, Mapping[str, Any]] | None = None,
    criteria: Criteria | Mapping[str, Any] | None = None,
    budget: float | str = 300.0,
    checkpoint: str | Path | None = None,
    init_from: str | Path | None = None,
    privacy: int | None = None,
    attack: bool = False,
    upkeep: Mapping[str, Any] | None = None,
    engine: str = "local",
    workers: int | None = None,
    address: str | None = None,
    seed: int = 0,
    command: str = "",
    progress: Progress = silent,
    **series: Unpack[SeriesOptions],
) -> Result:
    """Make a synthetic table, or synthetic series, with the simplest model that is good enough, and say why it is.

    Args:
        source: a path (.csv, .tsv, .parquet, .feather, also .gz), or a pandas, polars or pyarrow table; or a folder, a
            pattern (`sales/*.parquet`) or a URL (`s3://bucket/sales`) of files of any size, read part by part.
        target: the column a model would predict: it is kept well, and utility is measured on it.
        time: the column that says when (or several: year, quarter; or () for rows that follow each other): the rows are
            then time series, and the holdout is the last share of them. With `models` of tables alone they are rows
            of a table all the same.
        entity: the column that says whose row it is; no entity is then on both sides of the split.
        schema: a schema, or a file that `synthkit schema` wrote, instead of guesses.
        holdout: real rows kept apart by the caller; otherwise a share of the source is held back.
        share: of the rows to hold back.
        folds: how many times they are held back, other ones each time, the scores then being pooled; by default ten
            times below 1,000 rows and once above. Once too where a holdout is given, or rows have an order of time.
        drop: columns to leave out.
        constant: what to do with columns of a single value: "refuse", "keep" or "drop".
        encoding: of a text file.
        reservoir: rows of a source read part by part that are kept in memory, 200,000 if None. Of more rows a sample
            is drawn, a learning curve says how many of it are learned from, and the record says so.
        rows: how many to make; by default as many as the source has, or as are learned from and held back of a sample.
        models: names of the rungs that may be tried; all by default.
        options: model name -> its arguments, such as `{"trees": {"leaf": 50}}`.
        criteria: what is good enough, as `Criteria` or as changes to the defaults.
        budget: seconds, or "5m".
        checkpoint: a folder where networks leave their training on its way; the same call goes on after a kill.
        init_from: a saved network to begin the training of its kind with (a warm start).
        privacy: rows that have to stand behind whatever is given out (a category, a leaf of a tree, a value), for every
            model; more is more private and less true. The usual few if None.
        attack: whether to run all attacks on the chosen rows, and to judge by them too: see `synthkit.attacks`.
        upkeep: limits of the plan for afterwards that differ from the usual: see `synthkit.decide.upkeep.Upkeep`.
        engine: what fits many series: "local" (processes of this machine), "dask" or "ray". The rows are the same.
        workers: series fitted at a time; as many as there are cores by default, where there are many series.
        address: of a cluster, for "dask" and "ray".
        seed: the same seed gives the same rows, bit for bit.
        command: how the run was asked for, for the record.
        progress: told how far it is.
        series: what time series can be told beside: see `synthkit.series.SeriesOptions`.

    Raises:
        InputError: the data cannot be used as they are; the column and the remedy are named.
        ConfigError: an option makes no sense.

    >>> import pandas as pd
    >>> from sklearn.datasets import load_iris
    >>> iris = load_iris(as_frame=True).frame
    >>> result = generate(iris, target="target", models=["marginals"], seed=1)
    >>> result.frame.shape, result.climb.chosen
    ((150, 5), 'marginals')
    """
    if rows is not None and rows < 1:
        raise ConfigError(f"{rows} rows cannot be made", hint="ask for at least one")
    plan = {"upkeep": Upkeep.from_dict(upkeep or {}).to_dict()}
    progress("read", 0.0)
    times = (time,) if isinstance(time, str) else time
    asked: dict[str, Any] = {"target": target, "entity": entity, "drop": drop, "constant": constant}
    asked["time"] = times[0] if times and len(times) == 1 else None
    table, drawn = load(
        source, schema, asked, encoding=encoding, reservoir=reservoir, seed=seed, progress=progress
    )  # fmt: skip
    if _is_series(table, times, models, series):
        from synthkit.series import check_fit, simulate

        large.no_series(drawn)
        check_fit(rows=rows, holdout=holdout, privacy=privacy, folds=folds)
        if (future := series.get("future")) is not None:
            series["future"] = read(future, constant="keep", encoding=encoding)
        with separately(engine, workers=workers, address=address) as (each, hands):
            found = simulate(
                table, series, time=times, share=share, models=models, options=options, criteria=criteria,
                budget=seconds(budget), seed=seed, goal={"source": named(source), "command": command, **plan},
                each=each, workers=hands, progress=progress,
            )  # fmt: skip
        return replace(found, like=like(source), suffix=drawn.parts.suffix if drawn else "")
    unasked("tables are learned in one process", "many series", engine=engine, workers=workers, address=address)
    limit = seconds(budget)
    progress("read", 1.0)
    splits, facts = _splits(
        drawn or table, holdout, folds, share=share, seed=seed, drop=drop, encoding=encoding, budget=limit,
        progress=progress,
    )  # fmt: skip
    parts = splits[0]
    wanted = criteria if isinstance(criteria, Criteria) else Criteria.from_mapping(criteria or {})
    wanted = wanted.with_more(attacks.CRITERIA) if attack else wanted
    n = rows if rows is not None else _as_many(parts, holdout)
    tried = climb(
        folds_.references(splits, seed),
        rows=n, models=models, options=_guarded(options, privacy, models), criteria=wanted, budget=limit, seed=seed,
        terms=_terms(checkpoint, init_from, models), progress=progress,
    )  # fmt: skip
    if tried.chosen is None:
        reasons = "; ".join(f"{r.model} {r.because}" for r in tried.tried)
        raise InputError(f"no model could be fitted: {reasons}")
    if attack:
        tried = attacks.climbed(tried, parts, wanted, seed=seed, progress=progress)
    goal = _goal(source, table, parts, n, seed=seed) | {"budget_seconds": limit, "command": command, **plan}
    goal |= {"limits": wanted.to_list(), **folds_.facts(splits), **facts}
    goal |= {} if privacy is None else {"privacy": privacy}
    return Result(tried, table.schema, goal, like(source), drawn.parts.suffix if drawn else "")


def _guarded(
    options: Mapping[str, Mapping[str, Any]] | None, privacy: int | None, models: Sequence[str]
) -> dict[str, Mapping[str, Any]]:
    """The options of models, with the privacy dial for those that it is not set for."""
    given = dict(options or {})
    if privacy is not None:
        given |= {name: {"privacy": privacy, **given.get(name, {})} for name in ladder(models)}
    return given


def _terms(checkpoint: str | Path | None, init_from: str | Path | None, models: Sequence[str]) -> Terms:
    """For networks; a model to begin with has to be one that is tried."""
    start = None if init_from is None else Path(init_from)
    if start is not None:
        start = start / "model" if (start / "model" / "manifest.json").is_file() else start
        if (name := artifact.name_of(start)) not in ladder(models):
            raise ConfigError(f"{str(init_from)!r} holds '{name}', which is not tried", hint=f"give --models {name}")
    return Terms(checkpoint=None if checkpoint is None else Path(checkpoint), start=start)


def _is_series(table: Table, times: Sequence[str] | None, models: Sequence[str], series: Mapping[str, Any]) -> bool:
    """Whether the rows are time series: by a time column, by an option that only series have, or by a model."""
    asked = {key for key, value in series.items() if value is not None and (key == "future" or value not in ((), {}))}
    of_tables, of_series = set(registry.names()), set(registry.series_names())
    if models and set(models) <= of_tables:
        if asked:
            raise ConfigError(
                f"{', '.join(sorted(asked))} {'is' if len(asked) == 1 else 'are'} for time series, "
                f"and {', '.join(models)} for tables",
                hint=f"models of series: {', '.join(sorted(of_series))}",
            )
        return False
    return bool(asked or times is not None or table.schema.time or (models and set(models) <= of_series))


def run(config: PipelineConfig | str | Path, *, command: str = "", progress: Progress = silent) -> Result:
    """What a pipeline file asks for."""
    config = config if isinstance(config, PipelineConfig) else PipelineConfig.read(config)
    data = config.data
    return generate(
        catalog.path(data.dataset) if data.dataset else data.source,
        target=data.target, time=data.time, entity=data.entity, schema=data.schema_file, holdout=data.holdout,
        share=data.share, folds=config.run.folds, drop=data.drop, constant=data.constant, encoding=data.encoding,
        reservoir=data.reservoir, rows=config.run.rows,
        models=config.ladder.models, options=config.ladder.options, criteria=config.criteria,
        budget=config.run.budget, privacy=config.ladder.privacy, attack=config.run.attack, upkeep=config.upkeep,
        seed=config.run.seed, command=command, progress=progress, **config.series.given,
    )  # fmt: skip


def evaluate(
    real: Source,
    synthetic: Source,
    *,
    holdout: Source | None = None,
    target: str | None = None,
    schema: Schema | str | Path | None = None,
    drop: Sequence[str] = (),
    criteria: Criteria | Mapping[str, Any] | None = None,
    attack: bool = False,
    encoding: str = "utf-8",
    seed: int = 0,
    engine: str = "local",
    workers: int | None = None,
    address: str | None = None,
    progress: Progress = silent,
) -> Judged:
    """Judge a synthetic table, whoever made it.

    Without a holdout the real rows are halved, fidelity and utility are still measured, but privacy is not: every real
    row may have been seen by the generator, and the verdict is INCONCLUSIVE at best.

    Of folders, patterns and URLs, shapes, trends and missing cells are counted over every row by an engine (where there
    is a holdout); what has to look at rows one by one looks at 100,000 of each table, drawn evenly.

    Args:
        real: the rows the generator learned from.
        synthetic: the rows to judge, with the same columns.
        holdout: real rows the generator never saw.
        target, schema, drop, encoding: as for `generate`.
        criteria: what is good enough.
        attack: whether to run all attacks too; they need a holdout.
        seed: the same seed gives the same scorecard, whatever the engine.
        engine, workers, address: who counts, see `synthkit.scale.engine.opened`.
        progress: told metric by metric.

    Raises:
        ConfigError: engine, workers or address where nothing is counted part by part.
    """
    sources = {"train": real, "holdout": holdout, "synthetic": synthetic}
    large_, blind = judging.many(sources), holdout is None
    some = judging.JUDGED if large_ else None
    if not large_ or blind:
        what = "folders, patterns and URLs, beside a holdout"
        unasked("these tables are judged in one process", what, engine=engine, workers=workers, address=address)
    train = read(
        real, schema=schema, target=target, drop=drop, constant="keep", encoding=encoding, reservoir=some, seed=seed
    )
    made, *held = (
        more(train.schema, source, drop, encoding, most=some, seed=seed)
        for source in (synthetic, *([] if blind else [holdout]))
    )
    parts = _split(train, held[0] if held else None, share=0.5, seed=seed, drop=drop, encoding=encoding)
    names = [n for n in base.names() if base.get(n).family != "privacy"] if blind else None
    reference = Reference(parts.train, parts.holdout, seed)
    card = score(reference, made, metrics=names, seed=seed, progress=progress)
    if large_ and not blind:
        with opened(engine, workers=workers, address=address) as crew:
            card = judging.counted(card, reference, sources, crew, encoding=encoding, progress=progress)
    wanted = criteria if isinstance(criteria, Criteria) else Criteria.from_mapping(criteria or {})
    if attack and not blind:
        wanted = wanted.with_more(attacks.CRITERIA)
        card = attacks.with_attacks(card, made, parts, seed=seed, progress=progress)
    goal = _goal(real, train, parts, len(made), seed=seed) | judging.facts(card)
    return Judged(card, wanted.judge(card), goal, blind)


def augment(
    source: Source,
    *,
    target: str | None = None,
    rare: str,
    models: Sequence[str] = MODELS,
    budget: float | str = 300.0,
    seed: int = 0,
    schema: Schema | str | Path | None = None,
    drop: Sequence[str] = (),
    constant: Literal["refuse", "keep", "drop"] | None = None,
    encoding: str = "utf-8",
    progress: Progress = silent,
) -> Augmentation:
    """Rows of a rare class added to a table, if boosted trees then find it better among real rows.

    Args:
        source, target, schema, drop, constant, encoding: as for `generate`.
        rare: the class of the target.
        models: to choose from; each has to be able to hold the target at a value.
        budget: seconds, or "5m".
        seed: the same seed gives the same rows, unless the budget ended a training.
        progress: told fold by fold.

    Raises:
        ConfigError: no target of categories, or a model that cannot hold it at a value.
        UnknownName: no such class or model.
        InputError: too few rows of the class.
    """
    table = read(source, schema=schema, target=target, drop=drop, constant=constant, encoding=encoding)
    return augmented(table, rare, models=models, budget=seconds(budget), seed=seed, progress=progress)


def _split(
    table: Table, holdout: Source | None, *, share: float, seed: int, drop: Sequence[str], encoding: str
) -> Split:
    if holdout is None:
        return split(table, share=share, seed=seed)
    return given_holdout(table, more(table.schema, holdout, drop, encoding), seed=seed)


def _splits(
    source: Table | Drawn,
    holdout: Source | None,
    folds: int | None,
    *,
    share: float,
    seed: int,
    drop: Sequence[str],
    encoding: str,
    budget: float,
    progress: Progress = silent,
) -> tuple[tuple[Split, ...], dict[str, Any]]:
    """One split, or folds: the rows given out are learned from the first. And what was sampled, if anything was."""
    if folds is not None and folds < 0:
        raise ConfigError(f"{folds} folds cannot be made", hint="ask for 2 or more, or for 1: a single holdout")
    if isinstance(source, Drawn) and not source.whole:
        given = None if holdout is None else more(source.table.schema, holdout, drop, encoding)
        return large.split_of(source, given, share=share, folds=folds, budget=budget, seed=seed, progress=progress)
    table = source.table if isinstance(source, Drawn) else source
    if holdout is None:
        return partings(table, count=folds, share=share, seed=seed), {}
    if folds is not None and folds > 1:
        raise ConfigError("a holdout was given, and folds were asked for", hint="leave out one of them")
    return (_split(table, holdout, share=share, seed=seed, drop=drop, encoding=encoding),), {}


def _as_many(parts: Split, holdout: Source | None) -> int:
    """Rows to make where nobody says how many: as many as came in, or as are used of a sample."""
    return len(parts.train) + (len(parts.holdout) if holdout is None else 0)


def _goal(source: Source, table: Table, parts: Split, made: int, *, seed: int) -> dict[str, Any]:
    by = {"row": "by row", "entity": "by entity", "time": "the last rows in time", "given": "given by the caller"}
    how = by[parts.how]
    if parts.how == "row" and table.schema.target and table.schema[table.schema.target].is_discrete:
        how += f", the same share of each class of '{table.schema.target}'"
    return {
        "source": named(source),
        "source_digest": table.digest(),
        "rows": len(table),
        "columns": len(table.schema),
        "target": table.schema.target,
        "train_rows": len(parts.train),
        "holdout_rows": len(parts.holdout),
        "holdout_repeats": parts.duplicates,
        "split": how,
        "holdout_digest": parts.digest,
        "rows_made": made,
        "seed": seed,
    }
