"""The door: files and frames become tables with a schema."""
