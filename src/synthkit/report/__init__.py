"""The window: a scorecard and a decision become a report."""
