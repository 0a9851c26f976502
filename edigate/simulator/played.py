"""A simulated clearinghouse that keeps its folders as a partner's pack says: names it refuses, markers it leaves.

Knows names and folders; what files mean is the clearinghouse's.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from pathlib import Path

from edigate.simulator.service import Simulator


class PlayedPartner(Simulator):
    """A simulator whose send folder takes only names that match `takes`.

    `markers` are names it leaves for a file it took in, `refusals` for one it refused (`{file}-*-FAILED`), as a
    partner's settings have them; a refused file itself is moved where a refusal has its very name in another folder.
    Folders are the server's, with or without a slash before them.
    """

    def __init__(
        self,
        root: Path,
        *,
        send: str,
        receive: Sequence[str],
        takes: str = "*",
        takes_away: bool = False,
        markers: Sequence[str] = (),
        refusals: Sequence[str] = (),
    ) -> None:
        super().__init__(
            root, send=send.strip("/") or ".", receive=receive[-1].strip("/") or ".", takes_away=takes_away
        )
        self._takes = takes
        self._markers = markers
        self._refusals = refusals
        self._batches = 0
        self.refused: list[str] = []
        others = [pattern.rpartition("/")[0] for pattern in (*markers, *refusals)]
        for folder in (*receive, *others):
            (self.root / folder.strip("/")).mkdir(parents=True, exist_ok=True)

    def arrive(self, place: Path) -> None:
        """A file stands in the send folder: for partners that are a folder and no server."""
        self._arrived(place)

    def _arrived(self, place: Path) -> None:
        if place.parent != self.send:
            return
        if not fnmatch.fnmatchcase(place.name, self._takes):
            self.refused.append(place.name)
            self._leave(place, self._refusals)
            return
        name = place.name
        super()._arrived(place)
        self._leave(self.send / name, self._markers)

    def _leave(self, place: Path, patterns: Sequence[str]) -> None:
        self._batches += 1
        for pattern in patterns:
            folder, slash, name = pattern.rpartition("/")
            where = self.root / folder.strip("/") if slash else self.send
            target = where / name.replace("*", f"{20260630000000 + self._batches}").replace("{file}", place.name)
            if target.name == place.name:
                place.replace(target)
            else:
                target.touch()
