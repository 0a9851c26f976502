"""A partner's settings, as data: who it is, how its envelope looks, where its folders are.

One TOML file a partner, `partners/NAME.toml`; unknown keys are errors. No secret stands in it:
passwords come from the environment, files of their own or the keyring (`secret_places.py`).
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

import msgspec

from edigate.x12.guide import Correction

Text = Annotated[str, msgspec.Meta(min_length=1)]
Kind = Literal["837P", "837I", "837D"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Setting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all settings: immutable, unknown keys refused."""


class Envelope(Setting, frozen=True, kw_only=True):
    """ISA and GS: how we and the partner name each other."""

    sender_id: Text  # ISA06
    receiver_id: Text  # ISA08
    sender_qualifier: str = "ZZ"  # ISA05
    receiver_qualifier: str = "ZZ"  # ISA07
    group_sender: str = ""  # GS02, the sender_id where empty
    group_receiver: str = ""  # GS03, the receiver_id where empty
    acknowledgment_requested: bool = True  # ISA14
    element_separator: str = "*"
    component_separator: str = ":"
    repetition_separator: str = "^"
    segment_terminator: str = "~"
    line_breaks: bool = True  # a newline after each segment
    characters: Literal["basic", "extended", "ascii"] = "ascii"  # what the partner's translator takes (X12.6)
    capitals: bool = False  # small letters are written large
    replacement: str = ""  # written for a delimiter or a character it doesn't take; empty: the claim is refused


class Submitter(Setting, frozen=True, kw_only=True):
    """1000A: us, and whom the partner calls when something is wrong."""

    name: Text
    id: Text  # NM109 with NM108 46
    contact_name: str = ""
    phone: str = ""
    email: str = ""


class Receiver(Setting, frozen=True, kw_only=True):
    """1000B."""

    name: Text
    id: Text


class Batch(Setting, frozen=True, kw_only=True):
    """How much goes into one transaction set and one file. A file is one interchange of one group."""

    max_claims: Annotated[int, msgspec.Meta(ge=1, le=5000)] = 5000  # a set
    max_claims_per_file: Annotated[int, msgspec.Meta(ge=1, le=20_000)] | None = None  # max_claims where left out
    max_sets: Annotated[int, msgspec.Meta(ge=1, le=10_000)] | None = None  # a file
    max_bytes: Annotated[int, msgspec.Meta(ge=10_000)] = 4_000_000  # a file
    set_per_provider: bool = True  # false: providers share a set, each with a level (HL) of its own


OldAlgorithm = Literal[
    "diffie-hellman-group14-sha1",
    "diffie-hellman-group-exchange-sha1",
    "diffie-hellman-group1-sha1",
    "ssh-rsa",
    "aes256-cbc",
    "aes192-cbc",
    "aes128-cbc",
    "3des-cbc",
    "hmac-sha1",
]
OLD_ALGORITHMS: tuple[str, ...] = get_args(OldAlgorithm)


class SshServer(Setting, frozen=True, kw_only=True):
    """Where an SSH server is and how we log in. `host_keys` pins it: one line each as in known_hosts, without
    the name (`ssh-ed25519 AAAA...`). An OpenSSH certificate is taken from beside the key (`KEY-cert.pub`)."""

    host: Text
    username: Text
    host_keys: Annotated[tuple[Text, ...], msgspec.Meta(min_length=1)]
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 22
    key_file: str = ""  # with `agent`: the public key that the agent shall sign with
    key_passphrase_env: str = ""
    key_passphrase_file: str = ""
    key_passphrase_keyring: str = ""  # SERVICE/USER
    agent: bool = False  # the private key is in the ssh-agent of SSH_AUTH_SOCK
    password_env: str = ""
    password_file: str = ""
    password_keyring: str = ""  # SERVICE/USER
    allow_algorithms: tuple[OldAlgorithm, ...] = ()  # old ones, where the server has nothing better


class Sftp(SshServer, frozen=True, kw_only=True):
    """A partner's server, and the way to it where that isn't straight."""

    timeout_seconds: Annotated[float, msgspec.Meta(gt=0)] = 30.0  # each step
    file_deadline_minutes: Annotated[float, msgspec.Meta(gt=0)] = 30.0  # each file, however it trickles
    jump: SshServer | None = None  # a host to log in to first
    proxy_command: str = ""  # a program whose input and output are the connection; %h and %p are host and port


class Directory(Setting, frozen=True, kw_only=True):
    """A folder of this machine in place of a server: for mounted shares and other programs that transfer."""

    path: Text


class Markers(Setting, frozen=True, kw_only=True):
    """Files that a partner leaves to say what became of one of ours: evidence, never an answer to post.

    Patterns of names, with `{file}` for our file's name and `*` for anything, in the send folder or, with a `/`,
    where the path says. `success`: it was taken in. `failed`: it was read and refused as a whole.
    """

    success: tuple[Text, ...] = ()
    failed: tuple[Text, ...] = ()


class Folders(Setting, frozen=True, kw_only=True):
    """Where files go and come from, and how ours are named.

    `filename` may use {partner} {isa13} {date} {time} {kind} {usage} {sender_id}.
    `temporary` writes under a temporary name and renames; some servers forbid it.
    """

    send: Text = "inbound"
    receive: tuple[Text, ...] = ("outbound",)
    filename: Text = "{partner}_{kind}_{isa13}.x12"
    temporary: bool = True
    temporary_suffix: str = ".tmp"
    delete_after_receive: bool = False
    markers: Markers = Markers()


