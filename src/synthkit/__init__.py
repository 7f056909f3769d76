"""synthkit: synthetic tables and time series, classical models first."""
