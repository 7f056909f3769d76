"""Every registered model of series keeps every promise: a new model needs no line here."""

from __future__ import annotations

import pytest

from synthkit.models import registry
from synthkit.testing import simulator_checks


def cases():
    for model in registry.series_names():
        for name, check in simulator_checks(registry.simulator(model)):
            yield pytest.param(check, id=f"{model}-{name}")


@pytest.mark.parametrize("check", list(cases()))
def test_promise(check):
    check()
