"""A folder of maps for pyx12: its own and edigate's, so that pyx12 itself judges by the guides we wrote.

Knows that pyx12 takes its index, code lists, data elements and maps from one folder (`map_path`) or from
its package, never from both. Refuses to touch pyx12's package.
"""

from __future__ import annotations

import functools
import re
import tempfile
from collections.abc import Iterable
from importlib.resources import as_file, files
from pathlib import Path

from edigate.errors import InternalError
from edigate.x12.guide import KnownGuide, known_guides

_INDEX = "maps.xml"
_VERSION_5010 = re.compile(r'<version\s+icvn="00501"\s*>')


@functools.cache
def pyx12_folder() -> Path:
    """The folder, made once a process and gone with it. Everything but the index is a link."""
    temporary = _temporary()
    folder = Path(temporary.name)
    own = [known for known in known_guides() if known.origin == "edigate"]
    # pyx12 and edigate are installed as files, not zipped: pyx12 itself relies on it.
    with as_file(files("pyx12").joinpath("map")) as shipped, as_file(files("edigate.x12").joinpath("guides")) as ours:
        for path in shipped.iterdir():
            if path.suffix == ".xml" and path.name != _INDEX:
                (folder / path.name).symlink_to(path)
        for known in own:
            (folder / known.map).unlink(missing_ok=True)  # a later pyx12 may ship a map of that name
            (folder / known.map).symlink_to(ours / known.map)
        index = (shipped / _INDEX).read_text("utf-8")
    (folder / _INDEX).write_text(with_guides(index, own), "utf-8")
    return folder


def with_guides(index: str, guides: Iterable[KnownGuide]) -> str:
    """pyx12's index with a row for every name of every guide, before the rows it has: the first one counts."""
    rows = "".join(
        f'<map vriic="{version}" fic="{known.functional_id}" abbr="{known.transaction_set}">{known.map}</map>\n'
        for known in guides
        for version in (known.version, *(alias.version for alias in known.alias))
    )
    extended, places = _VERSION_5010.subn(lambda match: f"{match[0]}\n{rows}", index, count=1)
    if not places:
        raise InternalError("pyx12's index of maps has no version 00501")
    return extended


@functools.cache
def _temporary() -> tempfile.TemporaryDirectory[str]:
    """Kept, since the folder goes when nobody holds it."""
    return tempfile.TemporaryDirectory(prefix="edigate-pyx12-")
