"""A causal convolutional generator of any length, and the critic that judges its windows.

Both know only tensors: (batch, time, channels). The generator turns white noise into a stationary sequence (where the
conditions are), as every output is the same function of the noise before it: there is nothing to join, and no seam.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Critic", "Generator", "Shape", "lagged"]

_MEAN_SIZE = 0.7978845608  # of a standard normal number
_WIDEST = 2.0  # the scale of a shock may vary between exp(-2) and exp(2)


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a pair of networks.

    Args:
        values: channels of the series.
        conditions: channels known for every step; may be 0.
        spare: noise channels beyond one for each value.
        common: noise channels that stay the same along a path, so that paths may differ for good; 0 for a lone series.
        channels: width of the hidden layers.
        dilations: of the layers of width 3; their sum, doubled, is how far the generator looks back.
        window: steps the critic sees at once.
    """

    values: int
    conditions: int = 0
    spare: int = 1
    common: int = 0
    channels: int = 24
    dilations: tuple[int, ...] = (1, 2, 4, 8, 16)
    window: int = 64

    @property
    def noise(self) -> int:
        """Noise channels a step."""
        return self.values + self.spare

    @property
    def reach(self) -> int:
        """Steps of noise the generator needs before the first output."""
        return 2 * sum(self.dilations) + 1

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Read what `to_dict` (or its JSON) wrote."""
        return cls(**{**values, "dilations": tuple(values["dilations"])})


class _Layer(nn.Module):
    """A causal convolution without padding, modulated by the conditions, added to what came in (FiLM, Perez 2018)."""

    def __init__(self, shape: Shape, dilation: int) -> None:
        super().__init__()
        self.lost = 2 * dilation
        self.wide = nn.Conv1d(shape.channels, shape.channels, 3, dilation=dilation)
        self.film = nn.Linear(shape.conditions, 2 * shape.channels) if shape.conditions else None

    def forward(self, hidden: Tensor, conditions: Tensor) -> Tensor:
        found = self.wide(hidden)
        if self.film is not None:
            gain, shift = self.film(conditions[:, -found.shape[-1] :]).transpose(1, 2).chunk(2, dim=1)
            found = found * (1 + gain) + shift
        kept: Tensor = hidden[..., self.lost :] + functional.leaky_relu(found, 0.2)
        return kept


class Generator(nn.Module):
    """Noise in, a sequence out: x_t = m_t + s_t (A z_t + q(z_t)), where m, s and q see the noise before t and c_t.

    At first m = 0, s = 1, q = 0 and A is given: training starts from independent normal shocks with the right
    correlation, and learns only how the data differ from that. A scale of its own makes clusters of volatility easy
    (as the stochastic volatility networks of Wiese et al., Quant GANs, Quantitative Finance 2020).
    """

    def __init__(self, shape: Shape, mixing: Tensor | None = None) -> None:
        super().__init__()
        self.shape = shape
        width, k = shape.channels, shape.values
        self.enter = nn.Conv1d(2 * shape.noise + shape.common, width, 1)
        self.layers = nn.ModuleList([_Layer(shape, dilation) for dilation in shape.dilations])
        self.state = nn.Linear(width + shape.conditions, width)
        self.law = nn.Linear(width, 2 * k)
        self.twist = nn.Linear(width + shape.noise, width)
        self.turn = nn.Linear(width, k)
        self.mixing = nn.Parameter(torch.zeros(k, shape.noise))
        with torch.no_grad():
            self.mixing[:, :k] = torch.eye(k) if mixing is None else mixing
            for last in (self.law, self.turn):
                last.weight.mul_(0.05)
                last.bias.zero_()

    def forward(self, noise: Tensor, common: Tensor, conditions: Tensor) -> Tensor:
        """(batch, n, values) from noise and conditions of `reach` more steps, and (batch, common)."""
        steps = noise.shape[1] - self.shape.reach
        seen = [noise, noise.abs() - _MEAN_SIZE]
        if self.shape.common:
            seen.append(common[:, None].expand(-1, noise.shape[1], -1))
        hidden = self.enter(torch.cat(seen, -1).transpose(1, 2))
        for layer in self.layers:
            hidden = layer(hidden, conditions)
        before = hidden[..., :-1].transpose(1, 2)  # what was known one step earlier
        now = noise[:, -steps:]
        state = functional.leaky_relu(self.state(torch.cat([before, conditions[:, -steps:]], -1)), 0.2)
        mean, size = self.law(state).chunk(2, -1)
        shock = now @ self.mixing.T + self.turn(torch.tanh(self.twist(torch.cat([state, now], -1))))
        made: Tensor = mean + torch.exp(_WIDEST * torch.tanh(size / _WIDEST)) * shock
        return made


def lagged(x: Tensor, y: Tensor, lags: int) -> Tensor:
    """(batch, lags, i, j) mean products of x_i now and y_j 1, ..., `lags` steps before."""
    n = x.shape[1]
    found = [torch.einsum("bti,btj->bij", x[:, lag:], y[:, : n - lag]) / (n - lag) for lag in range(1, lags + 1)]
    return torch.stack(found, 1)


class Critic(nn.Module):
    """A number a window, high for real ones; it sees sizes, lagged products, spectrum and the batch's spread too."""

    def __init__(self, shape: Shape, lags: int = 8) -> None:
        super().__init__()
        self.shape, self.lags = shape, min(lags, shape.window // 2)
        width, k = shape.channels, shape.values
        stats = self.lags * 3 * k * k + k * (shape.window // 2) + 2 * k * (1 + shape.conditions)
        self.path = nn.ModuleList(
            [nn.Conv1d(2 * k + shape.conditions, width, 5, padding=2)]
            + [nn.Conv1d(width, width, 5, stride=2, padding=2) for _ in range(3)]
        )
        self.stats = nn.Linear(stats, 2 * width)
        self.join = nn.Linear(4 * width + 1, 2 * width)
        self.score = nn.Linear(2 * width, 1)

    def forward(self, x: Tensor, conditions: Tensor) -> Tensor:
        """(batch,) scores of (batch, window, values) with their conditions."""
        size = x.abs() - _MEAN_SIZE
        hidden = torch.cat([x, size, conditions], -1).transpose(1, 2)
        for layer in self.path:
            hidden = functional.leaky_relu(layer(hidden), 0.2)
        about = functional.leaky_relu(self.stats(self._statistics(x, size, conditions)), 0.2)
        whole = torch.cat([hidden.mean(-1), hidden.square().mean(-1).add(1e-6).sqrt(), about], -1)
        spread = whole.var(0, unbiased=False).add(1e-6).sqrt().mean().expand(len(x), 1)
        found: Tensor = self.score(functional.leaky_relu(self.join(torch.cat([whole, spread], -1)), 0.2))[:, 0]
        return found

    def _statistics(self, x: Tensor, size: Tensor, conditions: Tensor) -> Tensor:
        root = self.shape.window**0.5
        products = [lagged(x, x, self.lags), lagged(size, size, self.lags), lagged(size, x, self.lags)]
        power = torch.fft.rfft(x, dim=1)[:, 1 : 1 + self.shape.window // 2].abs().square() / self.shape.window
        ones = torch.cat([torch.ones_like(x[..., :1]), conditions], -1)
        with_conditions = torch.einsum("bti,btj->bij", torch.cat([x, size], -1), ones) / x.shape[1]
        parts = [root * p for p in products] + [torch.log(power + 0.05), root * with_conditions]
        return torch.cat([p.flatten(1) for p in parts], -1)
