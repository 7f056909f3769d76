"""What the figures were measured on. No host name and no path: they say nothing and belong to somebody."""

from __future__ import annotations

import hashlib
import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

PACKAGES = ("synthkit", "numpy", "scipy", "pandas", "scikit-learn", "lightgbm", "sdv", "copulas", "rdt")


def facts() -> dict[str, Any]:
    """Machine, versions and date, as plain values."""
    return {
        "date": today(),
        "cores": os.cpu_count(),
        "cpu": _cpu(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": platform.system(),
        "python": platform.python_version(),
        "source": source(),
        "versions": {name: version(name) for name in PACKAGES},
        "load_before": load(),
    }


def today() -> str:
    """The day, in UTC."""
    return datetime.now(UTC).date().isoformat()


def source() -> str:
    """The first digits of a SHA-256 over synthkit's own files: whether figures are those of the code at hand."""
    import synthkit

    package = Path(synthkit.__file__).parent
    sha = hashlib.sha256()
    for file in sorted(package.rglob("*.py")):
        sha.update(file.relative_to(package).as_posix().encode() + b"\0" + file.read_bytes())
    return sha.hexdigest()[:12]


def load() -> float:
    """Processes that ran or waited over the last minute: above 0 before a run starts, others were working too."""
    return round(os.getloadavg()[0], 2)


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
