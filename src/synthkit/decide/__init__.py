"""The study: criteria, the ladder, the decision record."""
