"""Side by side with peers: one command, one run, results as JSON and as a page. See docs/benchmarks.md."""
