"""Raw files as they were, found by their SHA-256: written once, read with proof, never changed.

Knows no ledger and no X12. A file is whole and on the disk before its name appears; the name is its
content's, so nothing can be written over anything else. Only the owner may read: it is all PHI.

    <root>/ab/cd/abcd...64 hex digits
    <root>/ab/cd/abcd....1234....age  the same, sealed: named by its content and, for who can't open it, by its own hash
    <root>/incoming/<random>          on its way in; left behind only by a crash

Sealed, only who has a private key can read it. At every moment one of the two is there whole; where both are, the
plain one was given again since, or a crash left it, and the next sealing removes it.
"""

from __future__ import annotations

import hashlib
import io
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, BinaryIO

from edigate.archive.disk import ProvedReader, damaged, digest_of, make_folder, new_file, storage, sync_folder, write
from edigate.archive.health import INCOMING, KEY, SEALED, is_whole, own_hash, wrong_with
from edigate.archive.sealing import Identities, Recipients
from edigate.errors import PurgedError, SealedError, StorageError
from edigate.findings import Finding

_PIECE = 1 << 20
_WAITING = 8  # how many wait for the disk at once
HOW_TO_OPEN = "Who has a private key for it: --identity FILE, or EDIGATE_IDENTITY=FILE, or archive.identity_file."


