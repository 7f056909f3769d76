"""A saved model: a folder with a manifest, plain JSON, arrays, and the weights of a network if it has one.

Loading never runs code from the file.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from synthkit import files
from synthkit.errors import ArtifactError

__all__ = ["FORMAT", "MOST", "load", "load_weights", "name_of", "save"]

FORMAT = 1
"""Version of the layout; a file with a larger one is refused."""

MOST = 8 * 2**30
"""Bytes that the arrays of a model may take in memory."""

_STATE, _ARRAYS, _WEIGHTS, _MANIFEST = "state.json", "arrays.npz", "weights.safetensors", "manifest.json"


def save(
    folder: Path,
    name: str,
    plain: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray],
    weights: Mapping[str, np.ndarray] | None = None,
) -> None:
    """Write a model's state; the manifest, with the SHA-256 of each part, comes last and makes it valid.

    Args:
        folder: made if need be.
        name: of the model, so that the right class reads it back.
        plain: anything JSON can hold.
        arrays: of numbers or booleans; arrays of objects are refused.
        weights: of a network.
    """
    if bad := [key for key, array in arrays.items() if array.dtype.hasobject]:
        raise ArtifactError(f"array {bad[0]!r} of model '{name}' holds objects, which cannot be saved safely")
    folder = Path(folder)
    files.write_text(folder / _STATE, json.dumps(plain))
    with files.atomic(folder / _ARRAYS) as part, part.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    written = [_STATE, _ARRAYS]
    if weights is not None:
        from safetensors.numpy import save as packed

        with files.atomic(folder / _WEIGHTS) as part:
            part.write_bytes(packed({key: np.ascontiguousarray(array) for key, array in weights.items()}))
        written.append(_WEIGHTS)
    parts = {part: _sha256((folder / part).read_bytes()) for part in written}
    files.write_text(folder / _MANIFEST, json.dumps({"format": FORMAT, "model": name, "sha256": parts}, indent=1))
    if weights is None:
        (folder / _WEIGHTS).unlink(missing_ok=True)  # of the model that was here before


def name_of(folder: Path) -> str:
    """The name of the model saved in a folder."""
    return str(_manifest(Path(folder))["model"])


def load(folder: Path, name: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read a model's state back.

    Raises:
        ArtifactError: no model there, another model's, from a newer synthkit, or a part was altered.
    """
    folder = Path(folder)
    manifest = _manifest(folder)
    if manifest["model"] != name:
        raise ArtifactError(f"{str(folder)!r} holds the model '{manifest['model']}', not '{name}'")
    parts = {part: _checked(folder / part, manifest["sha256"].get(part)) for part in (_STATE, _ARRAYS)}
    try:
        arrays, plain = _arrays(parts[_ARRAYS]), json.loads(parts[_STATE])
    except (ValueError, OSError, EOFError, RecursionError, MemoryError, zipfile.BadZipFile, zlib.error) as error:
        raise ArtifactError(f"the model in {str(folder)!r} cannot be read: {error}") from None
    if not isinstance(plain, dict):
        raise ArtifactError(f"the state of the model in {str(folder)!r} is not one of synthkit's")
    return plain, arrays


def _arrays(content: bytes) -> dict[str, np.ndarray]:
    """The arrays of an .npz file; one that would unpack to more than `MOST` bytes is refused unread."""
    with zipfile.ZipFile(io.BytesIO(content)) as pack:
        sizes = [part.file_size for part in pack.infolist()]
        shapes = [_bytes_of(pack, part.filename) for part in pack.infolist()]
    if max(sum(sizes), sum(shapes)) > MOST:
        raise ValueError(
            f"its arrays would take {max(sum(sizes), sum(shapes)):,} bytes, more than the {MOST:,} allowed"
        )
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        return {key: stored[key] for key in stored.files}


def _bytes_of(pack: zipfile.ZipFile, name: str) -> int:
    """What an array says it takes, whatever its part holds."""
    with pack.open(name) as part:
        version = np.lib.format.read_magic(part)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read(part)
    return math.prod(shape) * dtype.itemsize


def load_weights(folder: Path, name: str) -> dict[str, np.ndarray]:
    """Read the weights of a network back.

    Raises:
        ArtifactError: as for `load`.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load as unpacked

    folder = Path(folder)
    manifest = _manifest(folder)
    if manifest["model"] != name:
        raise ArtifactError(f"{str(folder)!r} holds the model '{manifest['model']}', not '{name}'")
    try:
        found: dict[str, np.ndarray] = unpacked(_checked(folder / _WEIGHTS, manifest["sha256"].get(_WEIGHTS)))
    except SafetensorError as error:
        raise ArtifactError(f"the weights in {str(folder)!r} cannot be read: {error}") from None
    return found


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ArtifactError(f"there is no model in {str(folder)!r}", hint="give the folder that `fit` wrote") from None
    except (OSError, ValueError, RecursionError) as error:
        raise ArtifactError(f"the manifest in {str(folder)!r} cannot be read: {error}") from None
    kinds = {"format": int, "model": str, "sha256": dict}
    if not isinstance(manifest, dict) or not all(isinstance(manifest.get(key), kind) for key, kind in kinds.items()):
        raise ArtifactError(f"the manifest in {str(folder)!r} is not one of synthkit's")
    if manifest["format"] > FORMAT:
        raise ArtifactError(f"the model in {str(folder)!r} was written by a newer synthkit", hint="upgrade synthkit")
    return manifest


def _checked(path: Path, expected: str | None) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ArtifactError(f"part {path.name!r} of the model is missing: {error.strerror}") from None
    if _sha256(content) != expected:
        raise ArtifactError(
            f"part {path.name!r} of the model was altered after it was saved", hint="fit the model again"
        )
    return content


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
