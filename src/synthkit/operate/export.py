"""A decision in MLflow's model registry, for those who keep their models there; the plain folder stays the truth."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from synthkit.errors import MissingExtra, OutputError
from synthkit.operate.cards import DOCUMENTS
from synthkit.operate.dossier import MANIFEST
from synthkit.operate.gates import Stage

if TYPE_CHECKING:
    from synthkit.operate.registry import Version

__all__ = ["Exported", "to_mlflow"]

EXPERIMENT: Final = "synthkit"
LIVE: Final = "released"
"""The alias of the version that is out; it is taken away when that is superseded or retired."""
_REF: Final = "synthkit.decision"


@dataclass(frozen=True, slots=True)
class Exported:
    """Where a decision is found in MLflow.

    Args:
        name: of the registered model.
        version: MLflow's number of it.
        run_id: of the run that holds figures and documents.
        new: whether it was not there before.
    """

    name: str
    version: str
    run_id: str
    new: bool


def to_mlflow(version: Version, uri: str, *, with_model: bool = False) -> Exported:
    """Enter a decision into MLflow's registry, or bring its entry up to date.

    The first time, a run of the experiment "synthkit" gets the figures (each criterion's value, and its floor), the
    documents, and the files of the model if that is asked for: whoever holds it can draw rows without end. Later calls
    change stage, status and alias alone. Real rows and synthetic rows are never sent.

    Args:
        version: of the registry.
        uri: of the tracking server, as MLflow takes it.
        with_model: send the model's files too.

    Raises:
        MissingExtra: mlflow is not installed.
        OutputError: the server does not answer, or refuses.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    try:
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException
    except ImportError:
        raise MissingExtra("mlflow", "mlflow") from None
    try:
        client = MlflowClient(tracking_uri=uri, registry_uri=uri)
        found = _known(client, version)
        if new := found is None:
            found = _entered(client, version, with_model=with_model)
        _brought_up_to_date(client, version, found)
    except (MlflowException, OSError) as error:
        raise OutputError(
            f"MLflow at {uri!r} refuses: {str(error).splitlines()[0]}", hint="check the address"
        ) from None
    return Exported(version.name, str(found.version), str(found.run_id), new)


def _known(client: Any, version: Version) -> Any:  # noqa: ANN401 - of MLflow
    found = client.search_model_versions(f"name = '{version.name}'")
    return next((one for one in found if one.tags.get(_REF) == version.ref), None)


def _entered(client: Any, version: Version, *, with_model: bool) -> Any:  # noqa: ANN401 - of MLflow
    """A run with figures and documents, and a version of the registered model that points to it."""
    dossier = version.dossier
    known = client.get_experiment_by_name(EXPERIMENT)
    experiment = known.experiment_id if known else client.create_experiment(EXPERIMENT)
    run = client.create_run(experiment, run_name=version.ref, tags={_REF: version.ref})
    where, goal = run.info.run_id, dossier.decision["goal"]
    facts = {"model": dossier.decision["chosen"], "kind": dossier.kind, "seed": goal["seed"], "rows": goal["rows"]}
    for key, value in facts.items():
        client.log_param(where, key, value)
    for score in dossier.scorecard.headlines:
        client.log_metric(where, score.metric, score.value)
        if score.floor is not None:
            client.log_metric(where, f"{score.metric}_floor", score.floor)
    for file in (*DOCUMENTS, MANIFEST):
        if (version.folder / file).is_file():
            client.log_artifact(where, str(version.folder / file))
    if with_model:
        client.log_artifacts(where, str(dossier.model), "model")
    client.set_terminated(where)
    if not client.search_registered_models(f"name = '{version.name}'"):
        client.create_registered_model(version.name, description=version.purpose)
    return client.create_model_version(
        version.name, run.info.artifact_uri, run_id=where, tags={_REF: version.ref}, description=version.purpose
    )


def _brought_up_to_date(client: Any, version: Version, entry: Any) -> None:  # noqa: ANN401 - of MLflow
    tags = {
        "stage": version.stage.value,
        "status": version.status,
        "verdict": version.dossier.decision["verdict"],
        "audience": version.audience,
        "approver": version.approver,
        "manifest_sha256": version.sealed,
    }
    for key, value in tags.items():
        client.set_model_version_tag(version.name, entry.version, f"synthkit.{key}", value)
    aliases = client.get_registered_model(version.name).aliases
    if version.stage is Stage.RELEASED:
        client.set_registered_model_alias(version.name, LIVE, entry.version)
    elif str(aliases.get(LIVE, "")) == str(entry.version):
        client.delete_registered_model_alias(version.name, LIVE)
