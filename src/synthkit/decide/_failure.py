"""What went wrong with a model, in words that give nothing of the data away."""

from __future__ import annotations

import traceback
from pathlib import Path

from synthkit.errors import SynthkitError

__all__ = ["failure"]


def failure(error: Exception) -> str:
    """What went wrong. Only our own messages are quoted: another's may hold a cell of the data."""
    if isinstance(error, SynthkitError):
        return f"failed: {error.message}"
    frames = traceback.extract_tb(error.__traceback__)
    at = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return f"failed with {type(error).__name__}{at}"
