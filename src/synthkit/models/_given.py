"""What a caller fixes, in the codes of an encoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from synthkit.encode.columns import Levels, Numbers, Strings
from synthkit.encode.encoder import Encoder
from synthkit.errors import ConfigError, UnknownName

__all__ = ["categories_of", "fixed_codes"]


def categories_of(encoder: Encoder, column: str) -> tuple[str, ...]:
    """The words of a categorical column, most frequent first.

    Raises:
        UnknownName: no such column.
        ConfigError: it has no categories.
    """
    kind = encoder.schema[column].kind
    code = encoder.codes[column]
    if not isinstance(code, Levels):
        raise ConfigError(f"column {column!r} is {kind}: it has no categories", hint="name a categorical column")
    return code.levels


def fixed_codes(encoder: Encoder, name: str, value: Any, n: int) -> np.ndarray:  # noqa: ANN401
    """A condition as the model's own array of `n` codes."""
    import pandas as pd

    column = encoder.schema[name]
    code = encoder.codes[name]
    if isinstance(code, Strings):
        raise ConfigError(f"column {name!r} is {column.kind}: its values are made new and cannot be fixed")
    many = isinstance(value, Sequence | np.ndarray | pd.Series) and not isinstance(value, str)
    values = list(value) if many else [value] * n
    if len(values) != n:
        raise ConfigError(f"{len(values)} values were given for column {name!r}, but {n} rows are asked for")
    if isinstance(code, Levels | Numbers) and not code.missing and any(pd.isna(v) for v in values):
        raise ConfigError(f"column {name!r} is never missing in the data, so it cannot be asked to be")
    if isinstance(code, Levels):
        words = pd.Series([None if pd.isna(v) else str(v) for v in values], dtype=object)
        for word in words.dropna().unique():
            if word not in code.levels:
                raise UnknownName(f"category of column {name!r}", word, code.levels)
        return code.encode(words, np.random.default_rng(0))
    try:
        cells = (
            pd.Series(pd.to_datetime(values, format="ISO8601"))
            if column.kind == "datetime"
            else pd.Series(values, dtype="float64")
        )
    except (TypeError, ValueError):
        raise ConfigError(f"the value given for column {name!r} is not a {column.kind}") from None
    if column.kind == "datetime":
        cells = cells.astype("datetime64[us]")
    elif np.isinf(cells).any():
        raise ConfigError(f"the value given for column {name!r} is not finite")
    return code.encode(cells, np.random.default_rng(0))
