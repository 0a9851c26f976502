"""Who watches from outside: metrics that Prometheus reads, one call for each new thing, how each step last ended."""

from __future__ import annotations

import json
import os
import re
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from edigate.cli import main
from edigate.config import Workspace, load_workspace
from edigate.errors import ConfigError, LoginRefusedError, PartnerUnreachableError
from edigate.gateway.afterwards import afterwards, ends_of, watched
from edigate.gateway.convert import convert
from edigate.gateway.nightly import nightly
from edigate.gateway.receive import receive
from edigate.gateway.send import send
from edigate.gateway.watching import StepEnd, read_watch
from edigate.reports.metrics import HELP
from edigate.transport import Transport
from tests.conftest import SETTINGS
from tests.gateway.practice import MAPPING, Clock, TestGateway, extract, row, visits

Open = Callable[[Workspace], TestGateway]
HOOK = "import sys, os; open('calls', 'a').write(sys.stdin.read()); open('environ', 'w').write(str(dict(os.environ)))"


def watching(workspace: Workspace, **settings: str) -> Workspace:
    """The workspace with metrics in `out/edigate.prom`, and a hook that writes its calls down (or another one)."""
    hook = settings.get("hook", json.dumps([sys.executable, "-c", HOOK]))
    text = f'[metrics]\ntextfile = "out/edigate.prom"\n[alerts]\non_attention = {hook}\ntimeout_seconds = 20\n'
    (workspace.root / "edigate.toml").write_text(SETTINGS + text)
    return load_workspace(workspace.root)


@pytest.fixture
def gateway(workspace: Workspace, opened: Open) -> TestGateway:
    return opened(watching(workspace))


def calls(gateway: TestGateway) -> list[dict[str, Any]]:
    path = gateway.workspace.root / "calls"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def numbers(gateway: TestGateway) -> dict[tuple[str, ...], float]:
    """The metrics' file as Prometheus' own parser reads it: name and labels' values to the number."""
    text = (gateway.workspace.root / "out" / "edigate.prom").read_text()
    families = list(text_string_to_metric_families(text))
    assert {family.type for family in families} == {"gauge"}
    assert all(family.documentation for family in families)
    return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


def sending(gateway: TestGateway) -> list[str]:
    """What `edigate send` does; what it says of those who watch."""
    told: list[str] = []
    with watched(gateway, "send", told.append) as ends:
        ends.extend(ends_of("send", [send(gateway, gateway.workspace.partner("acme"))], gateway.clock()))
    return told


def down() -> Transport:
    raise PartnerUnreachableError("acme doesn't answer.")


def locked() -> Transport:
    raise LoginRefusedError("The login was refused.")


# Metrics


def test_metrics_tell_where_claims_dollars_and_files_are(gateway: TestGateway, inbox: Path, clock: Clock) -> None:
    acme = gateway.workspace.partner("acme")
    convert(gateway, extract(inbox, [*visits(3), row("BAD", billing_npi="1")]), MAPPING, acme)
    sending(gateway)
    clock.pass_by(hours=2)
    afterwards(gateway, [], lambda text: None)
    found = numbers(gateway)
    assert found["edigate_claims", "acme", "sent"] == 3
    assert found["edigate_claims", "acme", "refused"] == 1
    assert found["edigate_claims", "acme", "paid"] == 0
    assert found["edigate_outstanding_dollars", "acme"] == 495.0
    assert found["edigate_files_unacknowledged", "acme"] == 1
    assert found["edigate_unacknowledged_age_seconds", "acme"] == 7200
    assert found["edigate_files_uncertain", "acme"] == 0
    assert found["edigate_attention", "refused", "true"] == 1
    sent_at = clock.now.timestamp() - 7200
    assert found["edigate_step_last_success_timestamp_seconds", "send", "acme"] == sent_at
    assert found["edigate_step_last_exit_code", "send", "acme"] == 0
    assert {name for name, *_ in found} <= HELP.keys()


def test_a_failed_step_keeps_the_time_of_its_last_success(gateway: TestGateway, inbox: Path, clock: Clock) -> None:
    began = clock.now.timestamp()
    sending(gateway)
    clock.pass_by(hours=1)
    convert(gateway, extract(inbox, visits(1)), MAPPING, gateway.workspace.partner("acme"))
    gateway.lines = {"acme": down}
    sending(gateway)
    found = numbers(gateway)
    assert found["edigate_step_last_exit_code", "send", "acme"] == 75
    assert found["edigate_step_last_run_timestamp_seconds", "send", "acme"] == began + 3600
    assert found["edigate_step_last_success_timestamp_seconds", "send", "acme"] == began