class Expectations(Setting, frozen=True, kw_only=True):
    """Which answers this partner gives, and after how many hours their absence needs a person (0: never)."""

    ta1_hours: float = 0
    x999_hours: float = 48
    x277ca_hours: float = 72
    x835_days: float = 45


class PayerDeadlines(Setting, frozen=True, kw_only=True):
    """How long one payer behind this partner lets us file and appeal, in days; left out: as the partner's others."""

    payer: Text  # the payer's id, NM109 of 2010BB
    filing_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] | None = None
    appeal_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] | None = None


class Deadlines(Setting, frozen=True, kw_only=True):
    """Until when a claim may be filed (days after the service) and a decision appealed (days after its payment).

    Left out: the shortest usual ones are assumed, and every deadline says so.
    """

    filing_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] | None = None
    appeal_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] | None = None
    payers: tuple[PayerDeadlines, ...] = ()


class Expected(Setting, frozen=True, kw_only=True):
    """What this partner's payers should pay: files of `fees/`, else what they paid before; and what a difference is."""

    fees: tuple[Text, ...] | None = None  # names in fees/; left out: all of them
    tolerance_cents: Annotated[int, msgspec.Meta(ge=0)] = 100  # the larger of the two counts
    tolerance_percent: Annotated[int, msgspec.Meta(ge=0, le=100)] = 1
    history_last: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 20  # days with payments for a service; 0: no history
    history_least: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 5  # lines paid on those days


class Schedule(Setting, frozen=True, kw_only=True):
    """When a partner's day ends: what arrives later counts as the next day's. Shown, never waited for."""

    cut_off: tuple[Text, ...] = ()  # times of day, "17:00"; none where the partner works around the clock
    zone: Text = "UTC"  # of the times, e.g. "America/New_York"
    days: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")  # on which the partner works


class OwnEdit(Setting, frozen=True, kw_only=True):
    """An edit that this partner alone has: where `when` is true of the claim (or of a line), `message` is told.

    `when` is an expression as in mappings, over the claim's fields; with `on = "line"` over a line's, and the
    claim's as `claim.NAME`. `field` is where the finding points.
    """

    code: Text
    when: Text
    message: Text
    field: str = ""
    severity: Literal["error", "warning"] = "error"
    level: Annotated[int, msgspec.Meta(ge=3, le=7)] = 7  # SNIP
    on: Literal["claim", "line"] = "claim"
    kinds: tuple[Kind, ...] = ()  # all where empty
    source: str = ""  # the page of the partner's guide


class Edits(Setting, frozen=True, kw_only=True):
    """How this partner's claims are edited otherwise than others': codes of docs/edits.md."""

    off: tuple[Text, ...] = ()  # not asked
    soften: tuple[Text, ...] = ()  # an error only warns
    harden: tuple[Text, ...] = ()  # a warning refuses the claim
    repair: tuple[Text, ...] = ()  # what may be mended, each told as a warning
    add: tuple[OwnEdit, ...] = ()


class PostingPolicy(Setting, frozen=True, kw_only=True):
    """What of this partner's 835s waits for a person (`edigate post --review`). Where empty, all that adds up posts."""

    review_statuses: tuple[Text, ...] = ()  # CLP02: 22 reversals, 4 denials ...
    review_reasons: tuple[Text, ...] = ()  # CAS: 29, or with its group CO-29
    review_provider_adjustments: tuple[Text, ...] = ()  # PLB03-1: WO, FB ...
    review_denied_over: Annotated[int, msgspec.Meta(ge=0)] | None = None  # whole dollars denied of one claim
    review_charge_off_by: Annotated[int, msgspec.Meta(ge=0)] | None = None  # whole dollars between CLP03 and our CLM02
    review_unmatched: bool = False  # money for no claim of ours


class Acknowledge(Setting, frozen=True, kw_only=True):
    """Which of its files this partner wants a 999 for (and a TA1, where the file's ISA14 asks for one)."""

    remittances: bool = False  # 835
    claim_acknowledgments: bool = False  # 277CA


class Pgp(Setting, frozen=True, kw_only=True):
    """This partner's files in OpenPGP, by GnuPG. Keys are named by fingerprint, and lie in a home of their own."""

    home: Text  # from the workspace on
    encrypt_to: str = ""  # what we send is encrypted to this key of theirs ...
    sign_with: str = ""  # ... and signed with this one of ours
    armor: bool = False  # as text, where their software wants that
    decrypt: bool = False  # what they send is decrypted
    signed_by: tuple[Text, ...] = ()  # and must be signed with one of these
    passphrase_env: str = ""  # of our private keys
    passphrase_file: str = ""
    passphrase_keyring: str = ""  # SERVICE/USER


class Partner(Setting, frozen=True, kw_only=True):
    """A clearinghouse or payer that we exchange files with."""

    name: Text  # the file's name without .toml
    envelope: Envelope
    submitter: Submitter
    receiver: Receiver
    description: str = ""
    usage: Literal["test", "production"] = "test"  # ISA15
    kinds: tuple[Kind, ...] = ("837P",)
    sftp: Sftp | None = None
    directory: Directory | None = None
    folders: Folders = Folders()
    batch: Batch = Batch()
    expect: Expectations = Expectations()
    deadlines: Deadlines = Deadlines()
    expected: Expected = Expected()
    schedule: Schedule = Schedule()
    edits: Edits = Edits()
    posting: PostingPolicy = PostingPolicy()
    acknowledge: Acknowledge = Acknowledge()
    pgp: Pgp | None = None
    correction: tuple[Correction, ...] = ()  # laid over the guides for this partner, as `validate --corrections`