class Archive:
    """A folder of write-once files. Safe for several processes at once.

    `gone` says of a SHA-256 why there is no file any more (`purged on ...`), empty where nobody took it out.
    `identities` is asked for the private keys, if there are any, when a sealed file is to be read.
    """

    def __init__(
        self,
        root: Path,
        gone: Callable[[str], str] = lambda sha256: "",
        identities: Callable[[], Identities | None] = lambda: None,
    ) -> None:
        self._root = root
        self._gone = gone
        self._identities = identities

    def put(self, content: bytes) -> str:
        """Keep `content`; its SHA-256 in hex. When this returns, it is on the disk.

        Keeping the same bytes again changes nothing, but where they were sealed they can be read again. Raises
        StorageError where the disk is full or the copy kept before is damaged; then nothing is half done.
        """
        return self.put_pieces((content,))

    def put_many(self, contents: Sequence[bytes]) -> list[str]:
        """`put` for many small files; their SHA-256 in the same order.

        The disk is waited for by several at once: it makes many files safe in hardly more time than one.
        """
        if len(contents) < 2:
            return [self.put(content) for content in contents]
        with ThreadPoolExecutor(min(_WAITING, len(contents))) as waiting:
            return list(waiting.map(self.put, contents))

    def put_pieces(self, pieces: Iterable[bytes]) -> str:
        """`put` for content that comes in pieces and may be larger than memory.

        What `pieces` itself raises is passed on, and nothing is kept.
        """
        incoming = self._root / INCOMING
        with storage("make", "the archive's folder"):
            make_folder(incoming)
        temporary = incoming / secrets.token_hex(8)
        try:
            digest, size = write(temporary, pieces)
            final = self._path(digest)
            with storage("keep", "a file in the archive"):
                make_folder(final.parent)
                if final.exists():
                    self._require_undamaged(digest, size)
                    os.utime(final)  # whoever seals next sees that somebody may be about to read it
                else:
                    temporary.rename(final)
                sync_folder(final.parent)  # of a name that another process has just made, too
        finally:
            with suppress(OSError):
                temporary.unlink()
        return digest

    def get(self, sha256: str) -> bytes:
        """The bytes with this SHA-256. Raises StorageError where they are missing or not the same any more."""
        with self.open_stream(sha256) as stream:
            return stream.read()

    @contextmanager
    def open_stream(self, sha256: str) -> Iterator[BinaryIO]:
        """The bytes as a stream, for files larger than memory. The end proves the whole.

        Reading on to the end raises StorageError where the content isn't what was kept, so what was
        made of it must be kept only after that. Raises StorageError at once where it is missing, PurgedError where it
        was taken out, SealedError where it is sealed and no key is here that opens it.
        """
        with io.BufferedReader(ProvedReader(self._raw(sha256), sha256), _PIECE) as stream:
            yield stream

    def _raw(self, sha256: str) -> IO[bytes]:
        path = self._path(sha256)
        with storage("read", f"archived file {sha256}"):
            try:
                return path.open("rb", buffering=0)
            except FileNotFoundError:
                if (sealed := self._sealed(sha256)) is None:
                    self._refuse_purged(sha256, path)
                    raise
            return self._opened(sealed, sha256)

    def pieces(self, sha256: str) -> Iterator[bytes]:
        """The same piece by piece: what is made of them must be kept only after the last."""
        with self.open_stream(sha256) as stream:
            while piece := stream.read(_PIECE):
                yield piece

    def exists(self, sha256: str) -> bool:
        """Whether a file with this SHA-256 was kept. Says nothing of its health: `get` and `verify` do."""
        return self._path(sha256).is_file() or self._sealed(sha256) is not None

    def is_sealed(self, sha256: str) -> bool:
        """Whether it is here for those alone who have a private key."""
        return not self._path(sha256).is_file() and self._sealed(sha256) is not None

    def __iter__(self) -> Iterator[str]:
        """The SHA-256 of every file kept, in order. Raises StorageError."""
        for names in self._names():
            yield from sorted({name[:64] for name in names if KEY.fullmatch(name) or SEALED.fullmatch(name)})

    def plain(self) -> Iterator[str]:
        """The SHA-256 of every file that isn't sealed, or is here beside its sealed self. Raises StorageError."""
        for names in self._names():
            yield from sorted(name for name in names if KEY.fullmatch(name))

    def _names(self) -> Iterator[list[str]]:
        with storage("read", "the archive"):
            for first in sorted(self._root.glob("[0-9a-f][0-9a-f]")):
                yield [path.name for path in first.glob("*/*")]

    def has_keys(self) -> bool:
        """Whether there are private keys here. Raises ConfigError where what should hold them can't be used."""
        return self._identities() is not None

    def kept_at(self, sha256: str) -> float:
        """When a plain file was last given to be kept: seconds since 1970. Raises StorageError."""
        with storage("read", f"archived file {sha256}"):
            return self._path(sha256).stat().st_mtime

    def seal(self, sha256: str, recipients: Recipients, *, untouched: float = 0.0) -> bool:
        """Leave a file to the recipients alone; whether that is so afterwards.

        The sealed one is on the disk before the plain one goes. What was sealed before and given again within
        `untouched` seconds stays plain: somebody may be about to read it. Raises StorageError where the file is
        missing or damaged, or the disk is full; then the plain one stays.
        """
        path, sealed = self._path(sha256), self._sealed(sha256)
        if sealed is not None and is_whole(sealed):
            if not path.exists():
                return True
            if time.time() - path.stat().st_mtime < untouched:
                return False
        else:
            self._write_sealed(sha256, recipients)
            if sealed is not None:  # damaged, and now there is a good one beside it
                sealed.unlink()
        with storage("seal", f"archived file {sha256}"):
            path.unlink(missing_ok=True)
            sync_folder(path.parent)
        return True

    def seal_again(self, sha256: str, recipients: Recipients) -> None:
        """Seal a sealed file anew, to other recipients; the one before goes when the new one is on the disk.

        Raises SealedError where the keys here don't open it, StorageError.
        """
        before = list(self._path(sha256).parent.glob(f"{sha256}.*.age"))
        self._write_sealed(sha256, recipients)
        with storage("seal", f"archived file {sha256}"):
            for one in before:
                one.unlink(missing_ok=True)
            sync_folder(self._path(sha256).parent)

    def copy(self, source: Archive, sha256: str) -> bool:
        """Take over a file of another archive as it is there, sealed or plain; whether it was new. Raises StorageError.

        What was plain here, or sealed to other keys, is then as there: a backup keeps nothing readable for longer.
        """
        sealed = source._sealed(sha256)
        if sealed is None and not self._path(sha256).exists():
            with suppress(SealedError):  # another run has just sealed it
                return self.put_pieces(source.pieces(sha256)) == sha256
            sealed = source._sealed(sha256)
        if sealed is None:
            return False
        final = self._path(sha256).parent / sealed.name
        with storage("copy", f"archived file {sha256}"):
            new = not final.exists()
            if new:
                self._copy_sealed(sealed, final)
            for one in (self._path(sha256), *final.parent.glob(f"{sha256}.*.age")):
                if one != final:
                    one.unlink(missing_ok=True)
        return new

    def _copy_sealed(self, sealed: Path, final: Path) -> None:
        for folder in (self._root / INCOMING, final.parent):
            make_folder(folder)
        temporary = self._root / INCOMING / secrets.token_hex(8)
        with sealed.open("rb") as stream:
            digest, _ = write(temporary, iter(lambda: stream.read(_PIECE), b""))
        if digest != own_hash(sealed):
            temporary.unlink()
            raise damaged(final.name[:64])
        temporary.rename(final)
        sync_folder(final.parent)

    def size(self, sha256: str) -> int:
        """Bytes of an archived file as it lies there. Raises StorageError where it is missing."""
        path = self._path(sha256)
        with storage("read", f"archived file {sha256}"):
            return ((None if path.exists() else self._sealed(sha256)) or path).stat().st_size

    def check(self, sha256: str) -> None:
        """Read one file again; of a sealed one what can be proved with the keys that are here.

        Raises StorageError where it is missing or isn't what was kept, SealedError where the keys here don't open it.
        """
        sealed = None if self._path(sha256).exists() else self._sealed(sha256)
        if sealed is not None and not is_whole(sealed):
            raise damaged(sha256)
        if sealed is None or self._identities() is not None:
            for _ in self.pieces(sha256):
                pass

    def remove(self, sha256: str) -> None:
        """Take a file out for good: when this returns, its name is gone from the disk. None there is no error.

        Raises StorageError. Whether anybody still needs it, whoever asks must know.
        """
        path = self._path(sha256)
        with storage("remove", f"archived file {sha256}"):
            for one in (path, *path.parent.glob(f"{sha256}.*")):
                one.unlink(missing_ok=True)
            if path.parent.is_dir():
                sync_folder(path.parent)

    def verify(self) -> list[Finding]:
        """Read every file again; what is wrong, in order of names, empty where all is well.

        `ARCHIVE-DAMAGED`: the content isn't what was kept. `ARCHIVE-STRANGE`: not a file of ours, or
        in the wrong place. `ARCHIVE-LEFTOVER` (info): a crash left it; it may be deleted.
        """
        if not self._root.is_dir():
            return []
        with storage("read", "the archive"):
            found = sorted(self._root.rglob("*"))
            return [finding for path in found for finding in wrong_with(self._root, path, self._identities)]

    def _path(self, sha256: str) -> Path:
        if KEY.fullmatch(sha256) is None:
            raise StorageError("a file of the archive is named by its SHA-256: 64 hex digits, lower case")
        return self._root / sha256[:2] / sha256[2:4] / sha256

    def _refuse_purged(self, sha256: str, path: Path) -> None:
        if not path.exists() and (why := self._gone(sha256)):
            raise PurgedError(
                f"archived file {sha256} was {why}",
                hint="What the ledger knows of it stays; the file itself is in backups made before, if at all.",
            )

    def _sealed(self, sha256: str) -> Path | None:
        """Where the sealed file of a content is."""
        return min(self._path(sha256).parent.glob(f"{sha256}.*.age"), default=None)

    def _write_sealed(self, sha256: str, recipients: Recipients) -> None:
        temporary = self._root / INCOMING / secrets.token_hex(8)
        with storage("make", "the archive's folder"):
            make_folder(temporary.parent)
        digest = hashlib.sha256()

        def keep(piece: bytes) -> None:
            digest.update(piece)
            put(piece)

        try:
            with self.open_stream(sha256) as plain, new_file(temporary) as put:
                recipients.seal(plain, keep)
            final = self._path(sha256).with_name(f"{sha256}.{digest.hexdigest()}.age")
            with storage("seal", f"archived file {sha256}"):
                temporary.rename(final)
                sync_folder(final.parent)
        finally:
            with suppress(OSError):
                temporary.unlink()

    def _opened(self, sealed: Path, sha256: str) -> IO[bytes]:
        """What is in a sealed file, to be read from its beginning; larger than some, in a file without a name."""
        keys = self._identities()
        if keys is None:
            raise SealedError(f"archived file {sha256} is sealed", hint=HOW_TO_OPEN)
        make_folder(self._root / INCOMING)
        try:
            with sealed.open("rb") as stream:
                return keys.opened(stream, self._root / INCOMING)
        except SealedError as error:
            if not is_whole(sealed):
                raise damaged(sha256) from None
            raise SealedError(f"archived file {sha256} is sealed, and {error.message}", hint=HOW_TO_OPEN) from None

    def _require_undamaged(self, sha256: str, size: int) -> None:
        """The copy that is there already must be as good as the one not kept."""
        path = self._path(sha256)
        with storage("read", f"archived file {sha256}"):
            good = path.stat().st_size == size and digest_of(path) == sha256
        if not good:
            raise damaged(sha256)
