"""How networks of tables are trained: watched on held-out rows, stopped in time, resumed after a kill.

What is kept is never the last state but the best by a judge, which looks at rows the network did not learn from.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from synthkit import files
from synthkit.progress import Progress, silent
from synthkit.threads import one_torch_thread

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

__all__ = ["Checkpoint", "Look", "Pupil", "Recipe", "Record", "train"]

_SAVE_EVERY = 15.0  # seconds between two checkpoints
_SLACK = 0.05  # by how much the clock may run ahead of the steps before it sets the pace
_FLOOR = 0.02  # of the learning rate, at the end
_COLLAPSED = 0.5


@dataclass(frozen=True, slots=True)
class Recipe:
    """How long to train and when to stop.

    Args:
        steps: at most; the learning rate falls to a fiftieth over them.
        check: steps between two looks at the held-out rows.
        patience: looks without a better one, after which training stops.
        gain: what counts as better.
        gait: factor on the learning rate.
        sees: what the judge tells, in words.
    """

    steps: int
    check: int
    patience: int = 6
    gain: float = 0.002
    gait: float = 1.0
    sees: str = "told from held-out rows"


@dataclass(frozen=True, slots=True)
class Look:
    """What the judge saw.

    Args:
        told: less is better: how well generated rows are told from held-out ones (0.5 not at all, 1 always), or how
            surprised the network is by held-out rows.
        variety: distinct generated rows over distinct held-out rows, at most 1.
    """

    told: float
    variety: float


class Pupil(Protocol):
    """A network in training.

    Attributes:
        optimizers: of everything that learns.
        chance: where all chance comes from.
    """

    optimizers: Sequence[torch.optim.Optimizer]
    chance: torch.Generator

    @property
    def live(self) -> nn.Module:
        """Everything that learns."""
        ...

    @property
    def mean(self) -> Any:  # noqa: ANN401 - a module with `axes`, `sample` and `sample_where`
        """The running mean of what is kept, which is judged."""
        ...

    def step(self, pace: float) -> float:
        """One step with the learning rate times `pace`; the loss."""
        ...

    def begin(self, state: Mapping[str, Tensor]) -> None:
        """Start from these weights of what is kept."""
        ...


@dataclass
class Record:
    """What happened."""

    step: int = 0
    best_step: int = 0
    told: float = math.inf
    variety: float = 1.0
    seconds: float = 0.0
    stopped: str = ""
    warnings: list[str] = field(default_factory=list)
    looks: list[tuple[int, float]] = field(default_factory=list)


@dataclass(frozen=True)
class Checkpoint:
    """A file that holds a training on its way.

    Args:
        path: written every quarter of a minute, and removed when training ends.
        key: of the data, the seed and the options: another key's checkpoint is left unread.
    """

    path: Path
    key: str

    def write(self, pupil: Pupil, best: Mapping[str, Tensor], record: Record) -> None:
        """Save the whole state; a kill while it is written leaves the last one."""
        from safetensors.torch import save

        tensors = {f"live.{k}": v for k, v in pupil.live.state_dict().items()}
        tensors |= {f"mean.{k}": v for k, v in pupil.mean.state_dict().items()}
        tensors |= {f"best.{k}": v for k, v in best.items()}
        for at, optimizer in enumerate(pupil.optimizers):
            for number, state in optimizer.state_dict()["state"].items():
                tensors |= {f"optimizer{at}.{number}.{k}": v for k, v in state.items()}
        tensors["chance"] = pupil.chance.get_state()
        held = {k: v.detach().cpu().contiguous().clone() for k, v in tensors.items()}
        about = {"key": self.key, "record": json.dumps(asdict(record))}
        with files.atomic(self.path, private=True) as part:
            part.write_bytes(save(held, metadata=about))

    def read(self, pupil: Pupil) -> tuple[dict[str, Tensor], Record] | None:
        """Put a pupil where the checkpoint left it; None if there is none of this training."""
        from safetensors import SafetensorError, safe_open

        if not self.path.is_file():
            return None
        try:
            with safe_open(self.path, "pt") as stored:
                about = stored.metadata() or {}
                if about.get("key") != self.key:
                    return None
                tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118 - not a mapping
        except (SafetensorError, OSError):
            return None

        def under(prefix: str) -> dict[str, Tensor]:
            return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}

        pupil.live.load_state_dict(under("live."))
        pupil.mean.load_state_dict(under("mean."))
        for at, optimizer in enumerate(pupil.optimizers):
            state: dict[int, dict[str, Tensor]] = {}
            for name, tensor in under(f"optimizer{at}.").items():
                number, _, key = name.partition(".")
                state.setdefault(int(number), {})[key] = tensor
            optimizer.load_state_dict(optimizer.state_dict() | {"state": state})
        pupil.chance.set_state(tensors["chance"])
        record = Record(**json.loads(about["record"]))
        record.looks = [(int(step), float(told)) for step, told in record.looks]
        return under("best."), record

    def remove(self) -> None:
        """The training is over."""
        self.path.unlink(missing_ok=True)


@one_torch_thread()
def train(
    pupil: Pupil,
    recipe: Recipe,
    judge: Callable[[nn.Module], Look],
    *,
    seconds: float = math.inf,
    checkpoint: Checkpoint | None = None,
    progress: Progress = silent,
) -> Record:
    """Train until the judge sees no more gain, the steps are done or the time is up; the best state is left in `mean`.

    Args:
        pupil: on its way or at its beginning.
        recipe: how long.
        judge: looks at `pupil.mean`.
        seconds: of wall-clock time, at most; a run that it ends is not the same on a faster machine.
        checkpoint: read first, and written while training goes on.
        progress: told at every look, with the time left and what the judge saw.
    """
    found = checkpoint.read(pupil) if checkpoint else None
    best, record = found or (_copied(pupil.mean), Record())
    began = saved = time.monotonic()
    before = record.seconds
    while not record.stopped:
        share = (before + time.monotonic() - began) / seconds
        loss = pupil.step(_pace(record.step / recipe.steps, share) * recipe.gait)
        record.step += 1
        if not math.isfinite(loss):
            record.stopped = "diverged"
            record.warnings.append(f"the loss was not finite at step {record.step}; weights of step {record.best_step}")
            break
        done = record.step / recipe.steps
        if record.step % recipe.check and done < 1 and share < 1:
            continue
        if _better(pupil, judge, record, recipe):
            best = _copied(pupil.mean)
        record.seconds = before + time.monotonic() - began
        share = record.seconds / seconds
        record.stopped = _over(record, recipe, share)
        progress("training", 1.0 if record.stopped else min(max(done, share), 0.999), _told(record, recipe, seconds))
        if checkpoint and not record.stopped and time.monotonic() - saved > _SAVE_EVERY:
            checkpoint.write(pupil, best, record)
            saved = time.monotonic()
    record.seconds = before + time.monotonic() - began
    pupil.mean.load_state_dict(best)
    if record.variety < _COLLAPSED:
        record.warnings.append(f"mode collapse: {record.variety:.0%} of the variety of real rows")
    if checkpoint:
        checkpoint.remove()
    return record


def _pace(done: float, share: float) -> float:
    """Falls over the steps; over the time, where that runs out first."""
    return max(_FLOOR, 1 - (share if share > done + _SLACK else done))


def _better(pupil: Pupil, judge: Callable[[nn.Module], Look], record: Record, recipe: Recipe) -> bool:
    look = judge(pupil.mean)
    record.looks.append((record.step, round(look.told, 5)))
    if look.told > record.told - recipe.gain:
        return False
    record.told, record.variety, record.best_step = look.told, look.variety, record.step
    return True


def _over(record: Record, recipe: Recipe, share: float) -> str:
    if record.step >= recipe.steps:
        return "all steps done"
    if record.step - record.best_step >= recipe.patience * recipe.check:
        return "no better on held-out rows"
    return "time limit" if share >= 1 else ""


def _told(record: Record, recipe: Recipe, seconds: float) -> str:
    """Quality and time left, for a person who waits."""
    left = min(record.seconds / record.step * (recipe.steps - record.step), max(seconds - record.seconds, 0))
    tail = "" if record.stopped else f" · at most {left:.0f} s"
    return f"{recipe.sees} {record.looks[-1][1]:.2f}, best {record.told:.2f}{tail}"


def _copied(module: nn.Module) -> dict[str, Tensor]:
    return {k: v.detach().clone() for k, v in module.state_dict().items()}
