"""The 835: payments, their claims, lines and adjustments, and their balance."""
