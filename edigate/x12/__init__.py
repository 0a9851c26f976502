"""The language: delimiters, segments, envelopes, guides, validation, bindings. Knows no claim and no file."""
