"""Engines: the same answers in the same order, errors as they were raised, and nothing left running."""

from __future__ import annotations

import multiprocessing
from functools import partial

import pytest

from synthkit.errors import ConfigError, UnknownName
from synthkit.models import registry
from synthkit.scale.engine import in_flight, opened

HERE = [("local", 1), ("local", 2), ("dask", 2), pytest.param("ray", 2, marks=pytest.mark.slow)]


@pytest.mark.parametrize(("name", "workers"), HERE)
def test_answers_come_in_order_and_an_error_arrives_as_it_was_raised(name, workers):
    with opened(name, workers=workers) as engine:
        assert engine.workers == workers
        assert list(engine.map(partial(pow, 2), range(9))) == [2**k for k in range(9)]
        with pytest.raises(UnknownName, match="'treees'") as caught:
            list(engine.map(registry.get, ["treees"]))
        assert "did you mean 'trees'" in caught.value.hint
    assert not multiprocessing.active_children()


def test_no_more_is_begun_than_is_waited_for():
    begun: list[int] = []
    answers = in_flight(lambda item: begun.append(item) or item, str, range(100), 3)
    assert [next(answers) for _ in range(2)] == ["0", "1"] and len(begun) == 4


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("spark", {}, "no engine 'spark'"),
        ("local", {"workers": 0}, "0 workers"),
        ("local", {"address": "tcp://here:1"}, "has no address"),
    ],
)
def test_an_engine_that_cannot_be_is_refused_by_name(name, options, words):
    with pytest.raises(ConfigError, match=words):
        opened(name, **options)


@pytest.mark.parametrize(
    ("name", "address"),
    [("dask", "tcp://127.0.0.1:1"), ("dask", "nowhere"), ("ray", "127.0.0.1:1"), ("ray", "ray://127.0.0.1:x")],
)
def test_a_cluster_that_does_not_answer_is_refused_when_the_block_begins(name, address):
    with pytest.raises(ConfigError, match="cannot work with a"), opened(name, address=address):
        pass
