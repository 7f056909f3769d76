"""Every registered model keeps every promise: a new model needs no line here."""

from __future__ import annotations

import pytest

from synthkit.models import registry
from synthkit.testing import SLOW, synthesizer_checks


def cases():
    for model in registry.names():
        for name, check in synthesizer_checks(registry.get(model), slow=True):
            marks = [pytest.mark.slow] if name in SLOW else []
            yield pytest.param(check, id=f"{model}-{name}", marks=marks)


@pytest.mark.parametrize("check", list(cases()))
def test_promise(check):
    check()
