"""Lets the tests here import the helpers they share with others: `tests.sshd`, `tests.transport.lines`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
