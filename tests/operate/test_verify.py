"""Whoever changes a byte is found out, and it is said where."""

from __future__ import annotations

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthkit import pipeline
from synthkit.errors import ArtifactError, ReadError
from synthkit.operate.log import Log
from synthkit.operate.registry import Registry
from synthkit.operate.steps import accept, release, retire
from synthkit.operate.verify import verify

from .conftest import TODAY

DAY = TODAY.date()


@pytest.fixture
def released(good, registry, ada, tmp_path):
    accept(registry, good, ada, name="people")
    return release(registry, "people", ada, to=tmp_path / "out")[2]


def test_what_nobody_touched_is_what_was_decided(good, released, registry, source):
    table = pipeline.read(source, schema=good / "schema.toml")
    for folder, what in ((good, "run"), (released, "release"), (registry.folder, "registry")):
        found = verify(folder, registry=registry, today=DAY)
        assert (found.what, found.verdict.value) == (what, "PASS"), found
        assert json.loads(json.dumps(found.to_dict()))["verdict"] == "PASS"
    assert verify(released, registry=registry, source=table, today=DAY).verdict.value == "PASS"
    other = pipeline.read(source.assign(age=source["age"] + 1), schema=good / "schema.toml")
    assert verify(good, source=other, today=DAY).checks[-1].verdict.value == "FAIL"


def test_a_byte_of_any_file_is_missed_nowhere(good, released, registry):
    for folder in (good, released, registry.folder / "people" / "1"):
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            if folder == good and path.name in ("decision.md", "record.json"):
                continue  # the one may be edited until it is accepted, and the other is what tells of the rest
            before = path.read_bytes()
            at = len(before) // 2
            path.write_bytes(before[:at] + bytes([before[at] ^ 1]) + before[at + 1 :])
            checked = registry.folder if folder.parent.name == "people" else folder
            try:
                found = verify(checked, registry=registry, today=DAY)
            except ReadError:
                pass  # no longer JSON
            else:
                assert found.verdict.value == "FAIL", path
            path.write_bytes(before)
    assert verify(registry.folder, today=DAY).verdict.value == "PASS"


@given(share=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
@settings(max_examples=60, deadline=None)
def test_a_byte_of_the_log_neither(tmp_path_factory, share, flip):
    log = Log(tmp_path_factory.mktemp("log") / "log.jsonl")
    for event in ("candidate", "approved", "released"):
        log.append(event, name="people", version=1, actor="Ada", time="2026-03-01T12:00:00+00:00", facts={"x": [1.5]})
    before = log.path.read_bytes()
    at = int(share * len(before))
    log.path.write_bytes(before[:at] + bytes([before[at] ^ flip]) + before[at + 1 :])
    entries, faults = log.read()
    assert faults or len(entries) < 3
    with pytest.raises(ArtifactError, match=r"log\.jsonl"):
        log.append("retired", name="people", version=1, actor="Eve", time="now", facts={})


def test_lines_taken_from_the_end_are_missed_by_the_release(released, registry):
    lines = registry.log.path.read_text().splitlines(keepends=True)
    registry.log.path.write_text("".join(lines[:-1]))
    found = verify(released, registry=registry, today=DAY)
    assert [c.because for c in found.checks if c.verdict.value == "FAIL"] == [
        "the log does not know of this release of people@1"
    ]
    registry.log.path.write_text("".join([lines[0], lines[2]]))
    assert "taken out" in verify(registry.folder, today=DAY).checks[0].because


def test_a_copy_of_retired_rows_says_so(released, registry, ada):
    retire(registry, "people", ada, why="over")
    found = verify(released, registry=registry, today=DAY)
    assert found.verdict.value == "FAIL"
    assert found.checks[-1].because == "people@1 is retired"
    assert verify(registry.folder, today=DAY).verdict.value == "PASS"


def test_a_review_that_is_due_is_not_a_no(released, registry):
    late = DAY + dt.timedelta(days=800)
    assert verify(released, registry=registry, today=late).verdict.value == "INCONCLUSIVE"
    assert verify(registry.folder, today=late).verdict.value == "INCONCLUSIVE"
    assert verify(released, registry=Registry(released / "none"), today=DAY).verdict.value == "INCONCLUSIVE"


def test_folders_of_something_else(tmp_path):
    with pytest.raises(ReadError, match="not the folder of a run"):
        verify(tmp_path)
    (tmp_path / "release.json").write_text("{}")
    with pytest.raises(ReadError, match="receipt"):
        verify(tmp_path)


def test_two_who_write_at_once_wait_for_each_other(tmp_path):
    def write(at: int) -> int:
        return (
            Log(tmp_path / "log.jsonl")
            .append("candidate", name=f"n{at}", version=1, actor="Ada", time="now", facts={})
            .number
        )

    with ThreadPoolExecutor(8) as pool:
        numbers = sorted(pool.map(write, range(24)))
    assert numbers == list(range(1, 25))
    assert len(Log(tmp_path / "log.jsonl").entries()) == 24
