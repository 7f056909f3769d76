"""A pipeline file: what `synthkit generate` is asked on the command line, written down."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from synthkit.data.parts import is_url
from synthkit.errors import ConfigError, ReadError

__all__ = ["DataConfig", "LadderConfig", "PipelineConfig", "RunConfig", "SeriesConfig", "seconds"]

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|min|h)?")
_UNITS = {"ms": 0.001, "s": 1, "": 1, "m": 60, "min": 60, "h": 3600}


def seconds(text: object) -> float:
    """A duration in seconds.

    >>> seconds("5m"), seconds("90"), seconds(2), seconds("1.5h")
    (300.0, 90.0, 2.0, 5400.0)

    Raises:
        ConfigError: not a duration.
    """
    found = _DURATION.fullmatch(str(text).strip().lower())
    if not found or float(found[1]) <= 0:
        raise ConfigError(f"{str(text)!r} is not a duration", hint="write it as 90s, 5m or 1h")
    return float(found[1]) * _UNITS[found[2] or ""]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _where(given: object) -> object:
    """An address as it is, any other words as a path."""
    return Path(given) if isinstance(given, str) and not is_url(given) else given


class DataConfig(_Strict):
    """`[data]`: what comes in. Paths are relative to the pipeline file."""

    source: Annotated[Path | str | None, BeforeValidator(_where)] = None
    dataset: str | None = None
    holdout: Path | None = None
    schema_file: Annotated[Path | None, Field(alias="schema")] = None
    target: str | None = None
    time: str | tuple[str, ...] | None = None
    entity: str | None = None
    drop: tuple[str, ...] = ()
    constant: Literal["refuse", "keep", "drop"] | None = None
    encoding: str = "utf-8"
    reservoir: Annotated[int | None, Field(ge=2)] = None
    share: Annotated[float, Field(gt=0, lt=1)] = 0.2


class SeriesConfig(_Strict):
    """`[series]`: what is special to time series; `synthkit.series.SeriesOptions` says what each is."""

    values: tuple[str, ...] = ()
    exog: tuple[str, ...] = ()
    static: tuple[str, ...] = ()
    frequency: str | None = None
    start: str | None = None
    season: int | tuple[int, ...] | None = None
    wide: Literal["entities", "seasons"] | None = None
    mode: Literal["twin", "continue", "new-entity", "augment", "what-if"] | None = None
    paths: Annotated[int | None, Field(ge=1)] = None
    horizon: Annotated[int | None, Field(ge=1)] = None
    future: Path | None = None
    shocks: dict[str, float] = {}

    @property
    def given(self) -> dict[str, Any]:
        """The options that are not left at their default."""
        return self.model_dump(exclude_defaults=True)


class LadderConfig(_Strict):
    """`[ladder]`: which models may be tried, with which options, and the privacy dial for all of them."""

    models: tuple[str, ...] = ()
    options: dict[str, dict[str, Any]] = {}
    privacy: Annotated[int | None, Field(ge=1)] = None


class RunConfig(_Strict):
    """`[run]`: how much, how long, and where to."""

    out: Path | None = None
    rows: Annotated[int | None, Field(ge=1)] = None
    seed: Annotated[int, Field(ge=0)] = 0
    budget: Annotated[float, BeforeValidator(seconds)] = 300.0
    folds: Annotated[int | None, Field(ge=0)] = None
    attack: bool = False


class PipelineConfig(_Strict):
    r"""The whole file.

    >>> PipelineConfig.from_toml('[data]\nsource = "a.csv"\n[run]\nbudget = "2m"').run.budget
    120.0
    """

    data: DataConfig
    series: SeriesConfig = SeriesConfig()
    run: RunConfig = RunConfig()
    ladder: LadderConfig = LadderConfig()
    criteria: dict[str, Any] = {}
    upkeep: dict[str, float] = {}

    @classmethod
    def from_toml(cls, text: str, *, origin: str = "pipeline file") -> PipelineConfig:
        """Read a pipeline file's text.

        Raises:
            ConfigError: not TOML, an unknown key, or a value of the wrong type; the key is named.
        """
        try:
            config = cls.model_validate(tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"{origin} is not valid TOML: {error}") from None
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(map(str, first["loc"]))
            raise ConfigError(
                f"{origin}: '{key}': {first['msg'].lower()}",
                hint=f"sections are {', '.join(cls.model_fields)}",
            ) from None
        if (config.data.source is None) == (config.data.dataset is None):
            raise ConfigError(f"{origin}: [data] needs either a source or a dataset")
        return config

    @classmethod
    def read(cls, path: str | Path) -> PipelineConfig:
        """Read a pipeline file; its paths are made relative to the file's folder."""
        path = Path(path)
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise ReadError(f"cannot read the pipeline file {str(path)!r}: {error.strerror}") from None
        config = cls.from_toml(text, origin=path.name)

        def beside(found: Path | str | None) -> Path | str | None:
            return path.parent / found if found and not is_url(found) else found

        data = config.data
        moved = {
            "source": beside(data.source),
            "holdout": beside(data.holdout),
            "schema_file": beside(data.schema_file),
        }
        series = config.series.model_copy(update={"future": beside(config.series.future)})
        return config.model_copy(update={"data": data.model_copy(update=moved), "series": series})
