"""One file's way to its partner, from wherever an earlier run left it. Intent before effect; in between is evidence.

    queued -> uploading (temporary name) -> renaming -> sent

Killed or cut off while `uploading`, nothing stands under the final name: start over. While `renaming`, a
temporary that is still there is renamed; where it is gone, what stands under the final name tells. A
partner that forbids temporary names gets the file directly, and any failure then is `uncertain`. What no
evidence settles stays `uncertain`: never a blind second send. Knows no other file.
"""

from __future__ import annotations

import contextlib
import secrets

from edigate.errors import EdigateError, RemoteRefusedError
from edigate.gateway.carrying import content_to_send
from edigate.gateway.markers import SeenMarkers
from edigate.gateway.opening import Gateway
from edigate.ledger.answers import sets_of_file
from edigate.ledger.carried import Carried
from edigate.ledger.outbound import OutboundFile, Step, advance, outbound_file_by_id
from edigate.ledger.states import FileState
from edigate.logs import get_logger
from edigate.partners.model import Partner
from edigate.transport import RemoteFile, Transport

log = get_logger(__name__)


class Delivery:
    """One file on its way; `draft` is the path of its temporary name, where it has one.

    What `deliveries.py` needs of it to have many under way at once is public; `finish` is all of it for one.
    """

    def __init__(
        self,
        gateway: Gateway,
        partner: Partner,
        transport: Transport,
        file: OutboundFile,
        carried: Carried | None = None,
    ) -> None:
        self._gateway = gateway
        self._partner = partner
        self._transport = transport
        self.file = file
        self._carried = carried  # what it travels in, where that isn't what was frozen
        self._attempts = file.attempts
        self._folder = partner.folders.send
        self.final = self._path(file.filename)
        self.draft = self._path(file.temporary_name)

    def _path(self, name: str) -> str:
        return f"{self._folder.rstrip('/')}/{name}" if self._folder else name

    def step(self, to: FileState, temporary: str | None = None) -> Step:
        """A step for a commit that holds those of others as well; `stepped` once it is made."""
        taken = Step(self.file.id, self._attempts, temporary)
        self._attempts += to == "uploading"
        return taken

    def stepped(self, to: FileState) -> None:
        """The step is in the ledger for good."""
        log.info("file moved on", file_id=self.file.id, partner=self._partner.name, state=to)

    def _advance(self, expect: FileState, to: FileState, reason: str = "", temporary: str | None = None) -> None:
        with self._gateway.ledger.write() as tx:
            advance(
                tx, self.file.id, expect=expect, to=to, reason=reason, temporary_name=temporary, attempts=self._attempts
            )
        self._attempts += to == "uploading"
        self.stepped(to)

    def finish(self) -> None:
        """Bring the file to `sent`, or to `uncertain`.

        Raises PartnerError where the partner fails us, StorageError where our own copy is damaged.
        """
        match self.file.state:
            case "renaming":
                self._rename(look_first=True)
            case "uploading" if self.file.temporary_name:
                self.start_over()
                self.upload()
            case "uploading":
                self._settle("uploading", "an earlier run ended while it was uploading")
            case "uncertain":
                self._settle("uncertain", self.file.reason)
            case _:
                self.upload()

    def content(self) -> bytes:
        """What goes out, of a queued file: what was frozen, or that encrypted. Raises StorageError, ConfigError."""
        content, self._carried = content_to_send(self._gateway, self._partner, self.file, self._carried)
        return content

    def new_draft(self) -> str:
        """A temporary name that nobody knows, for `step` to write down before the draft is written."""
        name = f".{secrets.token_hex(8)}{self._partner.folders.temporary_suffix}"
        self.draft = self._path(name)
        return name

    def start_over(self) -> None:
        """From `uploading`, where an earlier run ended, to `queued`."""
        self._drop_draft("started over after an interrupted upload")

    def refused_draft(self, error: RemoteRefusedError) -> None:
        """The server won't have the draft: back to `queued`."""
        self._drop_draft(f"refused: {error.message}")

    def _drop_draft(self, reason: str) -> None:
        # Its name means nothing to anybody: away with what stands of it.
        with contextlib.suppress(RemoteRefusedError):
            self._transport.remove(self.draft)
        self._advance("uploading", "queued", reason)

    def upload(self) -> None:
        """From `queued` on to the end; raises as `finish` does."""
        content = self.content()
        if not self._partner.folders.temporary:
            self._directly(content)
            return
        self._advance("queued", "uploading", temporary=self.new_draft())
        try:
            self._transport.write(self.draft, content)
        except RemoteRefusedError as error:
            self.refused_draft(error)
            raise
        self._advance("uploading", "renaming")
        self._rename()

    def _rename(self, *, look_first: bool = False) -> None:
        if look_first and not self._stands(self.draft):
            self._settle("renaming", "the draft is gone and the final name isn't there")
            return
        try:
            self._transport.rename(self.draft, self.final)
        except RemoteRefusedError as error:
            self.refused_rename(error)
        else:
            self._advance("renaming", "sent")

    def refused_rename(self, error: RemoteRefusedError) -> None:
        """The server says no. Some rename all the same, and some had done it before we asked: look.

        Raises RemoteRefusedError where it didn't.
        """
        if not self._stands(self.draft):
            self._settle("renaming", "the draft is gone and the final name isn't there, and the server said no")
            return
        if self._arrived():  # a copy under each name: the server broke off between the two
            with contextlib.suppress(RemoteRefusedError):
                self._transport.remove(self.draft)
            self._advance("renaming", "sent", "found: it stands under its final name")
            return
        self._advance("renaming", "renaming", f"refused: {error.message}")
        raise RemoteRefusedError(
            f"{self._partner.name} refuses the name {self.file.filename}: {error.message}",
            hint="The file waits under a temporary name. Is another file there under its name? See "
            f"`edigate show file {self.file.id}`.",
        ) from error

    def _directly(self, content: bytes) -> None:
        self._advance("queued", "uploading", temporary="")
        try:
            self._transport.write(self.final, content)
        except (EdigateError, OSError) as error:
            told = error.message if isinstance(error, RemoteRefusedError) else type(error).__name__
            self._advance("uploading", "uncertain", f"failed while uploading directly: {told}")
            raise
        self._advance("uploading", "sent")

    # --- evidence

    def _settle(self, state: FileState, otherwise: str) -> None:
        """`sent` where anything proves it, else `uncertain`, because of `otherwise`."""
        proof = "found: it stands under its final name" if self._arrived() else self._answered()
        markers = SeenMarkers(self._partner, self._transport)
        # Where something else still stands under our name, the marker may be about half a file.
        if not proof and (marker := markers.success(self.file.filename)) and not self._stands(self.final):
            proof = f"proved by the partner's {marker}"
        if not proof and (marker := markers.failed(self.file.filename)):
            otherwise = f"the partner marks it as refused: {marker}"
        with self._gateway.ledger.read() as tx:
            now = outbound_file_by_id(tx, self.file.id)
        if now is None or now.state != state:  # an answer was posted meanwhile, and settled it
            return
        if proof:
            self._advance(state, "sent", proof)
        elif state != "uncertain" or otherwise != now.reason:
            self._advance(state, "uncertain", otherwise)

    def _arrived(self) -> bool:
        """Whether the bytes that went out stand under the final name, as far as the server lets us see."""
        sent = self._carried or self.file
        stands = self._look(self.final)
        if stands is None or 0 <= stands.size != sent.size:
            return False
        try:
            found = b"".join(self._transport.read(self.final))
        except RemoteRefusedError:
            return stands.size == sent.size  # a folder one may only write to: name and size must do
        return found == self._gateway.archive.get(sent.sha256)

    def _answered(self) -> str:
        """What says that the partner has read the file, empty where nothing does."""
        with self._gateway.ledger.read() as tx:
            now = outbound_file_by_id(tx, self.file.id)
            sets = sets_of_file(tx, self.file.id)
        if now is not None and now.ta1 != "none":
            return "proved by a TA1"
        return "proved by a 999" if any(one.x999 != "none" for one in sets) else ""

    def _stands(self, path: str) -> bool:
        return self._look(path) is not None

    def _look(self, path: str) -> RemoteFile | None:
        """What stands there. A server that won't tell by name may tell by its listing."""
        try:
            return self._transport.stat(path)
        except RemoteRefusedError:
            name = path.rsplit("/", 1)[-1]
            return next((found for found in self._transport.list(self._folder) if found.name == name), None)
