"""What every test can ask for, and settings that keep a run the same on every machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parents[1]

# Before anything imports numpy, torch or lightgbm, which read them once. The tests run in several processes, and a
# thread a core in each of them is slower than one.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
os.environ.setdefault("MPLBACKEND", "svg")  # no screen is needed, or looked for

# No deadline: the machine may be busy. The same examples each time: a run that fails here fails for the next one too.
settings.register_profile(
    "few", max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("many", parent=settings.get_profile("few"), max_examples=500, derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "few"))


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def credit() -> Path:
    """The bundled table: 4,454 rows, 14 columns of mixed kinds, 455 missing cells, target `Status`."""
    return ROOT / "datasets" / "credit_data" / "table.csv.gz"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets, from SYNTHKIT_DATA or beside the checkout; skips the test where there is none."""
    folder = Path(os.environ.get("SYNTHKIT_DATA") or ROOT.parent / "shared" / "data")
    if not (folder / "adult" / "train.csv.gz").is_file():
        pytest.skip("needs the real data sets: set SYNTHKIT_DATA to their folder")
    return folder
