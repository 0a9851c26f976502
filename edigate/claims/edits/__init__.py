"""What a payer would reject after, found before: one file a SNIP level, checks as plain functions."""
