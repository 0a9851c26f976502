"""Whom we talk to: a partner's settings, as data."""
