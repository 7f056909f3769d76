"""Models of single tables, one a file; each file names its class in `MODEL`."""
