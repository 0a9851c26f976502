"""edigate: coded encounters out as X12 claims, acknowledgments and money back, nothing lost on the way."""

__version__ = "0.1.0"
