"""Values that don't tell what they are: secrets, and records of people. For whatever prints a value unasked.

A traceback, a debugger's line, an f-string of somebody in a hurry print `repr` or `str` of what they find. What
is asked for goes another way: by attribute, by msgspec, by `reveal`. Knows no patient and no password.
"""

from __future__ import annotations

import hmac
from typing import Any, NoReturn


class Phi:
    """Mixin for records that say who somebody is, what was done to them or what it cost: `repr` is the class's name.

    `class Claim(Phi, msgspec.Struct)`: it stands first, so that its `repr` counts. Costs nothing.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Nothing for rich either, which would ask msgspec for the fields."""
        return []


class Secret:
    """A password or passphrase. Shows itself only to who asks by name: `reveal()`."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one call that needs it."""
        return self._text

    def __repr__(self) -> str:
        return "<Secret>"

    __str__ = __repr__

    def __format__(self, specification: str) -> str:
        return repr(self)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> NoReturn:
        # A pickle is a file, or goes to another process: neither has been asked for.
        raise TypeError("a secret is not written anywhere")
