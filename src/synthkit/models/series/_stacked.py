"""A structure made of one law for each channel; what joins the channels is then their innovations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np

from synthkit.models.series._form import InnovationsForm
from synthkit.models.series._structure import Law, Origin

__all__ = ["Stacked", "inside", "prefixed"]


def prefixed(arrays: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """The same arrays under longer names."""
    return {f"{prefix}/{name}": array for name, array in arrays.items()}


def inside(arrays: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """The arrays whose name begins with the prefix, under the rest of their names."""
    return {name[len(prefix) + 1 :]: array for name, array in arrays.items() if name.startswith(f"{prefix}/")}


class Stacked:
    """Laws side by side (satisfies `Structure`).

    Args:
        laws: one for each channel.
    """

    kind: ClassVar[str] = "stacked"

    def __init__(self, laws: Sequence[Law]) -> None:
        self.laws = tuple(laws)
        self.innovations = np.column_stack([law.innovations for law in self.laws])
        self.parameters: Mapping[str, float] = {
            f"{channel}.{name}": value for channel, law in enumerate(laws) for name, value in law.parameters.items()
        }

    def simulate(
        self,
        shocks: np.ndarray,
        *,
        origin: Origin,
        exog: np.ndarray | None = None,
        rng: np.random.Generator | None = None,
    ) -> np.ndarray:
        """(paths, n, k) paths."""
        made = [
            law.simulate(shocks[:, :, channel], origin=origin, exog=exog, rng=rng)
            for channel, law in enumerate(self.laws)
        ]
        return np.stack(made, axis=2)

    def to_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """JSON values and arrays."""
        plain: list[dict[str, Any]] = []
        arrays: dict[str, np.ndarray] = {}
        for channel, law in enumerate(self.laws):
            values, own = law.to_state()
            plain.append({"kind": law.kind, "state": values})
            arrays |= prefixed(own, str(channel))
        return {"laws": plain}, arrays

    @classmethod
    def from_state(cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """Read what `to_state` wrote, of laws in innovations form."""
        return cls.restored(plain, arrays, {InnovationsForm.kind: InnovationsForm})

    @classmethod
    def restored(
        cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray], known: Mapping[str, type[Law]]
    ) -> Self:
        """Read what `to_state` wrote; `known` are the classes of laws by kind."""
        return cls(
            [
                known[one["kind"]].from_state(one["state"], inside(arrays, str(channel)))
                for channel, one in enumerate(plain["laws"])
            ]
        )
