"""De-identification: the same files without anybody in them, for support and for tests. Pure: no files, no clock."""
