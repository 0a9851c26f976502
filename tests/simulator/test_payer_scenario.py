"""Scenario files: what is refused before it is played, and which claims a rule means."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from edigate.errors import ConfigError
from edigate.simulator.rule import Match, Rule
from edigate.simulator.scenario import SCENARIOS, Scenario, load_scenario
from tests.simulator.claim_files import claim, line

HEAD = 'name = "mine"\ntoday = 2026-06-30\n'


def load(tmp_path: Path, text: str) -> Scenario:
    path = tmp_path / "mine.toml"
    path.write_text(HEAD + text)
    return load_scenario(path)


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.toml")), ids=lambda path: path.stem)
def test_a_shipped_scenario_loads_by_its_name(path: Path) -> None:
    assert load_scenario(path.stem).name == path.stem


RULE = '[[rule]]\nname = "a"\nmatch.claims = ["A1"]\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sead = 3", r"mine\.toml: sead: .*seed"),
        ('[[rule]]\nname = "a"\nmatch.claim = ["A1"]', r"rule\[0\]\.match\.claim: .*claims"),
        ('[[rule]]\nname = "a"\nmatch = {}', "would mean every claim"),
        (RULE + 'pay.copay = 30', r"rule\[0\]\.pay\.copay"),
        (RULE + 'pay.copay = "30"', r"rule\[0\]\.pay\.copay"),
        ('[fees]\n99213 = "NaN"', r"fees"),
        (RULE + 'later = [{ day = 2, reverse = true }]', "before the adjudication"),
        (RULE + 'later = [{ day = 20, pay = {} }]', "reverse = true"),
        (
            RULE + 'silent = true\nreject_payer = { category = "A3", status = "1" }',
            "rejected once, or never answered",
        ),
        ('[expected]\npaid = ["A1"]\ndenied = ["A1"]', "A1 is also expected to be paid"),
        ('[expected]\nlost = ["A1"]', "expected"),
        (RULE + 'reject_interchange = "024"\nsilent = true', "rejected once, or never answered"),
        (RULE + 'later = [{ day = 20, recover_days = 3 }]', "needs reverse = true"),
        (RULE + 'later = [{ day = 20, reverse = true, pay_days = 3 }]', "no pay that it would put off"),
        (RULE + 'pay = { deny = { reason = "29" }, zero_pay = { reason = "24" } }', "not both"),
        ('[[delivery]]\nkind = "835"', "says nothing that happens"),
        ('[[delivery]]\nkind = "999"\nchanged = 3', "only of an 835"),
        ('[[delivery]]\nkind = "835"\npayer = "NWHP2"\nlate = 3', "there is no payer NWHP2"),
        ('[[delivery]]\nkind = "835"\nlate = 3\nresend = 1', "no such setting"),
        ('[[stranger]]\nnumber = "Z"\npayer = "NWHP2"', "there is no payer NWHP2"),
    ],
)
def test_a_scenario_that_can_not_be_meant_is_refused_with_its_key(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load(tmp_path, text)


def test_an_unknown_scenario_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"(?s)no scenario 'demmo'.*demo"):
        load_scenario("demmo")


@pytest.mark.parametrize(
    ("match", "means"),
    [
        (Match(claims=("A1", "A2")), True),
        (Match(claims=("A2",)), False),
        (Match(prefix="A"), True),
        (Match(prefix="B"), False),
        (Match(billing_npi="1234567893"), True),
        (Match(billing_npi="1999999984"), False),
        (Match(payer_id="NWHP1"), True),
        (Match(procedure="36415"), True),
        (Match(procedure="99214"), False),
        (Match(diagnosis="J069"), True),
        (Match(diagnosis="I10"), False),
        (Match(place_of_service="11", frequency="1"), True),
        (Match(place_of_service="11", frequency="7"), False),
        (Match(prefix="A", payer_id="OTHER"), False),
    ],
)
def test_a_rule_means_the_claims_for_which_every_key_holds(match: Match, means: bool) -> None:
    assert match.means(claim("A1", line("99213", "165.00"), line("36415", "18.00"))) is means


def test_the_first_rule_that_means_a_claim_decides() -> None:
    rules = (Rule(name="one", match=Match(claims=("A1",))), Rule(name="all", match=Match(prefix="A")))
    scenario = Scenario(name="test", today=date(2026, 6, 30), rule=rules)
    names = [scenario.rule_for(claim(number)).name for number in ("A1", "A2", "B1")]
    assert names == ["one", "all", "paid as the contract says"]