def test_the_file_is_exchanged_whole_and_readable_by_the_exporter(gateway: TestGateway) -> None:
    os.umask(0o077)
    nightly(gateway)
    path = gateway.workspace.root / "out" / "edigate.prom"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [one.name for one in path.parent.iterdir()] == ["edigate.prom"]
    assert stat.S_IMODE((gateway.workspace.state / "watch.json").stat().st_mode) == 0o600


def test_a_folder_that_is_missing_is_told_and_fails_nothing(gateway: TestGateway) -> None:
    (gateway.workspace.root / "out").rmdir()
    (told,) = sending(gateway)
    assert "metrics.textfile can't be written: no such file or directory" in told


def test_a_name_that_the_exporter_passes_over_is_refused(workspace: Workspace) -> None:
    (workspace.root / "edigate.toml").write_text(SETTINGS + '[metrics]\ntextfile = "out/edigate.txt"\n')
    with pytest.raises(ConfigError, match=r'metrics.textfile: expected a name that ends in ".prom"'):
        load_workspace(workspace.root)


def test_the_command_shows_or_writes_them(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workspace.root)
    assert main(["metrics"]) == 0
    assert 'edigate_claims{partner="acme",state="ready"} 0\n' in capsys.readouterr().out
    assert main(["metrics", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["name"] == "edigate_build_info"
    assert main(["metrics", "--write"]) == 78
    watching(workspace)
    assert main(["metrics", "--write"]) == 0
    assert (workspace.root / "out" / "edigate.prom").exists()


# Calling somebody


def test_each_new_thing_calls_once(gateway: TestGateway, inbox: Path, clock: Clock) -> None:
    acme = gateway.workspace.partner("acme")
    convert(gateway, extract(inbox, [row("BAD", billing_npi="1")], "a.csv"), MAPPING, acme)
    sending(gateway)
    sending(gateway)
    (first,) = calls(gateway)
    (thing,) = first["attention"]
    assert (thing["kind"], thing["count"], thing["new"]) == ("refused", 1, 1)
    assert thing["look"].startswith("claim ")
    convert(gateway, extract(inbox, [row("WORSE", billing_npi="2")], "b.csv"), MAPPING, acme)
    sending(gateway)
    (thing,) = calls(gateway)[-1]["attention"]
    assert (thing["count"], thing["new"], len(thing["ids"])) == (2, 1, 1)
    assert len(calls(gateway)) == 2


def test_deadlines_call_by_themselves(gateway: TestGateway, inbox: Path, clock: Clock) -> None:
    convert(gateway, extract(inbox, visits(2)), MAPPING, gateway.workspace.partner("acme"))
    sending(gateway)
    assert calls(gateway) == []
    clock.pass_by(hours=49)
    with watched(gateway, "receive", lambda text: None) as ends:
        ends.extend(ends_of("receive", [receive(gateway, gateway.workspace.partner("acme"))], clock()))
    assert [one["kind"] for one in calls(gateway)[0]["attention"]] == ["overdue_999"]


def test_a_refused_login_calls_once_until_it_was_well_again(gateway: TestGateway, inbox: Path) -> None:
    convert(gateway, extract(inbox, visits(1)), MAPPING, gateway.workspace.partner("acme"))
    lines: list[dict[str, Callable[[], Transport]]] = [{"acme": locked}, {"acme": locked}, {}, {"acme": locked}]
    for number, gateway.lines in enumerate(lines):
        sending(gateway)
        more = extract(inbox, visits(1, first=number + 2), f"{number}.csv")
        convert(gateway, more, MAPPING, gateway.workspace.partner("acme"))
    steps = [step for call in calls(gateway) for step in call["steps"]]
    assert [(step["step"], step["partner"], step["exit_code"]) for step in steps] == [("send", "acme", 77)] * 2


def test_trying_again_later_calls_nobody(gateway: TestGateway, inbox: Path) -> None:
    convert(gateway, extract(inbox, visits(1)), MAPPING, gateway.workspace.partner("acme"))
    gateway.lines = {"acme": down}
    sending(gateway)
    assert calls(gateway) == []


def test_nobody_is_named_and_no_secret_passed_on(gateway: TestGateway, inbox: Path) -> None:
    gateway.environ = {"PATH": os.environ["PATH"], "ACME_PASSWORD": "correct horse", "LANG": "C"}
    bad = row("ZQPATIENTX", billing_npi="1", subscriber_last_name="ZQNAMEX", diagnosis1="ZQDX")
    convert(gateway, extract(inbox, [bad]), MAPPING, gateway.workspace.partner("acme"))
    sending(gateway)
    assert len(calls(gateway)) == 1
    assert "ZQ" not in json.dumps(calls(gateway))
    given = (gateway.workspace.root / "environ").read_text()
    assert "LANG" in given
    assert "correct horse" not in given


@pytest.mark.parametrize(
    ("hook", "says"),
    [
        ('["./no-such-program"]', "can't be run: no such file"),
        (json.dumps([sys.executable, "-c", "raise SystemExit(3)"]), "ended with 3; it is called again"),
        (json.dumps([sys.executable, "-c", "import time; time.sleep(60)"]), "was ended after 0.5 s"),
    ],
)
def test_a_hook_that_fails_is_told_called_again_and_fails_nothing(
    workspace: Workspace, opened: Open, inbox: Path, hook: str, says: str
) -> None:
    watching(workspace, hook=hook)
    path = workspace.root / "edigate.toml"
    path.write_text(path.read_text().replace("= 20", "= 0.5" if "sleep" in hook else "= 20"))
    gateway = opened(load_workspace(workspace.root))
    convert(gateway, extract(inbox, [row("BAD", billing_npi="1")]), MAPPING, gateway.workspace.partner("acme"))
    told: list[str] = []
    report = nightly(gateway, warn=told.append)
    assert report.exit_code == 1
    assert says in told[0]
    watching(workspace)
    mended = opened(load_workspace(workspace.root))
    sending(mended)
    assert calls(mended)[0]["attention"][0]["kind"] == "refused"


# How steps ended


def test_a_step_that_raises_is_remembered_and_raises_on(gateway: TestGateway) -> None:
    with pytest.raises(ConfigError), watched(gateway, "post", lambda text: None):
        raise ConfigError("a setting is wrong")
    with pytest.raises(ValueError, match="ZQ"), watched(gateway, "receive", lambda text: None):
        raise ValueError("ZQMARKX")
    steps = read_watch(gateway.workspace.state).steps
    assert (steps["post"].exit_code, steps["post"].told) == (78, "a setting is wrong")
    assert (steps["receive"].exit_code, steps["receive"].told) == (70, "internal error (ValueError)")


def test_a_night_remembers_each_step_by_partner(gateway: TestGateway) -> None:
    gateway.lines = {"acme": locked}
    nightly(gateway)
    steps = read_watch(gateway.workspace.state).steps
    assert steps["receive acme"].exit_code == 77
    assert {name: end.exit_code for name, end in steps.items() if end.exit_code != 77} == {
        "send acme": 0, "post": 0, "reconcile": 0, "nightly": 1,
    }  # fmt: skip


def test_a_memory_that_is_lost_or_damaged_begins_anew(gateway: TestGateway) -> None:
    (gateway.workspace.state / "watch.json").write_text("{")
    afterwards(gateway, [StepEnd("post", gateway.clock(), 0)], lambda text: None)
    assert list(read_watch(gateway.workspace.state).steps) == ["post"]


def test_status_tells_of_last_night_at_a_glance(gateway: TestGateway, capsys: pytest.CaptureFixture[str]) -> None:
    at = ["status", "--workspace", str(gateway.workspace.root)]
    main(at)
    assert "Last night" not in capsys.readouterr().out
    nightly(gateway)
    gateway.lines = {"acme": locked}
    nightly(gateway)
    assert main(at) == 0
    night, header, _, first, *rest = capsys.readouterr().out.splitlines()
    assert night == "Last night: Tue 2026-06-30 18:00 UTC, nothing to do; it ended with something for a person"
    assert header.split("  ")[0] == "step"
    assert re.search(
        r"receive +acme +2026-06-30 18:00:00 +LOGIN REFUSED +The login was refused. \(last well 2026", first
    )
    assert any(re.match(r"send +acme +2026-06-30 18:00:00 +well$", line) for line in rest)
    main([*at, "--json"])
    last = json.loads(capsys.readouterr().out)["last"]
    assert last["night"]["exit_code"] == 1
    assert {step["exit_code"] for step in last["steps"]} == {0, 1, 77}
    main([*at, "--json", "--partner", "acme"])
    assert len(json.loads(capsys.readouterr().out)["last"]["steps"]) == len(last["steps"])
