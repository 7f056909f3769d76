"""Attacks on a synthetic table, by somebody who holds it and real rows of other people."""

from __future__ import annotations

from synthkit.attacks.battery import Battery, Found, attack

__all__ = ["Battery", "Found", "attack"]
