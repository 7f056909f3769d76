"""`synthkit decisions`: what was decided, and how far each decision has come."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from synthkit.cli import options as o

if TYPE_CHECKING:
    from synthkit.operate.registry import Registry, Version

__all__ = ["EXAMPLES", "decisions"]

EXAMPLES = o.examples(
    ("synthkit decisions", "all of them"),
    ("synthkit decisions credit_data", "one: its record, and its lines of the log"),
    ("synthkit decisions credit_data --to-mlflow http://mlflow:5000", "into MLflow's model registry"),
    ("synthkit decisions credit_data@1 --superseded-by credit_data@2 --by Ada", "a newer one takes its place"),
)


def decisions(
    ref: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="Of one decision: its name, or name@version.", show_default=False),
    ] = None,
    *,
    superseded_by: Annotated[
        str | None,
        typer.Option("--superseded-by", metavar="NAME", show_default=False,
                     help="The accepted decision that takes its place."),
    ] = None,
    by: Annotated[
        str, typer.Option("--by", metavar="NAME", help="Who answers for that.", show_default=False)
    ] = "",
    to_mlflow: Annotated[
        str | None,
        typer.Option("--to-mlflow", metavar="URI", show_default=False, rich_help_panel="MLflow",
                     help="Enter it into the model registry of that tracking server, or bring it up to date."),
    ] = None,
    with_model: Annotated[
        bool, typer.Option("--with-model", rich_help_panel="MLflow", help="Send the model's files there too.")
    ] = False,
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="And why.", show_default=False)] = "",
    registry: o.RegistryFolder = Path("registry"),
    as_json: o.Json = False,
) -> None:  # fmt: skip
    """List the decisions in the registry, show one, put a newer one in its place, or enter it into MLflow."""
    from synthkit.cli.screen import say, say_json, tell
    from synthkit.operate.registry import Registry

    place = Registry(registry)
    if superseded_by is not None:
        return _superseded(place, ref, superseded_by, by, why, as_json=as_json)
    if to_mlflow is not None:
        return _sent(place, ref, to_mlflow, with_model=with_model, as_json=as_json)
    found = [place.find(ref)] if ref else list(place.versions())
    if as_json:
        return say_json({"decisions": [_plain(version) for version in found]})
    if not found:
        return tell(f"there is no decision in {str(registry)!r}; accept a run with: synthkit accept RUN --by NAME")
    return _one(found[0]) if ref else say(_all(found))


def _superseded(place: Registry, ref: str | None, new: str, by: str, why: str, *, as_json: bool) -> None:
    from synthkit.cli.governed import shown
    from synthkit.errors import ConfigError
    from synthkit.operate.steps import Act, supersede

    if ref is None:
        raise ConfigError(
            "it is not said which decision is superseded", hint="synthkit decisions OLD --superseded-by NEW"
        )
    version = supersede(place, ref, Act(by), new=new, why=why)
    shown(version, (), f"superseded by {new}", {"decision": version.decision}, as_json=as_json, quiet=False)


def _sent(place: Registry, ref: str | None, uri: str, *, with_model: bool, as_json: bool) -> None:
    from dataclasses import asdict

    from synthkit.cli.screen import say_json, tell
    from synthkit.errors import ConfigError
    from synthkit.operate.export import to_mlflow

    if ref is None:
        raise ConfigError("it is not said which decision to send", hint="synthkit decisions NAME --to-mlflow URI")
    version = place.find(ref)
    sent = to_mlflow(version, uri, with_model=with_model)
    if as_json:
        return say_json({"decision": version.ref, **asdict(sent)})
    word = "entered" if sent.new else "brought up to date"
    return tell(f"{version.ref} {word} in MLflow: {sent.name}, version {sent.version}, run {sent.run_id}")


def _plain(version: Version) -> dict[str, Any]:
    """What a line of the list says."""
    dossier, last = version.dossier, version.entries[-1]
    return {
        "decision": version.ref,
        "stage": version.stage.value,
        "status": version.status,
        "verdict": dossier.decision["verdict"],
        "model": dossier.decision["chosen"],
        "by": version.approver or last.actor,
        "audience": version.audience,
        "purpose": version.purpose,
        "review": dossier.review.isoformat(),
        "waived": [waiver.metric for waiver in version.waivers],
        "folder": str(version.folder),
    }


def _all(found: list[Version]) -> Any:  # noqa: ANN401 - rich's table
    import datetime as dt

    from rich.table import Table
    from rich.text import Text

    today = dt.datetime.now(dt.UTC).date().isoformat()
    grid = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    heads = ("decision", "stage", "status", "verdict", "model", "by", "audience", "review", "waived")
    for head in heads:
        grid.add_column(head, no_wrap=head in ("decision", "review"))
    for version in found:
        row = _plain(version)
        late = row["review"] < today and row["stage"] in ("approved", "released")
        row["review"] = Text(f"{row['review']} overdue" if late else row["review"], style="red" if late else "")
        row["waived"] = ", ".join(row["waived"]) or "–"
        grid.add_row(*(row[head] or "–" for head in heads))
    return grid


def _one(version: Version) -> None:
    from rich.markdown import Markdown

    from synthkit.cli.screen import say
    from synthkit.operate.dossier import front

    text = version.dossier.text
    lines = [f"[dim]{key}[/]  {value}" for key, value in front(text).items()]
    events = [
        f"[dim]line {e.number}[/]  {e.time[:10]}  {e.event}  by {e.actor}"
        + (f"  {e.facts['why']}" if e.facts.get("why") else "")
        for e in version.entries
    ]
    say(f"[bold]{version.ref}[/]  {version.stage}", *lines, Markdown(text.split("---\n", 2)[2]), "", *events)
