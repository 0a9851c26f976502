"""Which partner a command means when it isn't told: the only one there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edigate.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from edigate.config import Workspace
    from edigate.partners.model import Partner


def the_partner(workspace: Workspace, name: str | None) -> Partner:
    """The partner of this name, or the only one. Raises ConfigError, UsageError."""
    if name:
        return workspace.partner(name)
    partners = workspace.partners()
    if len(partners) == 1:
        return partners[0]
    if not partners:
        raise ConfigError(
            "this workspace has no partner yet",
            hint="Begin one: edigate partner add NAME --pack PACK (edigate partner list shows the packs).",
        )
    raise UsageError(
        f"there are {len(partners)} partners; say which one", hint="--partner " + " | ".join(p.name for p in partners)
    )
