"""The networks keep to the device their weights are on: followed on the device without memory, for want of a GPU."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from synthkit.models.nn import ctgan, flow, tvae
from synthkit.models.nn.spans import Spans

SPANS = Spans((3, 4, 2), (), ())
AWAY = torch.device("meta")


def _network(kind: str) -> torch.nn.Module:
    if kind == "ctgan":
        return ctgan.Gan(SPANS, ctgan.Shape(), torch.full((9,), 1 / 3)).eval().to(AWAY)
    if kind == "flow":
        return flow.Flow(Spans((3, 4, 2), (1,), (np.array([True, False, True, True]),)), flow.Shape((2, 0, 1))).to(AWAY)
    given = 2 if kind == "tvae of a class" else None
    return tvae.Autoencoder(SPANS, tvae.Shape(given=given), torch.full((2 if given else 1,), 0.5)).to(AWAY)


@pytest.mark.parametrize("kind", ["ctgan", "tvae", "tvae of a class", "flow"])
def test_rows_are_drawn_where_the_weights_are(kind: str) -> None:
    codes, scores = _network(kind).sample(7, None)
    assert codes.shape == (7, 3)
    assert (codes.device, scores.device) == (AWAY, AWAY)


def test_conditions_of_a_gan_are_met_where_the_weights_are() -> None:
    codes, _ = _network("ctgan").sample_where({1: torch.zeros(5, dtype=torch.long)}, None)
    assert codes.device == AWAY


def test_a_tensor_left_behind_would_be_noticed() -> None:
    with pytest.raises(RuntimeError, match="device"):
        _network("tvae").decode(torch.zeros(2, tvae.Shape().latent), torch.zeros(2, 1))
