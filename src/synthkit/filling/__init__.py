"""A table with holes in, the whole table out."""

from synthkit.filling.fill import Filled, impute

__all__ = ["Filled", "impute"]
