"""The scales: one file a question. A metric sees tables, never a model."""
