"""synthkit: synthetic tables and time series, classical models first, judged against rows no model saw.

>>> import synthkit as sk
>>> sorted(sk.__all__)[:3]
['Column', 'Criteria', 'Criterion']
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from synthkit.attacks.battery import attack as attack
    from synthkit.data.schema import Column as Column
    from synthkit.data.schema import Schema as Schema
    from synthkit.data.table import Table as Table
    from synthkit.decide.criteria import Criteria as Criteria
    from synthkit.decide.criteria import Criterion as Criterion
    from synthkit.decide.criteria import Verdict as Verdict
    from synthkit.dp import generate_private as generate_private
    from synthkit.errors import SynthkitError as SynthkitError
    from synthkit.filling import impute as impute
    from synthkit.models.latent import direction as direction
    from synthkit.models.latent import interpolate as interpolate
    from synthkit.models.latent import move as move
    from synthkit.pipeline import augment as augment
    from synthkit.pipeline import evaluate as evaluate
    from synthkit.pipeline import generate as generate
    from synthkit.pipeline import read as read
    from synthkit.pipeline import run as run
    from synthkit.result import Result as Result
    from synthkit.rng import stream as stream
    from synthkit.scale.sample import sample as sample
    from synthkit.scorecard import Scorecard as Scorecard

__version__ = "0.1.0"

_HOME = {
    "Column": "synthkit.data.schema",
    "Criteria": "synthkit.decide.criteria",
    "Criterion": "synthkit.decide.criteria",
    "Result": "synthkit.result",
    "Schema": "synthkit.data.schema",
    "Scorecard": "synthkit.scorecard",
    "SynthkitError": "synthkit.errors",
    "Table": "synthkit.data.table",
    "Verdict": "synthkit.decide.criteria",
    "attack": "synthkit.attacks",
    "augment": "synthkit.pipeline",
    "direction": "synthkit.models.latent",
    "evaluate": "synthkit.pipeline",
    "generate": "synthkit.pipeline",
    "generate_private": "synthkit.dp",
    "impute": "synthkit.filling",
    "interpolate": "synthkit.models.latent",
    "move": "synthkit.models.latent",
    "read": "synthkit.pipeline",
    "run": "synthkit.pipeline",
    "sample": "synthkit.scale.sample",
    "stream": "synthkit.rng",
}

__all__ = sorted(_HOME)  # noqa: PLE0605 - one list of names, not two


def __getattr__(name: str) -> Any:  # noqa: ANN401 - PEP 562
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'synthkit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
