"""The practice's side: rows of its extracts, each value knowing its file, row and column."""
