"""Attacks on a synthetic table: who was in the data, who stands out, what can be linked or inferred."""

from __future__ import annotations

from synthkit.attacks.battery import Battery, Trained, attack
from synthkit.attacks.controls import Control
from synthkit.attacks.found import Caught, Found
from synthkit.attacks.ground import Group
from synthkit.attacks.repeats import Repeated
from synthkit.attacks.risk import Risk, Share

__all__ = ["Battery", "Caught", "Control", "Found", "Group", "Repeated", "Risk", "Share", "Trained", "attack"]
