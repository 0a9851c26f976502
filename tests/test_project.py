"""The house keeps its own rules: what is documented exists, what exists is documented, nothing grows too big."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec
import pytest

import edigate
from edigate.cli import COMMANDS, LazyGroup, group
from edigate.config import Config
from edigate.partners.model import Partner

REPOSITORY = Path(__file__).resolve().parent.parent
SOURCES = sorted((REPOSITORY / "edigate").rglob("*.py"))


def committed() -> list[Path]:
    """The files git knows, or all that look like ours where this is no checkout (an sdist)."""
    if (REPOSITORY / ".git").exists() and shutil.which("git"):
        listed = subprocess.run(
            ["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, check=True
        )
        names = listed.stdout.decode().split("\0")
        return [path for name in names if name and (path := REPOSITORY / name).is_file()]
    folders = ("edigate", "mappings", "tests", "docs", "systemd", "fixtures", "benchmarks")
    return [path for name in folders for path in (REPOSITORY / name).rglob("*") if path.is_file()]


def settings_of(type_: type, prefix: str = "") -> Iterator[str]:
    """Every dotted key a settings file of this type may hold; a list of tables as `name[]`."""

    def keys(info: msgspec.inspect.Type, at: str) -> Iterator[str]:
        match info:
            case msgspec.inspect.StructType():
                for field in info.fields:
                    yield from keys(field.type, f"{at}.{field.encode_name}" if at else field.encode_name)
            case msgspec.inspect.UnionType():
                for one in info.types:
                    if not isinstance(one, msgspec.inspect.NoneType):
                        yield from keys(one, at)
            case msgspec.inspect.VarTupleType(item_type=msgspec.inspect.StructType() as item):
                yield from keys(item, f"{at}[]")
            case _:
                yield at

    yield from keys(msgspec.inspect.type_info(type_), prefix)


def test_every_command_is_in_the_readme_and_the_version_in_one_place() -> None:
    readme = (REPOSITORY / "README.md").read_text()
    assert [name for name in COMMANDS if f"`edigate {name}" not in readme] == []
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    assert "version" in project["project"]["dynamic"]
    assert project["tool"]["hatch"]["version"]["path"] == "edigate/__init__.py"
    assert re.fullmatch(r"\d+\.\d+\.\d+((a|b|rc|\.dev)\d+)?", edigate.__version__)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_loads_explains_itself_and_shows_an_example(name: str) -> None:
    assert isinstance(group, LazyGroup)
    context = click.Context(group, info_name="edigate")
    command = group.get_command(context, name)
    assert command is not None, name
    text = command.get_help(click.Context(command, info_name=name, parent=context))
    assert f"edigate {name}" in text.split("Usage:")[1].split("\n", 1)[1], "an example of its use"
    if not isinstance(command, click.Group):
        assert "--json" in text


@pytest.mark.parametrize("type_", [Config, Partner])
def test_every_setting_is_documented(type_: type) -> None:
    text = (REPOSITORY / "docs" / "configuration.md").read_text()
    keys = list(settings_of(type_))
    assert [key for key in keys if f"`{key}`" not in text] == []
    assert len(keys) >= 9


def test_every_runtime_dependency_has_its_reason() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    text = (REPOSITORY / "docs" / "dependencies.md").read_text().lower()
    names = [re.match(r"[A-Za-z0-9-]+", one) for one in project["dependencies"]]
    assert [name[0] for name in names if name and f"pypi.org/project/{name[0].lower()}/" not in text] == []


def test_what_tests_run_with_is_locked_by_hash() -> None:
    """Every package that pyproject.toml asks for to develop, or needs, in one version."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    asked = {re.split(r"[^A-Za-z0-9_.-]", line)[0].lower().replace("_", "-")
             for line in [*project["dependencies"], *project["optional-dependencies"]["dev"]]}  # fmt: skip
    lock = (REPOSITORY / "requirements" / "dev.txt").read_text()
    pinned = set(re.findall(r"^([a-z0-9.-]+)(?:\[[a-z,]+\])?==\S+.* \\\n +--hash=sha256:", lock, re.MULTILINE))
    assert asked - pinned == set()
    assert "://" not in lock


def test_links_between_documents_lead_somewhere() -> None:
    broken = []
    for path in [*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")]:
        targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text())
        broken += [one for one in targets if "://" not in one and not (path.parent / one).exists()]
    assert broken == []


def test_no_file_is_two_things() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in SOURCES}
    assert [f"{path.relative_to(REPOSITORY)}: {n}" for path, n in lengths.items() if n > 500] == []


def test_every_source_file_says_what_it_knows() -> None:
    silent = [path for path in SOURCES if path.read_text().strip() and not path.read_text().startswith('"""')]
    assert silent == []


def test_nothing_of_a_machine_is_committed() -> None:
    # Pieced together, or this file would be the first to fail.
    places = re.compile("|".join(["/" + "root/", "/" + "work/", "/home/" + "[a-z]+/", "/Users/" + "[a-z]+/"]))
    found = []
    for path in committed():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(REPOSITORY)}: {match[0]}" for match in places.finditer(text)]
    assert found == []


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys, edigate.cli\n"
        "code = edigate.cli.main(['--help'])\n"
        "heavy = {'paramiko', 'sqlalchemy', 'alembic', 'rich', 'structlog', 'pyx12'} & sys.modules.keys()\n"
        "print(sorted(heavy), file=sys.stderr)\n"
        "sys.exit(code)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert ended.stderr.strip() == "[]"
    assert all(entry.short_help in re.sub(r"\s+", " ", ended.stdout) for entry in COMMANDS.values())
