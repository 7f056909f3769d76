"""Metrics of privacy, one question a file; each file names its metric in `METRIC`."""
