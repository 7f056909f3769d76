"""What the sequence model is made of: scores, a mixed model of rows, laws of one column, the memory of a series."""
