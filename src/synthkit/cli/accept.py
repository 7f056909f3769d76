"""`synthkit accept`: a person answers for a decision."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from synthkit.cli import options as o

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synthkit.operate.gates import Waiver

__all__ = ["EXAMPLES", "accept"]

EXAMPLES = o.examples(
    ('synthkit accept runs/credit_data --by "Ada Lovelace"', "enter a run into the registry, and approve it"),
    (
        'synthkit accept out --by Ada --audience partner --purpose "the bank\'s model review"',
        "for people outside: tighter limits, and a second person has to release it",
    ),
    (
        'synthkit accept out --by Ada --waive utility --reason "for test data only" --until 2027-01-31',
        "although a criterion is not kept",
    ),
)

_WAIVER = "A criterion that is not kept"


def accept(
    run: Annotated[
        Path, typer.Argument(metavar="RUN", help="The folder that `generate` left.", show_default=False)
    ],
    *,
    by: o.By,
    audience: Annotated[
        Literal["internal", "partner", "public"],
        typer.Option("--audience", help="Whom the rows are for: the wider, the tighter the limits of privacy."),
    ] = "internal",
    purpose: Annotated[
        str, typer.Option("--purpose", metavar="TEXT", help="What they are for.", show_default=False)
    ] = "",
    waive: Annotated[
        list[str] | None,
        typer.Option("--waive", metavar="METRIC", show_default=False, rich_help_panel=_WAIVER,
                     help="Accept all the same; repeat for more."),
    ] = None,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", show_default=False, rich_help_panel=_WAIVER,
                          help="Why that does no harm here."),
    ] = "",
    until: Annotated[
        str | None, typer.Option("--until", metavar="DATE", show_default=False, rich_help_panel=_WAIVER,
                                 help="The last day this holds."),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", show_default=False,
                                 help="Of the decision.  [dim]\\[default: that of the source][/]")
    ] = None,
    registry: o.RegistryFolder = Path("registry"),
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:  # fmt: skip
    """Accept a decision: enter the run into the registry, if its figures pass the gate.

    The gate looks whether all files are as the run left them, whether the verdicts follow from the figures, and whether
    every criterion is kept, those of the run and those of the audience. INCONCLUSIVE is not kept. What is not kept can
    be waived, with a reason and a last day. The record is then marked as accepted, a model card and a data card are
    drawn, and a line is added to the log. A refusal stands in the log too.
    """
    from synthkit.cli.governed import shown
    from synthkit.operate.registry import Registry
    from synthkit.operate.steps import Act
    from synthkit.operate.steps import accept as accepted

    act = Act(by)
    version, checks = accepted(
        Registry(registry), run, act, audience=audience, purpose=purpose,
        waivers=_waivers(waive or (), reason, until, by), name=name,
    )  # fmt: skip
    shown(
        version, checks, f"accepted by {by} for the audience {version.audience}",
        {"decision": version.decision, "cards": version.folder / "MODEL_CARD.md",
         "next": f"synthkit release {version.name} --by NAME"},
        as_json=as_json, quiet=quiet,
    )  # fmt: skip


def _waivers(metrics: Sequence[str], reason: str, until: str | None, by: str) -> tuple[Waiver, ...]:
    import datetime as dt

    from synthkit.errors import ConfigError
    from synthkit.operate.gates import Waiver

    if not metrics:
        return ()
    try:
        day = dt.date.fromisoformat(until or "")
    except ValueError:
        raise ConfigError("a waiver holds until a day", hint="give it with --until 2027-01-31") from None
    return tuple(Waiver(metric, reason, day, by) for metric in o.listed(list(metrics)))
