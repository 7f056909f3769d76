"""Where rows come from, as OpenLineage run events: one JSON line each, for whatever catalogue reads them."""

from __future__ import annotations

import json
import uuid
from importlib.metadata import version as version_of
from typing import Any, Final

from synthkit.files import write_text
from synthkit.metrics import base
from synthkit.operate.dossier import Dossier
from synthkit.operate.registry import Registry, Version

__all__ = ["FILE", "trace"]

FILE: Final = "lineage.jsonl"
_PRODUCER: Final = "https://pypi.org/project/synthkit"
_RUN: Final = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/definitions/RunEvent"
_FACET: Final = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/definitions/RunFacet"
_SCHEMA: Final = "https://openlineage.io/spec/facets/1-1-1/SchemaDatasetFacet.json"


def trace(registry: Registry, version: Version, *, job: str, time: str) -> None:
    """Add a START and a COMPLETE event of one step in a decision's life to the registry's `lineage.jsonl`.

    Args:
        registry: where.
        version: of what.
        job: the step: approve, release, retire, ...
        time: UTC, ISO 8601.
    """
    dossier = version.dossier
    last = version.entries[-1]
    run = {
        "runId": str(uuid.uuid5(uuid.NAMESPACE_URL, last.sha256)),
        "facets": {
            "synthkit_gate": _facet({"stage": version.stage.value, "actor": last.actor, "log_line": last.number}),
            "synthkit_privacy": _facet(_privacy(dossier)),
        },
    }
    goal = dossier.decision["goal"]
    source = {"namespace": "source", "name": str(goal["source"]), "facets": {"schema": _columns(dossier)}}
    made = {"namespace": "synthkit", "name": version.ref, "facets": {"schema": _columns(dossier)}}
    event = {
        "eventTime": time,
        "producer": _PRODUCER,
        "schemaURL": _RUN,
        "run": run,
        "job": {"namespace": "synthkit", "name": f"{job} {version.name}", "facets": {}},
        "inputs": [source],
        "outputs": [made],
    }
    path = registry.folder / FILE
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    lines = [json.dumps({"eventType": kind, **event}, ensure_ascii=False) for kind in ("START", "COMPLETE")]
    write_text(path, before + "".join(f"{line}\n" for line in lines))


def _facet(values: dict[str, Any]) -> dict[str, Any]:
    return {"_producer": f"{_PRODUCER}/{version_of('synthkit')}", "_schemaURL": _FACET, **values}


def _privacy(dossier: Dossier) -> dict[str, Any]:
    """The figures of privacy, beside their limits."""
    private = [c for c in dossier.decision["criteria"] if base.family_of(c["metric"]) == "privacy"]
    return {c["metric"]: {key: c[key] for key in ("value", "ci", "limit", "verdict")} for c in private}


def _columns(dossier: Dossier) -> dict[str, Any]:
    from synthkit.data.schema import Schema

    schema = Schema.read(dossier.folder / "schema.toml")
    fields = [{"name": column.name, "type": column.kind} for column in schema]
    return {"_producer": _PRODUCER, "_schemaURL": _SCHEMA, "fields": fields}
