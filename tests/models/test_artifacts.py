"""Saved models from a stranger: refused with one typed error, and nothing in them is ever run."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synthkit.data.io import to_table
from synthkit.errors import ArtifactError, SynthkitError
from synthkit.models import artifact, registry
from synthkit.models.base import Plan
from synthkit.rng import stream

HOME = Path(__file__).parent / "saved"
"""Models as earlier versions wrote them: each has to stay loadable."""


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    import pandas as pd

    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=80).round(2), "word": rng.choice(["a", "b"], 80)})
    folder = tmp_path_factory.mktemp("model")
    registry.get("trees")().fit(to_table(frame), rng=stream(0, "fit")).save(folder)
    return folder


def with_part(saved: Path, home: Path, name: str, content: bytes) -> Path:
    """A copy in which one part is another, and the manifest vouches for it."""
    shutil.copytree(saved, home, dirs_exist_ok=True)
    (home / name).write_bytes(content)
    manifest = json.loads((home / "manifest.json").read_text())
    manifest["sha256"][name] = hashlib.sha256(content).hexdigest()
    (home / "manifest.json").write_text(json.dumps(manifest))
    return home


def npz(**members: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, content in members.items():
            pack.writestr(name, content)
    return held.getvalue()


def npy(shape: tuple[int, ...], descr: str = "<f8", body: bytes = b"") -> bytes:
    held = io.BytesIO()
    np.lib.format.write_array_header_1_0(held, {"descr": descr, "fortran_order": False, "shape": shape})
    return held.getvalue() + body


class Trap:
    """Unpickling it would leave a file behind."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_nothing_in_a_model_is_run(saved, tmp_path):
    sprung = tmp_path / "sprung"
    trap = pickle.dumps(Trap(sprung))
    objects = io.BytesIO()
    np.save(objects, np.array([Trap(sprung)], dtype=object), allow_pickle=True)
    for at, (part, content) in enumerate((
        ("arrays.npz", trap), ("arrays.npz", npz(**{"x.npy": trap})), ("arrays.npz", objects.getvalue()),
        ("arrays.npz", npz(**{"x.npy": objects.getvalue()})), ("state.json", trap),
    )):  # fmt: skip
        with pytest.raises(ArtifactError):
            registry.opened(with_part(saved, tmp_path / str(at), part, content))
    assert not sprung.exists()


def test_a_bomb_is_refused_unread(saved, tmp_path):
    """A part that would unpack to terabytes, by what its header says or by what is packed, takes no memory."""
    vast = npz(**{"x.npy": npy((10**12,))})
    with pytest.raises(ArtifactError, match="8,000,000,000,000 bytes, more than"):
        registry.opened(with_part(saved, tmp_path / "header", "arrays.npz", vast))
    packed = npz(**{f"{at}.npy": npy((1,), body=bytes(2**24)) for at in range(3)})
    old, artifact.MOST = artifact.MOST, 2**25
    try:
        with pytest.raises(ArtifactError, match="more than the 33,554,432 allowed"):
            registry.opened(with_part(saved, tmp_path / "packed", "arrays.npz", packed))
    finally:
        artifact.MOST = old


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 99}, "newer synthkit"),
        ({"format": "1"}, "not one of synthkit's"),
        ({"model": ["trees"]}, "not one of synthkit's"),
        ({"sha256": []}, "not one of synthkit's"),
        ({"sha256": {}}, "was altered"),
        ({"model": "../../trees"}, "model"),
        ({"model": "os"}, "model"),
        ({"model": "copula"}, "not as 'copula' saves it"),
    ],
)
def test_a_manifest_from_elsewhere_is_refused(saved, tmp_path, change, message):
    home = tmp_path / "model"
    shutil.copytree(saved, home)
    manifest = json.loads((home / "manifest.json").read_text()) | change
    (home / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(SynthkitError, match=message):
        registry.opened(home)


def test_paths_in_a_manifest_lead_nowhere(saved, tmp_path):
    """Only the parts we know are read, whatever else a manifest lists."""
    home = tmp_path / "model"
    shutil.copytree(saved, home)
    manifest = json.loads((home / "manifest.json").read_text())
    manifest["sha256"]["../outside"] = "0" * 64
    (home / "manifest.json").write_text(json.dumps(manifest))
    assert registry.opened(home).sample(3, rng=stream(0, "s")).frame.shape == (3, 2)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_damage_that_the_manifest_vouches_for_is_one_typed_error_or_none(saved, tmp_path, data):
    """Bytes changed, cut or put in at any place of any part: an ArtifactError, or a model that still gives rows."""
    part = data.draw(st.sampled_from(["state.json", "arrays.npz"]))
    content = bytearray((saved / part).read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    much = data.draw(st.integers(0, 8))
    content[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(min_size=much, max_size=much))
    home = with_part(saved, tmp_path / "model", part, bytes(content))
    try:
        model = registry.opened(home)
    except ArtifactError:
        return
    finally:
        shutil.rmtree(home)
    assert model.name == "trees"


KEYS = st.sampled_from(["options", "encoder", "laws", "schema", "codes"])
PLAIN = st.none() | st.booleans() | st.floats() | st.text(max_size=4)
STATES = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(state=STATES)
@pytest.mark.parametrize("name", registry.names())
def test_a_state_of_any_shape_is_one_typed_error(saved, tmp_path, name, state):
    home = with_part(saved, tmp_path / "model", "state.json", json.dumps(state).encode())
    manifest = json.loads((home / "manifest.json").read_text()) | {"model": name}
    (home / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ArtifactError):
        registry.opened(home)


@pytest.mark.parametrize("name", sorted(path.name for path in HOME.iterdir()))
def test_models_of_earlier_versions_load(name):
    model = registry.opened(HOME / name)
    made = model.sample(20, rng=stream(0, "sample"))
    assert (
        len(made) == 20
        and made.schema.target == "kind"
        and set(made.frame["kind"]) <= {"setosa", "versicolor", "virginica"}
    )


@pytest.mark.parametrize("name", sorted(path.name for path in (HOME.parent / "saved_series").iterdir()))
def test_models_of_series_of_earlier_versions_load(name):
    model = registry.opened(HOME.parent / "saved_series" / name)
    made = model.simulate(Plan("augment" if name == "bootstrap" else "continue"), rng=stream(0, "simulate")).table.frame
    assert set(made["shop"]) == {"a", "b"} and made["sold"].between(0, 120).all() and len(made) >= 24
