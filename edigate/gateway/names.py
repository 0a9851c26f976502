"""Names of files as others give them, made fit for the ledger and the screen, and still told apart.

A server may list anything: control characters, bytes that are no text. Knows no file and no server.
"""

from __future__ import annotations


def kept_name(name: str) -> str:
    r"""A name or path without control characters (`\u{1b}`) and undecodable bytes (`\xff`); a backslash is `\\`.

    Different names stay different, so it serves to tell whether a file was taken before.
    """
    if name.isprintable() and "\\" not in name:
        return name
    return "".join(_kept(character) for character in name)


def _kept(character: str) -> str:
    if character == "\\":
        return "\\\\"
    if character.isprintable():
        return character
    code = ord(character)
    # An undecodable byte, as `surrogateescape` has it.
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code < 0xDD00 else f"\\u{{{code:x}}}"
