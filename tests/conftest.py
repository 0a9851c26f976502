"""What tests share: a workspace that is ready to use, real parts, the hypothesis profile of CI."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, settings

from edigate.config import Workspace, load_workspace

REPOSITORY = Path(__file__).resolve().parent.parent
CORPUS = REPOSITORY.parent / "shared"  # not part of a public clone

# Machines are slow and shared: no deadline, and examples for a run of some minutes. The same every time in CI, other
# ones elsewhere; the long campaigns (`make fuzz`, `make conservation`, `make faults`) look further.
_FEW = settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", _FEW, derandomize=True)
settings.register_profile("here", _FEW)
settings.load_profile("ci" if os.environ.get("CI") else "here")

SETTINGS = """\
[practice]
name = "Test practice"
"""

PARTNER = """\
name = "acme"
usage = "production"

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


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test for itself: no settings from whoever runs it, no logs or file rights set up by another."""
    for name in ("EDIGATE_WORKSPACE", "EDIGATE_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    root = logging.getLogger()
    before = (root.handlers[:], root.level, logging.lastResort, logging.raiseExceptions)
    mask = os.umask(0o022)
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())  # silent until a command sets it up
    yield
    os.umask(mask)
    root.handlers[:], level, logging.lastResort, logging.raiseExceptions = before
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


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


_PYX12_MAPS: dict[str, Any] = {}


@pytest.fixture(scope="module")
def pyx12_maps_read_once() -> Iterator[None]:
    """pyx12 reads its map anew for every file; its maps don't change while they are used."""
    import pyx12.map_if

    load, known = pyx12.map_if.load_map_file, _PYX12_MAPS
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "pyx12.map_if.load_map_file",
            lambda name, param, path=None: known.get(name) or known.setdefault(name, load(name, param, path)),
        )
        yield


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
