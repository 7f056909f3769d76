"""Gradient boosting with LightGBM, its settings in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from synthkit.rng import seed_of
from synthkit.threads import one_thread

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Boosting", "Fitted", "Task"]

Task = Literal["binary", "multiclass", "regression"]

COMMON: dict[str, Any] = {
    "verbosity": -1,
    "deterministic": True,
    # One thread a fit and several fits at once: the trees are then the same on any machine, and threads of LightGBM do
    # not wait for one another, which on a busy machine made a fit ten times slower (measured).
    "num_threads": 1,
    "force_row_wise": True,
    "feature_pre_filter": False,
    "min_data_per_group": 20,  # LightGBM's 100 makes categories useless in tables of a thousand rows
}
OBJECTIVES: dict[Task, str] = {"binary": "binary", "multiclass": "multiclass", "regression": "regression"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Boosting:
    """How to boost.

    Args:
        rounds: trees at most (times classes when there are more than two). rate: learning rate. depth: of each tree;
        -1 for no limit. leaves: of each tree. patience: rounds without gain on a fifth of the rows, held back from the
        training rows themselves, after which to
            stop; 0 to run all rounds. Stopping on the rows that are scored would flatter the score.
    """

    rounds: int = 200
    rate: float = 0.1
    depth: int = -1
    leaves: int = 31
    patience: int = 10

    def fit(
        self,
        x: NDArray[np.float64],
        y: NDArray[Any],
        *,
        task: Task,
        categorical: tuple[int, ...],
        rng: np.random.Generator,
        classes: int = 2,
    ) -> Fitted:
        """Boosted trees that predict `y` from `x`.

        Args:
            x: (rows, features), NaN where missing.
            y: classes 0..classes-1, or numbers.
            task: binary, multiclass or regression.
            categorical: positions of the features that are codes.
            rng: decides which rows the stopping looks at, and the trees' seed.
            classes: how many classes there can be; `y` need not have them all.
        """
        import lightgbm as lgb

        seed = seed_of(rng)
        held = rng.permutation(len(y)) < len(y) // 5
        if len(np.unique(y)) < 2 or x.shape[1] == 0:
            return Fitted(None, task, classes, float(y[0]))
        shift, scale = _spread(y) if task == "regression" else (0.0, 1.0)
        settings = COMMON | {
            "objective": OBJECTIVES[task],
            "learning_rate": self.rate,
            "max_depth": self.depth,
            "num_leaves": self.leaves,
            "min_data_in_leaf": int(np.clip(len(y) // 50, 2, 20)),
            "seed": seed,
        }
        if task == "multiclass":
            settings["num_class"] = classes
        with one_thread():
            data = lgb.Dataset(
                x, (y - shift) / scale, categorical_feature=list(categorical), params=settings, free_raw_data=False
            )
            if not self.patience or held.sum() < 20:
                return Fitted(lgb.train(settings, data, self.rounds), task, classes, shift, scale)
            data.construct()
            stop = lgb.early_stopping(self.patience, verbose=False)
            train, watch = (data.subset(np.flatnonzero(rows).tolist()) for rows in (~held, held))
            booster = lgb.train(settings, train, self.rounds, [watch], callbacks=[stop])
        return Fitted(booster, task, classes, shift, scale)


def _spread(y: NDArray[np.float64]) -> tuple[float, float]:
    """Middle and size of the numbers to learn: LightGBM keeps float32, in which dates are coarse and 1e300 infinite."""
    low, middle, high = np.quantile(y, [0.0, 0.5, 1.0])
    return float(middle), float(max(high - middle, middle - low))


@dataclass(frozen=True, slots=True)
class Fitted:
    """Boosted trees, or a constant (`shift`) where there was only one value to learn.

    Args:
        booster: the trees, or None.
        task: what they predict.
        classes: how many classes there can be.
        shift: added to what the trees say ...
        scale: ... times this.
    """

    booster: Any
    task: Task
    classes: int
    shift: float = 0.0
    scale: float = 1.0

    def predict(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probabilities of class 1 (binary), of every class (multiclass: one column each), or numbers."""
        if self.booster is not None:
            with one_thread():
                said = np.asarray(self.booster.predict(x))
            return said * self.scale + self.shift if self.task == "regression" else said
        if self.task == "multiclass":
            return np.tile(np.eye(self.classes)[int(self.shift)], (len(x), 1))
        return np.full(len(x), self.shift)

    def gains(self, features: int) -> NDArray[np.float64]:
        """How much of the loss each feature's splits removed."""
        if self.booster is None:
            return np.zeros(features)
        return np.asarray(self.booster.feature_importance("gain"), dtype=float)
