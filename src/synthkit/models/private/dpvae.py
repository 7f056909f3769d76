"""A variational autoencoder that learns from clipped and noisy gradients (DP-SGD)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, Self

import numpy as np

from synthkit.errors import ConfigError, MissingExtra, NotFitted
from synthkit.models import artifact
from synthkit.models.card import Card
from synthkit.models.private._coarse import Groups
from synthkit.models.private._draw import evenly
from synthkit.models.private._sketch import Sketch
from synthkit.private.accountant import rho_of
from synthkit.private.domain import Domain
from synthkit.private.guarantee import Guarantee
from synthkit.private.subsampled import affordable
from synthkit.progress import Progress, silent
from synthkit.rng import seed_of

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

    from synthkit.data.table import Table
    from synthkit.private.curator import Curator

__all__ = ["DPVAE", "MODEL"]

SINGLES: Final = 0.2
"""Of the budget, for the counts of single columns, which the network starts from."""
HIDDEN: Final = 64
LATENT: Final = 8
RATE: Final = 0.02
"""Chance of a person to be in a step's sample."""
CLIP: Final = 1.0
"""Norm of one person's gradient at most."""
LEARN: Final = 5e-3
PULL: Final = 0.3
"""Weight of the prior in the loss."""


class DPVAE:
    """A small autoencoder over groups of cells, trained by DP-SGD with per-person gradients of opacus.

    It starts from the noisy law of each column and learns relations beyond; Adam needs no batch size, so none is told.
    The noise of its gradients is a floating-point Gaussian made of the operating system's bits: unlike counts it is not
    exact to the last bit.

    Args:
        steps: of the training; public.

    References: Kingma and Welling (2014); Abadi and others (2016).
    """

    name: ClassVar[str] = "dpvae"
    adds_up: ClassVar[Literal["rho", "epsilon"]] = "epsilon"
    mechanism: ClassVar[str] = "discrete Gaussian counts, then DP-SGD (floating-point Gaussian, Poisson samples)"
    card: ClassVar[Card] = Card(
        family="differentially private network",
        rung=7,
        summary="A variational autoencoder that learns from clipped, noisy gradients of random samples of the people.",
        assumes="A public domain; tens of thousands of people; that noise not exact to the last bit will do.",
        fails_when="Worse than aim and slower on Adult, where we measured both: it is here to be compared with.",
        data_hunger="Tens of thousands of rows at epsilon 1.",
        latency="A million cells a second.",
        control="None.",
        cost="A minute or two on one core; the package opacus.",
        licence="MIT (ours); opacus is Apache-2.0",
        references=("Kingma and Welling 2014", "Abadi and others 2016", "Yousefpour and others 2021, opacus"),
    )

    def __init__(self, *, steps: int = 600) -> None:
        if steps < 1:
            raise ConfigError(f"{steps} steps are no training", hint="give at least one")
        self.steps = steps
        self._fitted: tuple[Domain, tuple[Groups, ...], float, Guarantee] | None = None
        self._weights: dict[str, NDArray[np.float32]] = {}

    def fit(self, curator: Curator, domain: Domain, *, rng: np.random.Generator, progress: Progress = silent) -> Self:
        """Spend the curator's budget."""
        self.ready(curator.epsilon, curator.delta)
        sketch = Sketch.begun(curator, domain, share=SINGLES)
        sizes = [each.size for each in sketch.groups]
        network, gradient = _network(sizes, [each.counts for each in sketch.groups], seed_of(rng))
        import torch

        whole = _as_one(network)
        learner = torch.optim.Adam([whole], lr=LEARN)
        told = sketch.curator.sums(gradient, whole.numel(), steps=self.steps, rate=RATE, clip=CLIP)
        for at, noisy in enumerate(told):
            whole.grad = torch.as_tensor(noisy, dtype=whole.dtype)
            learner.step()
            progress("fit", (at + 1) / self.steps)
        state = {key: value.numpy().copy() for key, value in network.state_dict().items()}
        self._weights = {key.removeprefix("_module."): value for key, value in state.items()}
        guarantee = Guarantee.of(curator, domain, self.mechanism)
        self._fitted = domain, sketch.groups, sketch.law.total, guarantee
        return self

    def ready(self, epsilon: float, delta: float) -> None:
        """Whether opacus is there, and the budget pays for so many steps after the counts."""
        affordable(epsilon, delta, rate=RATE, steps=self.steps, rho=SINGLES * rho_of(epsilon, delta))

    @property
    def guarantee(self) -> Guarantee:
        """What was spent, on whom, for what."""
        return self._state()[3]

    @property
    def rows(self) -> int:
        """How many rows the data have, as far as the noise tells."""
        return round(self._state()[2])

    def sample(self, n: int, *, rng: np.random.Generator) -> Table:
        """`n` rows. Drawing costs no privacy, however often."""
        domain, groups, _, _ = self._state()
        points, picks, inside, values = rng.spawn(4)
        w = self._weights
        hidden = np.maximum(points.standard_normal((n, LATENT)) @ w["up.weight"].T + w["up.bias"], 0)
        logits = hidden @ w["out.weight"].T + w["out.bias"]
        cells = np.zeros((n, len(groups)), np.int64)
        starts = np.cumsum([0, *(each.size for each in groups)])
        for at, each in enumerate(groups):
            part = logits[:, starts[at] : starts[at + 1]] + picks.gumbel(size=(n, each.size))
            group = part.argmax(axis=1)
            cells[:, at] = each.inside(group, evenly([group], n, inside))
        return domain.table(cells, values)

    def save(self, folder: Path) -> None:
        """Write the weights and the noisy counts."""
        domain, groups, total, guarantee = self._state()
        arrays: dict[str, NDArray[Any]] = {f"labels {at}": each.labels for at, each in enumerate(groups)}
        arrays |= {f"weights {at}": each.weights for at, each in enumerate(groups)}
        plain = {"domain": domain.to_dict(), "total": total, "guarantee": guarantee.to_dict(), "steps": self.steps}
        artifact.save(folder, self.name, plain, arrays, self._weights)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        plain, arrays = artifact.load(folder, cls.name)
        model, domain = cls(steps=plain["steps"]), Domain.of(plain["domain"])
        groups = tuple(
            Groups(arrays[f"labels {at}"], arrays[f"weights {at}"], {}) for at in range(len(domain.attributes))
        )
        model._fitted = domain, groups, plain["total"], Guarantee.from_dict(plain["guarantee"])
        model._weights = artifact.load_weights(folder, cls.name)
        return model

    def _state(self) -> tuple[Domain, tuple[Groups, ...], float, Guarantee]:
        if self._fitted is None:
            raise NotFitted(self.name)
        return self._fitted


