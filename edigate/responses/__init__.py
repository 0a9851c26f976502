"""The answers to a claim file: TA1, 999 and 277CA, and what they make of a claim's status."""
