"""What stands behind `synthkit.decide.advise`: facts, families, rules, the pilot, the pipeline."""