def _network(
    sizes: list[int], counts: list[NDArray[np.float64]], seed: int
) -> tuple[Any, Callable[[NDArray[Any], int], NDArray[np.float32]]]:
    """The network, and the gradient of each of some rows: (rows, parameters)."""
    try:
        from opacus import GradSampleModule
    except ImportError:
        raise MissingExtra("opacus", "private") from None
    import torch
    from torch import nn
    from torch.nn import functional as f

    wide = sum(sizes)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        parts = {
            "down": nn.Linear(wide, HIDDEN), "point": nn.Linear(HIDDEN, 2 * LATENT),
            "up": nn.Linear(LATENT, HIDDEN), "out": nn.Linear(HIDDEN, wide),
        }  # fmt: skip
    with torch.no_grad():
        law = np.concatenate([np.log((each + 1) / (each + 1).sum()) for each in counts])
        parts["out"].bias.copy_(torch.tensor(law, dtype=torch.float32))
        parts["out"].weight.mul_(0.1)

    class Autoencoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            for name, part in parts.items():
                self.add_module(name, part)

        def forward(self, x: torch.Tensor, noise: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            middle, spread = parts["point"](torch.relu(parts["down"](x))).chunk(2, dim=1)
            pull = 0.5 * (middle**2 + spread.exp() - spread - 1).sum(dim=1)
            point = middle + noise * (0.5 * spread).exp()
            return parts["out"](torch.relu(parts["up"](point))), pull

    network = GradSampleModule(Autoencoder(), loss_reduction="sum")
    parameters = list(network.parameters())
    starts = torch.tensor([0, *sizes[:-1]]).cumsum(0)

    def gradient(codes: NDArray[Any], step: int) -> NDArray[np.float32]:
        for p in parameters:
            p.grad_sample = None
        target = torch.as_tensor(codes, dtype=torch.long)
        x = torch.zeros(len(codes), wide).scatter_(1, target + starts, 1.0)
        x.requires_grad_(True)  # or torch warns of opacus' hooks
        # The seed is public: were this drawn row by row, one person more would move what all after them are given, and
        # their gradients by far more than one clip. So a row's noise follows from its cells and the step alone.
        table = np.random.default_rng([seed, step]).standard_normal((wide, LATENT)) / len(sizes) ** 0.5
        logits, pull = network(x, x.detach() @ torch.as_tensor(table, dtype=torch.float32))
        lost = sum(
            f.cross_entropy(part, target[:, at], reduction="sum") for at, part in enumerate(logits.split(sizes, dim=1))
        )
        (lost + PULL * pull.sum()).backward()
        each = [getattr(p, "grad_sample").reshape(len(codes), -1) for p in parameters]  # noqa: B009
        return np.asarray(torch.cat(each, dim=1).numpy(), np.float32)

    return network, gradient


def _as_one(network: Any) -> torch.Tensor:  # noqa: ANN401 - a torch module
    """All parameters in one vector, of which they are views from now on."""
    import torch

    parameters = list(network.parameters())
    whole = torch.cat([p.detach().reshape(-1) for p in parameters])
    for p, part in zip(parameters, torch.split(whole, [p.numel() for p in parameters]), strict=True):
        p.data = part.view_as(p)
    return whole


MODEL = DPVAE
