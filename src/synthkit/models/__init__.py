"""The workshop: models, one a file; none imports another."""
