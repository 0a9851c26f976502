"""What a partner's settings must obey beyond their shape: X12's widths, delimiters, names, logins.

Pure: settings in, problems out. Widths and codes are those of the ISA and GS segments (X12.5, X12.6) and
of loop 1000A (005010X222A1); reads no file and resolves no secret.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
import string
import zoneinfo
from collections.abc import Callable, Iterator

from edigate.partners.model import Directory, Edits, Envelope, Partner, Sftp, SshServer
from edigate.partners.pgp_check import pgp_problems
from edigate.partners.schedule import zone_of
from edigate.secret_places import place_of
from edigate.settings import Problem
from edigate.x12.characters import Characters, Fitter
from edigate.x12.segments import Delimiters

NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?", re.ASCII)
PLACEHOLDERS = ("partner", "isa13", "date", "time", "kind", "usage", "sender_id")

# ISA05 and ISA07, X12 data element I05 as the 5010 guides allow it (005010X222A1 appendix C.1).
_QUALIFIERS = ("01", "14", "20", "27", "28", "29", "30", "33", "ZZ")
_ID = re.compile(r"[ -~]*", re.ASCII)
_FILE_NAME = re.compile(r"[A-Za-z0-9._-]*", re.ASCII)
_PHONE = re.compile(r"(?:\+?1)?(?:[ ().-]*[0-9]){10} *", re.ASCII)
_MARKER = re.compile(r"[A-Za-z0-9._*/ -]*", re.ASCII)
_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
_FILES = ("key_file", "password_file", "key_passphrase_file")
_DELIMITERS = ("element_separator", "component_separator", "repetition_separator", "segment_terminator")


def problems(partner: Partner, *, stem: str) -> list[Problem]:
    """Everything in a partner's settings that can't be meant; empty where all is well.

    `stem` is the settings file's name without `.toml`; the partner must be called the same.
    """
    found: list[Problem] = []
    if NAME.fullmatch(partner.name) is None:
        found.append(Problem("name", "expected lower-case letters, digits and hyphens, at most 32"))
    elif partner.name != stem:
        found.append(Problem("name", f'expected "{stem}", the name of its file, got "{partner.name}"'))
    for check in _CHECKS:
        found.extend(check(partner))
    return found


def _kinds(partner: Partner) -> Iterator[Problem]:
    if not partner.kinds:
        yield Problem("kinds", 'expected at least one kind of claim, e.g. ["837P"]')
    if len(set(partner.kinds)) != len(partner.kinds):
        yield Problem("kinds", "names a kind twice")


def _names_in_the_envelope(partner: Partner) -> Iterator[Problem]:
    envelope = partner.envelope
    for key in ("sender_id", "receiver_id"):
        text = getattr(envelope, key)
        if len(text) > 15:
            yield Problem(f"envelope.{key}", f"expected at most 15 characters, got {len(text)}")
        yield from _plain_id(f"envelope.{key}", text, envelope)
    for key in ("sender_qualifier", "receiver_qualifier"):
        if getattr(envelope, key) not in _QUALIFIERS:
            yield Problem(f"envelope.{key}", f"expected one of {', '.join(_QUALIFIERS)}")
    for key, instead in (("group_sender", "sender_id"), ("group_receiver", "receiver_id")):
        text = getattr(envelope, key) or getattr(envelope, instead)
        if not 2 <= len(text) <= 15:
            origin = "" if getattr(envelope, key) else f" ({instead} is used where it is left out)"
            yield Problem(f"envelope.{key}", f"expected 2 to 15 characters, got {len(text)}{origin}")
        yield from _plain_id(f"envelope.{key}", getattr(envelope, key), envelope)


def _plain_id(key: str, text: str, envelope: Envelope) -> Iterator[Problem]:
    if _ID.fullmatch(text) is None or text != text.strip():
        yield Problem(key, "expected plain letters, digits and signs, no space at either end")
    for delimiter in _DELIMITERS:
        if getattr(envelope, delimiter) in text and text:
            yield Problem(key, f"contains the {delimiter.replace('_', ' ')}, and X12 has no escape")


def _delimiters(partner: Partner) -> Iterator[Problem]:
    envelope = partner.envelope
    seen: dict[str, str] = {}
    for key in _DELIMITERS:
        sign = getattr(envelope, key)
        newline = key == "segment_terminator" and sign == "\n"
        # Letters, digits, space and what amounts are made of would cut values in two.
        if len(sign) != 1 or not sign.isascii() or sign.isalnum() or (sign in " .-+\r\n\t" and not newline):
            yield Problem(f"envelope.{key}", "expected one sign, no letter, digit, space, point or minus")
        elif sign in seen:
            yield Problem(f"envelope.{key}", f"is the same sign as {seen[sign]}")
        else:
            seen[sign] = key
        if newline and envelope.line_breaks:
            yield Problem("envelope.line_breaks", "expected false where the segment terminator is a newline")


def _characters(partner: Partner) -> Iterator[Problem]:
    envelope = partner.envelope
    sign = envelope.replacement
    if not sign:
        return
    if len(sign) != 1 or Fitter(Characters(envelope.characters), _signs(envelope)).trouble(sign):
        yield Problem("envelope.replacement", "expected one sign that the partner takes and that is no delimiter")


def _signs(envelope: Envelope) -> Delimiters:
    return Delimiters(
        element=envelope.element_separator,
        component=envelope.component_separator,
        segment=envelope.segment_terminator,
        repetition=envelope.repetition_separator,
    )


def _submitter(partner: Partner) -> Iterator[Problem]:
    submitter = partner.submitter
    for key, text, most in (
        ("submitter.name", submitter.name, 60),
        ("submitter.id", submitter.id, 80),
        ("submitter.contact_name", submitter.contact_name, 60),
        ("receiver.name", partner.receiver.name, 60),
        ("receiver.id", partner.receiver.id, 80),
    ):
        if len(text) > most:
            yield Problem(key, f"expected at most {most} characters, got {len(text)}")
    for key, text in (("submitter.id", submitter.id), ("receiver.id", partner.receiver.id)):
        if len(text) < 2:
            yield Problem(key, "expected at least 2 characters")
    # 1000A PER is required, and it needs one way to reach somebody.
    if not submitter.phone and not submitter.email:
        yield Problem("submitter.phone", "missing: the claim file must name a phone or an email of ours")
    if submitter.phone and _PHONE.fullmatch(submitter.phone) is None:
        yield Problem("submitter.phone", "expected a phone number with area code, ten digits")
    if submitter.email and not re.fullmatch(r"[^@\s]+@[^@\s]+", submitter.email):
        yield Problem("submitter.email", "expected an email address")


def _way(partner: Partner) -> Iterator[Problem]:
    if (partner.sftp is None) == (partner.directory is None):
        both = "both are there" if partner.sftp is not None else "neither is there"
        yield Problem("sftp", f"expected either a table [sftp] or a table [directory], {both}")
    if partner.sftp is not None:
        yield from _sftp(partner.sftp)
    if isinstance(partner.directory, Directory) and "\x00" in partner.directory.path:
        yield Problem("directory.path", "expected a folder's path")


def _sftp(sftp: Sftp) -> Iterator[Problem]:
    yield from _server(sftp, "sftp")
    if sftp.jump is not None:
        yield from _server(sftp.jump, "sftp.jump")
        if sftp.proxy_command:
            yield Problem("sftp.proxy_command", "expected one of jump and proxy_command, not both")
    for key in ("timeout_seconds", "file_deadline_minutes"):
        if not math.isfinite(getattr(sftp, key)):
            yield Problem(f"sftp.{key}", f"expected a number of {key.rpartition('_')[2]}")


def _server(server: SshServer, table: str) -> Iterator[Problem]:
    if re.search(r"[\s/@]|://", server.host):
        yield Problem(f"{table}.host", "expected a host name or address alone, e.g. sftp.example.org")
    for index, line in enumerate(server.host_keys):
        if not _is_host_key(line):
            yield Problem(f"{table}.host_keys[{index}]", 'expected a public key, e.g. "ssh-ed25519 AAAA..."')
    password, passphrase = (place_of(server, name, name).given for name in ("password", "key_passphrase"))
    if not (server.key_file or server.agent or password):
        ways = "key_file, agent, password_env, password_file or password_keyring"
        yield Problem(f"{table}.key_file", f"missing: expected {ways}")
    for name, given in (("password", password), ("key_passphrase", passphrase)):
        if len(given) > 1:
            one = " and ".join(f"{name}_{ending}" for ending in given)
            yield Problem(f"{table}.{name}_{given[1]}", f"expected one of {one}, not both")
    if passphrase and (server.agent or not server.key_file):
        what = "the agent's keys need none" if server.agent else "there is no key_file"
        yield Problem(f"{table}.key_passphrase_{passphrase[0]}", f"is the passphrase of a key, but {what}")
    for key in _FILES:
        if "-----BEGIN" in getattr(server, key):
            yield Problem(f"{table}.{key}", "expected a file's name; what is secret never stands in a settings file")
    for key in ("password_env", "key_passphrase_env"):
        text = getattr(server, key)
        if text and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text, re.ASCII):
            # Who writes the password itself here must not find it in a log.
            yield Problem(f"{table}.{key}", "expected an environment variable's name, e.g. STEDI_PASSWORD")


def _is_host_key(line: str) -> bool:
    """`TYPE BASE64 [comment]` where the blob names the same type (RFC 4253 6.6)."""
    parts = line.split()
    if len(parts) < 2:
        return False
    try:
        blob = base64.b64decode(parts[1], validate=True)
    except (binascii.Error, ValueError):
        return False
    length = int.from_bytes(blob[:4], "big")
    return len(blob) > 4 + length and blob[4 : 4 + length] == parts[0].encode()


def _folders(partner: Partner) -> Iterator[Problem]:
    folders = partner.folders
    named = {"send": folders.send} | {f"receive[{index}]": one for index, one in enumerate(folders.receive)}
    for key, folder in named.items():
        if not folder.isprintable():
            yield Problem(f"folders.{key}", "expected a folder's path on the server")
    if not folders.receive:
        yield Problem("folders.receive", "expected at least one folder: answers must come from somewhere")
    yield from _template(folders.filename)
    if "{sender_id}" in folders.filename and _FILE_NAME.fullmatch(partner.envelope.sender_id) is None:
        yield Problem("folders.filename", "holds {sender_id}, but envelope.sender_id isn't fit for a file's name")
    suffix = folders.temporary_suffix
    if folders.temporary and not (suffix and _FILE_NAME.fullmatch(suffix)):
        yield Problem("folders.temporary_suffix", 'expected an ending for unfinished files, e.g. ".tmp"')


def _template(template: str) -> Iterator[Problem]:
    key = "folders.filename"
    listed = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError:
        yield Problem(key, f"has a brace without its partner; it may hold {listed}")
        return
    names = [name for _, name, _, _ in parts if name is not None]
    for name in names:
        if name not in PLACEHOLDERS:
            yield Problem(key, f"there is no placeholder {{{name}}}; expected {listed}")
    if any(spec or conversion for _, _, spec, conversion in parts):
        yield Problem(key, f"expected placeholders without a format, {listed}")
    if "isa13" not in names:
        # Two files of one day would have one name, and the second write over the first.
        yield Problem(key, "expected {isa13} in it, so that no two files have the same name")
    literal = "".join(text for text, _, _, _ in parts)
    if _FILE_NAME.fullmatch(literal) is None or template.startswith("."):
        yield Problem(key, "expected a file's name of letters, digits, point, hyphen and underscore")


def _markers(partner: Partner) -> Iterator[Problem]:
    markers = partner.folders.markers
    for key in ("success", "failed"):
        for index, pattern in enumerate(getattr(markers, key)):
            at = f"folders.markers.{key}[{index}]"
            if pattern.count("{file}") != 1 or _MARKER.fullmatch(pattern.replace("{file}", "")) is None:
                yield Problem(at, 'expected {file} in it once, for our file\'s name, e.g. "{file}-*-success"')
            elif "{file}" not in pattern.rsplit("/", 1)[-1]:
                yield Problem(at, "expected {file} in the name, not in the folder")
            elif "*" in pattern.rpartition("/")[0]:
                yield Problem(at, "expected * in the name alone, not in the folder")
            elif pattern == "{file}":
                yield Problem(at, "is the name of our own file, which proves nothing")


def _schedule(partner: Partner) -> Iterator[Problem]:
    schedule = partner.schedule
    for index, text in enumerate(schedule.cut_off):
        if _TIME.fullmatch(text) is None:
            yield Problem(f"schedule.cut_off[{index}]", 'expected a time of day, e.g. "17:00"')
    if not schedule.days:
        yield Problem("schedule.days", 'expected at least one day, e.g. ["mon", "tue"]')
    try:
        zone_of(schedule)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        yield Problem("schedule.zone", 'expected a time zone by its place, e.g. "America/New_York"')


def _expectations(partner: Partner) -> Iterator[Problem]:
    for key in ("ta1_hours", "x999_hours", "x277ca_hours", "x835_days"):
        value = getattr(partner.expect, key)
        if not math.isfinite(value) or value < 0:
            yield Problem(f"expect.{key}", "expected a number, 0 (never) or more")


def _edits(partner: Partner) -> Iterator[Problem]:
    if partner.edits == Edits():
        return
    # The edits are much to load for commands that edit nothing.
    from edigate.partners.edit_check import edit_problems  # noqa: PLC0415  # as said above

    yield from edit_problems(partner.edits)


_CHECKS: tuple[Callable[[Partner], Iterator[Problem]], ...] = (
    _kinds,
    _names_in_the_envelope,
    _delimiters,
    _characters,
    _submitter,
    _way,
    _folders,
    _markers,
    _schedule,
    _expectations,
    pgp_problems,
    _edits,
)
