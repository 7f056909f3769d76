"""More workshops: the same rows whatever does the work, one process, many, or a cluster."""
