"""How the page tells what the gate found on real series: standard library only."""

from __future__ import annotations

from benchmarks.cells import Plain

SAID = """\
`density` and `hybrid` differ in the network alone: a small mixture density network, drawn row after row, and a GAN. On
the last quarter of each series, which neither network nor bootstrap had seen, the gate asks which is nearer to the real
innovations of the same classical model. The distance is in standard deviations of the bootstrap's draws, 0 is what the
true law has on average; the difference is the bootstrap's distance less the network's, with its standard error, and the
gate opens where it is more than one. Read it with care:

- One seed. One standard error is a low bar: it opens by chance about once in six times where both are equally near.
- Where the gate stays shut, model and paths are those of the classical model with block-bootstrapped innovations.
- Where `density`'s gate is open, it is so by little, 1.4 and 1.2 standard errors, and whether whole series are better
  for it was not measured. On several channels both networks are far behind the blocks.
- Blocks have another distance beside each network, because the referee is trained anew on draws of the pair.
- Stocks and ETTh1 are levels under a VAR; elecdemand has working days and temperature as known inputs. Energy, 28
  channels, was left out of this run for its time.
- Processor seconds are of the whole fit, classical model and gate included; a network trains for {seconds:.0f} s by the
  clock at most, and the machine had other things to do.
"""


def page(found: Plain) -> str:
    """The table of both networks, and how often the gate opened."""
    lines = [
        "| series | rows | channels | network | distance | of blocks | difference (s.e.) | gate | processor seconds |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [f"| {row['set']} | {row['rows']:,} | {row['channels']} | {_cells(row)} |" for row in found["rows"]]
    opened = []
    for network in dict.fromkeys(row["network"] for row in found["rows"]):
        mine = [row for row in found["rows"] if row["network"] == network]
        on = [row["set"] for row in mine if row["on"]]
        where = f" ({', '.join(on)})" if on else ""
        opened.append(f"`{network}`: open on {len(on)} of {len(mine)}{where}")
    said = SAID.format(seconds=found["seconds"])
    return f"{said}\n" + "\n".join(lines) + "\n\n" + "; ".join(opened) + ".\n"


def _cells(row: Plain) -> str:
    if row["difference"] is None:
        return f"{row['network']} | - | - | - | shut: {row['why']} | {row['seconds']:.0f}"
    away = f"{row['difference']:+.3f} ({row['error']:.3f})"
    gate = "open" if row["on"] else "shut"
    return f"{row['network']} | {row['new']:.3f} | {row['old']:.3f} | {away} | {gate} | {row['seconds']:.0f}"
