"""Raw files by their content: kept once (`store.py`), sealed to public keys where wanted (`sealing.py`), read again to
prove that they are what they were (`health.py`)."""

from edigate.archive.store import HOW_TO_OPEN, Archive

__all__ = ["HOW_TO_OPEN", "Archive"]
