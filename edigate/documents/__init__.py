"""Transaction sets as documents: X12 to JSON and tables, and JSON back to X12. Pure; knows no file."""
