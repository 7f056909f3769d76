"""Models of series: one file each, found by the registry."""
