"""Data of the guides: which there are (`known.toml`), what we correct (`corrections.toml`), own maps."""
