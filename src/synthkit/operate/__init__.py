"""The yard: what happens to a decision after it was made. Pilot, gates, release, watch, retirement."""
