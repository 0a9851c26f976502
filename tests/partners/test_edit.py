"""A setting is changed where it stands, and nothing else of the file is: comments are what people wrote."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edigate.errors import ConfigError, UsageError
from edigate.partners.edit import Value, parsed, toml, with_setting

TEXT = """\
# Ours.
name = "acme"
usage = "test"   # until they say so

[sftp]
host = "sftp.example.org"  # not the #1 server
host_keys = [
  "ssh-ed25519 AAAA",   # the old one
  "ssh-rsa BBBB",
]  # pinned
port = 22

[folders]
markers.failed = ["{file}-FAILED"]
"""


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("usage", "production", 'usage = "production"  # until they say so'),
        ("sftp.host", "other.example.org", 'host = "other.example.org"  # not the #1 server'),
        ("sftp.host_keys", ["ssh-ed25519 CCCC"], 'host_keys = ["ssh-ed25519 CCCC"]  # pinned'),
        ("sftp.port", 2222, "port = 2222"),
        ("sftp.timeout_seconds", 60.0, "timeout_seconds = 60.0"),
        ("folders.markers.failed", [], "markers.failed = []"),
        ("folders.delete_after_receive", True, "delete_after_receive = true"),
        ("batch.max_claims", 100, "max_claims = 100"),
        ("description", 'say "hi" # here', 'description = "say \\"hi\\" # here"'),
    ],
)
def test_one_setting_changes_and_everything_else_stays(key: str, value: Value, line: str) -> None:
    changed = with_setting(TEXT, key, value, name="partners/acme.toml")
    assert line in changed.splitlines()
    found: Any = tomllib.loads(changed)
    for step in key.split("."):
        found = found[step]
    assert found == value
    gone = [one for one in TEXT.splitlines() if one not in changed.splitlines() and one.strip()]
    assert len(gone) <= 4, "the lines of the setting itself"
    assert "# Ours." in changed


def test_tables_of_a_list_are_nobody_elses() -> None:
    text = TEXT + '\n[schedule]\nzone = "UTC"\n\n[[edits.add]]\ncode = "A"\n\n[[edits.add]]\ncode = "B"\nzone = "no"\n'
    for key, value in (("schedule.zone", "America/Chicago"), ("schedule.cut_off", ["17:00"])):
        text = with_setting(text, key, value, name="f")
    found = tomllib.loads(text)
    assert found["schedule"] == {"zone": "America/Chicago", "cut_off": ["17:00"]}
    assert found["edits"]["add"] == [{"code": "A"}, {"code": "B", "zone": "no"}]


def test_what_cannot_be_changed_safely_is_left_to_the_person() -> None:
    inline = 'name = "acme"\nsftp = { host = "a", port = 22 }\n'
    with pytest.raises(ConfigError, match=r"partners/acme\.toml: sftp\.host is written in a way"):
        with_setting(inline, "sftp.host", "b", name="partners/acme.toml")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_any_text_is_written_as_toml_reads_it(text: str) -> None:
    assert tomllib.loads(with_setting(TEXT, "sftp.host", text, name="f"))["sftp"]["host"] == text
    assert tomllib.loads(f"a = {toml([text])}") == {"a": [text]}


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("envelope.sender_id", "12345", "12345"),
        ("sftp.port", "2222", 2222),
        ("folders.temporary", "false", False),
        ("kinds", "837P,837I", ["837P", "837I"]),
        ("folders.receive", '["a,b"]', ["a,b"]),
        ("usage", "production", "production"),
    ],
)
def test_a_value_of_the_command_line_is_of_its_settings_kind(key: str, text: str, value: Value) -> None:
    assert parsed(key, text) == value


@pytest.mark.parametrize(
    ("key", "text", "message"),
    [
        ("envelope.sender", "X", 'there is no setting envelope.sender. Did you mean "envelope.sender_id"?'),
        ("envelope", "X", "there is no setting envelope."),
        ("sftp.port", "ssh", "sftp.port: expected a number"),
        ("kinds", "[1]", "kinds: expected a list"),
    ],
)
def test_a_setting_that_is_none_is_refused(key: str, text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parsed(key, text)
    assert message in caught.value.message
