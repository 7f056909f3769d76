"""Questions about synthetic series, one a file."""
