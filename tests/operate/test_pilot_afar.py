"""The pilot on a cluster: what processes of this machine find, and what their work leaves in folders comes back."""

from __future__ import annotations

import time

import pytest

from synthkit.operate._pilot_afar import afar
from synthkit.operate._pilot_apart import Job, Purse
from synthkit.operate.pilot import pilot
from synthkit.progress import silent
from synthkit.scale.engine import opened
from synthkit.testing._tables import linked


def leaves(folder, *, seconds, progress):
    del seconds, progress
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "state.json").write_text("{}")
    return 7


def breaks(*, seconds, progress):
    raise KeyError("a cell of somebody's")


def share(*, seconds, progress):
    return seconds


def test_what_a_piece_leaves_comes_back_and_one_that_breaks_takes_nobody_along(tmp_path):
    jobs = [Job("a", breaks, ()), Job("b", leaves, (tmp_path / "b",), tmp_path / "b"), Job("c", share, ()),
            Job("d", share, ())]  # fmt: skip
    purse = Purse(100.0, time.perf_counter(), 1)
    with opened("local", workers=1) as engine:
        found = list(
            afar(jobs, engine=engine, purse=purse, progress=silent, needless=lambda n: "no need" if n == "c" else "")
        )
    assert [(one.name, one.needless) for one in found] == [("a", False), ("b", False), ("d", False), ("c", True)]
    assert found[0].because.startswith("failed with KeyError") and "cell" not in found[0].because
    assert found[1].value == 7 and (tmp_path / "b" / "deep" / "state.json").read_text() == "{}"
    assert 0 < found[2].value <= 100.0
    spent = Purse(0.0, time.perf_counter(), 1)
    with opened("local", workers=1) as engine:
        late = list(afar(jobs[:1], engine=engine, purse=spent, progress=silent))
    assert late[0].because == "not tried: the budget of 0 s was spent"


@pytest.mark.slow
def test_a_cluster_chooses_the_same_model_and_makes_the_same_rows():
    asked = {"models": ["marginals", "trees"], "seed": 3, "first_rows": 0}
    here = pilot(linked(400, 1), jobs=2, **asked)
    there = pilot(linked(400, 1), jobs=2, engine="dask", **asked)
    assert (there.climb.chosen, there.table.digest()) == (here.climb.chosen, here.table.digest())
    assert there.climb.model is not None and there.jobs == 2
