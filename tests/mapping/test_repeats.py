"""`each`: a list of records of the claim made of a list of records in JSON, and lists inside of lists."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from edigate.errors import ConfigError
from edigate.findings import Severity, Source
from edigate.mapping.engine import load_mapping

Convert = Callable[..., Any]

PAYERS = """\
kind = "professional"
[source]
format = "json"
unknown_columns = "refuse"
ignore = ["sentBy", "lines.colour"]
[[refuse]]
when = "void == 'true'"
because = "it was voided"
[[warn]]
when = "sample == 'true'"
because = "a sample"
[claim]
patient_control_number = { from = "id" }
[[claim.other_subscribers]]
each = "work.payers"
responsibility = { value = "P" }
payer_name = { from = "name", required = true }
paid_amount = { from = "paid", use = "money" }
[[claim.other_subscribers.adjustment_groups]]
each = "reductions"
group = { from = "group", required = true }
adjustments = { each = "why", reason = { from = "code" }, amount = { from = "cents", use = "money" } }
[line]
each = "lines"
procedure = { from = "code" }
[[line.adjudications]]
each = "payers"
payer_id = { from = "id", required = true }
"""

GOOD = {
    "id": "1",
    "sentBy": {"who": "nobody asks"},
    "work": {"payers": [
        {"name": "First Plan", "paid": "10.50", "reductions": [
            {"group": "CO", "why": [{"code": "45", "cents": "1.00"}, {"code": "253", "cents": ".50"}]},
            {"group": "PR", "why": [{"code": "1", "cents": "2.00"}]}]},
        {"name": "Second Plan"},
    ]},
    "lines": [{"code": "99213", "colour": "blue", "payers": [{"id": "A"}, {"id": "B"}]}],
}  # fmt: skip


def with_payers(change: Callable[[dict[str, Any]], None]) -> str:
    record = json.loads(json.dumps(GOOD))
    change(record)
    return json.dumps([record])


def test_each_record_of_the_list_becomes_one_of_the_claim(convert: Convert) -> None:
    (mapped,), _ = convert(PAYERS, json.dumps([GOOD]), name="visits.json")
    assert mapped.findings == ()
    first, second = mapped.claim.other_subscribers
    assert (first.payer_name, first.paid_amount, second.payer_name) == ("First Plan", Decimal("10.50"), "Second Plan")
    assert [(g.group, [(a.reason, a.amount) for a in g.adjustments]) for g in first.adjustment_groups] == [
        ("CO", [("45", Decimal(1)), ("253", Decimal("0.5"))]),
        ("PR", [("1", Decimal(2))]),
    ]
    assert not second.adjustment_groups
    assert [a.payer_id for a in mapped.claim.service_lines[0].adjudications] == ["A", "B"]


def test_what_is_wrong_inside_a_list_is_told_with_its_whole_path(convert: Convert) -> None:
    def spoil(record: dict[str, Any]) -> None:
        record["work"]["payers"][0]["reductions"][0]["why"][1]["cents"] = "half"
        record["work"]["payers"].insert(0, {})  # nothing in it: nothing is made of it, and nothing is wrong with it
        record["work"]["payers"][2]["name"] = ""
        record["work"]["payers"][2]["paid"] = 3
        record["lines"][0]["payers"][1] = {"id": ""}

    (mapped,), _ = convert(PAYERS, with_payers(spoil), name="visits.json")
    assert mapped.claim is None
    found = {f.field: f.sources[0].column for f in mapped.findings}
    assert found == {
        "other_subscribers[0].adjustment_groups[0].adjustments[1].amount": "work.payers[1].reductions[0].why[1].cents",
        "other_subscribers[1].payer_name": "work.payers[2].name",
    }
    assert mapped.findings[0].message.startswith("visits.json row 1, column work.payers[1].reductions[0].why[1].cents")


def test_the_way_back_leads_into_the_list(convert: Convert) -> None:
    (mapped,), _ = convert(PAYERS, json.dumps([GOOD]), name="visits.json")
    assert mapped.trace.sources("other_subscribers[0].adjustment_groups[0].adjustments[1].amount") == (
        Source("visits.json", 1, "work.payers[0].reductions[0].why[1].cents"),
    )
    assert mapped.trace.sources("service_lines[0].adjudications[1].payer_id") == (
        Source("visits.json", 1, "lines[0].payers[1].id"),
    )
    fields = [step.field for step in mapped.trace.steps()]
    assert "other_subscribers[1].payer_name" in fields


def test_a_name_nobody_reads_inside_a_list_is_told_and_an_ignored_one_isnt(convert: Convert) -> None:
    def misspell(record: dict[str, Any]) -> None:
        record["work"]["payers"][1]["pade"] = 1

    (mapped,), _ = convert(PAYERS, with_payers(misspell), name="visits.json")
    assert [(f.code, f.sources[0].column) for f in mapped.findings] == [
        ("mapping-column-unknown", "work.payers[1].pade")
    ]
    assert "did you mean work.payers.paid?" in mapped.findings[0].message


def test_what_isnt_a_list_of_records_refuses_the_claim(convert: Convert) -> None:
    (mapped,), _ = convert(PAYERS, with_payers(lambda r: r["work"].update(payers=["x"])), name="visits.json")
    assert "work.payers is a list or an object where" in mapped.findings[-1].message


def test_a_warning_travels_with_the_claim_and_a_refusal_ends_it(convert: Convert) -> None:
    said = PAYERS.replace('"sentBy"', '"sentBy", "sample"')
    (warned,), _ = convert(said, with_payers(lambda r: r.update(sample=True)))
    assert warned.claim is not None
    assert [(f.code, f.severity) for f in warned.findings] == [("mapping-warned", Severity.WARNING)]
    (refused,), _ = convert(PAYERS, with_payers(lambda r: r.update(void=True)))
    assert [(f.code, f.severity) for f in refused.findings] == [("mapping-refused", Severity.ERROR)]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('each = "work.payers"', 'each = "work.payers[*]"', "must be the path of a list"),
        ('each = "work.payers"', "each = 3", "must be the path of a list"),
        ('format = "json"\nunknown_columns = "refuse"\nignore = ["sentBy", "lines.colour"]', 'format = "csv"', "a CSV"),
        ('from = "name", required', 'frm = "name", required', "claim.other_subscribers[0].payer_name.frm isn't known"),
        ('from = "name", required', 'from = "p.name", required', "is a lookup's"),
        ('because = "a sample"', 'becase = "a sample"', "warn.0.becase isn't known; did you mean because?"),
        ('ignore = ["sentBy"', 'ignroe = ["sentBy"', "source.ignroe isn't known; did you mean ignore?"),
        ('reason = { from', 'raison = { from', "adjustments[0].raison isn't known; did you mean reason?"),
    ],
)  # fmt: skip
def test_a_list_that_cant_be_meant_is_refused_with_its_key(old: str, new: str, said: str) -> None:
    text = PAYERS.replace(old, new) + '[lookup.p]\nfile = "p.csv"\nkey = "id"\n'
    assert text.count(new)
    with pytest.raises(ConfigError) as caught:
        load_mapping(text, "visits.toml")
    assert said in str(caught.value)


def test_a_refusal_may_look_at_every_record_of_a_list(convert: Convert) -> None:
    mapping = PAYERS.replace(
        "[claim]\n",
        '[[refuse]]\non = "work.payers"\nwhen = "kind not in (\'\', \'plan\')"\nbecause = "no plan"\n[claim]\n',
    )
    (mapped,), _ = convert(mapping, with_payers(lambda r: r["work"]["payers"][1].update(kind="friend")), name="v.json")
    assert [(f.code, f.message) for f in mapped.findings] == [
        ("mapping-refused", "v.json row 1, column work.payers[1].kind: no plan")
    ]
    (kept,), _ = convert(mapping, with_payers(lambda r: r["work"]["payers"][1].update(kind="plan")), name="v.json")
    assert kept.claim is not None
    with pytest.raises(ConfigError, match=r"refuse\[1\].on must be claim, row, line, or in JSON the path of a list"):
        load_mapping(mapping.replace('on = "work.payers"', 'on = "work.payers[*]"'), "visits.toml")
