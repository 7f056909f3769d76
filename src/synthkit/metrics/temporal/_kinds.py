"""Which synthetic series are held against real ones as a sample, and which are held against the rows that came."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synthkit.data.panel import Panel
    from synthkit.metrics.base import PanelReference

__all__ = ["ahead_of", "twins_of"]


def twins_of(real: PanelReference, synthetic: Panel) -> Panel:
    """Twins and new entities: series that do not begin after the end of the train series of their entity."""
    ends = {s.entity: s.stop for s in real.train}
    return synthetic.of([s for s in synthetic if s.start < ends.get(s.entity, s.stop + 1)])


def ahead_of(real: PanelReference, synthetic: Panel) -> Panel:
    """Continuations: series that begin at or after the end of the train series of their entity."""
    ends = {s.entity: s.stop for s in real.train}
    return synthetic.of([s for s in synthetic if s.start >= ends.get(s.entity, s.stop + 1)])
