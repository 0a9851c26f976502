"""The cache of guides on disk: named by content, checked when read, never trusted, never needed.

Reading a map of 26,000 lines through pyx12 takes a fifth of a second; the cache makes it a hundredth.
A file's name is the digest of everything the guide was made of, so nothing is ever invalidated: a change
makes another name. Written beside and renamed, so that readers and writers at the same time are safe.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import tempfile
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

import msgspec

from edigate.x12.guide import Guide, KnownGuide

T = TypeVar("T")
_DIGEST_BYTES = 32
# What turns a map into a guide: a change in any of them makes another guide.
_MAKERS = ("guide.py", "pyx12_maps.py", "corrections.py")


def cached_guide(known: KnownGuide) -> Guide:
    """The guide with edigate's corrections, from the cache or through pyx12."""
    package = files("edigate.x12")
    ingredients = [
        package.joinpath("guides", "corrections.toml").read_bytes(),
        msgspec.msgpack.encode(known),
        _map_bytes(known),
    ]
    return _cached(known.version + "-" + known.transaction_set, ingredients, Guide, lambda: _make(known))


@functools.cache
def code_sets() -> dict[str, frozenset[str]]:
    """The external code lists by name (`states`, `remark_code`, ...), as pyx12 ships them."""
    found = _cached("codes", [], dict[str, tuple[str, ...]], _make_code_sets)
    return {name: frozenset(codes) for name, codes in found.items()}


def _map_bytes(known: KnownGuide) -> bytes:
    package = ("pyx12", "map") if known.origin == "pyx12" else ("edigate.x12", "guides")
    return files(package[0]).joinpath(package[1], known.map).read_bytes()


def _make(known: KnownGuide) -> Guide:
    # pyx12's loader and its XML parser are imported only when there is something to load.
    from edigate.x12 import corrections, pyx12_maps  # noqa: PLC0415

    rows = corrections.read(corrections.shipped_text(), file="corrections.toml")
    return corrections.lay_over(pyx12_maps.read_map(known), rows)


def _make_code_sets() -> dict[str, tuple[str, ...]]:
    from edigate.x12.pyx12_maps import read_code_sets  # noqa: PLC0415  # as above

    return read_code_sets()


@functools.cache
def _makers() -> bytes:
    maps = files("pyx12").joinpath("map")
    package = files("edigate.x12")
    # Its version as its own file says it: importlib.metadata would cost as much as reading the guide.
    digest = hashlib.sha256(files("pyx12").joinpath("version.py").read_bytes())
    for text in (maps.joinpath("dataele.xml"), maps.joinpath("codes.xml"), *map(package.joinpath, _MAKERS)):
        digest.update(text.read_bytes())
    return digest.digest()


def _cached(name: str, ingredients: list[bytes], type_: type[T], make: Callable[[], T]) -> T:
    digest = hashlib.sha256(_makers())
    for ingredient in ingredients:
        digest.update(len(ingredient).to_bytes(8, "big"))
        digest.update(ingredient)
    folder = _folder()
    path = folder / f"{name}-{digest.hexdigest()[:32]}.msgpack" if folder else None
    found = _read(path, type_) if path else None
    if found is None:
        found = make()
        if path:
            _write(path, msgspec.msgpack.encode(found))
    return found


def _folder() -> Path | None:
    """`$XDG_CACHE_HOME/edigate/guides`; None where the user has no home."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    if base and Path(base).is_absolute():
        return Path(base) / "edigate" / "guides"
    try:
        return Path.home() / ".cache" / "edigate" / "guides"
    except RuntimeError:
        return None


def _read(path: Path, type_: type[T]) -> T | None:
    """What the file holds, or None where it is missing, cut short or altered."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    payload = content[_DIGEST_BYTES:]
    if hashlib.sha256(payload).digest() != content[:_DIGEST_BYTES]:
        return None
    try:
        return msgspec.msgpack.decode(payload, type=type_)
    except msgspec.MsgspecError:
        return None


def _write(path: Path, payload: bytes) -> None:
    """Write beside and rename; without the cache everything works, so a refusal is no error."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(hashlib.sha256(payload).digest() + payload)
            os.replace(temporary, path)  # noqa: PTH105  # Path.replace says the same with more words
        except OSError:
            os.unlink(temporary)  # noqa: PTH108  # as above
            raise
