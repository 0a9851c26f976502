"""From rows to claims by a page of TOML that a biller can read."""
