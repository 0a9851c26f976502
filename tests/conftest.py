"""What tests share: a workspace that is ready to use, real parts, the hypothesis profile of CI."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from edigate.config import Workspace, load_workspace

REPOSITORY = Path(__file__).resolve().parent.parent
CORPUS = REPOSITORY.parent / "shared"  # not part of a public clone

# CI machines are slow and shared: no deadline there, and the same examples every time.
settings.register_profile("ci", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("here", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "here")

# Made up: the 32 bytes are no key of any server.
HOST_KEY = (
    "ssh-ed25519 " + base64.b64encode(b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20" + b"\x07" * 32).decode()
)

SETTINGS = """\
[practice]
name = "Test practice"
"""

PARTNER = """\
name = "acme"
usage = "test"

[envelope]
sender_id = "TESTSENDER"
receiver_id = "ACME"

[submitter]
name = "TEST PRACTICE"
id = "TESTSENDER"
contact_name = "BILLING"
phone = "5555550100"

[receiver]
name = "ACME CLEARINGHOUSE"
id = "ACME"

[directory]
path = "acme-server"

[folders]
send = "inbound"
receive = ["outbound"]
"""


@pytest.fixture
def workspace_dir(tmp_path: Path) -> Path:
    """A folder that is a workspace with one partner, `acme`, whose server is a folder of this machine."""
    root = tmp_path / "workspace"
    for name in (
        "partners",
        "mappings",
        "inbox",
        "out",
        "state",
        "acme-server/inbound",
        "acme-server/outbound",
    ):
        (root / name).mkdir(parents=True)
    (root / "edigate.toml").write_text(SETTINGS)
    (root / "partners" / "acme.toml").write_text(PARTNER)
    return root


@pytest.fixture
def workspace(workspace_dir: Path) -> Workspace:
    """The workspace of `workspace_dir`, loaded."""
    return load_workspace(workspace_dir)


@pytest.fixture
def require_real() -> Callable[[object, str], None]:
    """`require_real(found, "why it is missing")`: skip where a real part (an sshd, say) is missing.

    Where EDIGATE_REQUIRE_REAL is set, as in CI, a missing part fails the test instead.
    """

    def require(found: object, reason: str) -> None:
        if found:
            return
        if os.environ.get("EDIGATE_REQUIRE_REAL"):
            pytest.fail(f"EDIGATE_REQUIRE_REAL is set, but {reason}")
        pytest.skip(reason)

    return require


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of example files beside the repository; skips where it isn't, in CI too: it isn't public."""
    if not CORPUS.is_dir():
        pytest.skip("the example files beside the repository (../shared) aren't on this machine")
    return CORPUS
