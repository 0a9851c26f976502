"""What banks write about money that came in: statements as CSV and BAI2, ACH files (NACHA). Knows no claim, no 835."""
