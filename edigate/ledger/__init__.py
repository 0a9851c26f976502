"""The database: the one truth about every file, claim and cent."""
