"""Which of our lines a paid service is for, where payers quote our numbers, mistake them, or leave them out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from edigate.config import Workspace
from edigate.gateway.opening import Gateway
from tests.gateway.posting_books import detail, opened, payment, posted, sent, x835
from tests.simulator.claim_files import claim, line


@pytest.fixture
def gateway(workspace: Workspace) -> Iterator[Gateway]:
    """Three claims of two lines each have been sent: 100.00 and 20.00."""
    with opened(workspace) as one:
        for number in ("A", "B", "C"):
            sent(
                one,
                claim(number, line("99213", "100", control=f"{number}-1"), line("J1100", "20", control=f"{number}-2")),
            )
        yield one


def paid(number: str, *quoted: str) -> list[str]:
    """A claim paid in full, the second line first; `quoted` are the REF*6R of the two."""
    second, first = (("REF*6R*" + one,) if one else () for one in quoted)
    return [
        f"CLP*{number}*1*120*120*0*12*PCN{number}",
        *("SVC*HC:J1100*20*20**1", "DTM*472*20260615", *second),
        *("SVC*HC:99213*100*100**1", "DTM*472*20260615", *first),
    ]


def lines_of(gateway: Gateway, number: str) -> list[str]:
    """The numbers of our lines that the services of a claim's only adjudication are for."""
    found = detail(gateway, number)
    ours = {one.id: one.line_item_control_number for one in found.lines}
    (entry,) = found.payments
    return [ours.get(one.claim_line_id or 0, "none") for one in entry.services]


@pytest.mark.parametrize(
    ("quoted", "why"),
    [
        (("B-2", "B-1"), "as sent"),
        (("b-2", " B-1"), "but for case and blanks"),
        (("", ""), "not at all"),
        (("B-2", ""), "for one of them"),
        (("A-2", "A-1"), "of another claim's lines, which that claim's own services in the same file are for"),
        (("XX", "YY"), "of nobody's lines"),
    ],
)
def test_each_service_goes_to_its_line_however_the_payer_quotes_it(
    gateway: Gateway, quoted: tuple[str, str], why: str
) -> None:
    segments = [*paid("A", "A-2", "A-1"), *paid("B", *quoted), *paid("C", "C-2", "C-1")]
    assert posted(gateway, x835(payment("T1", *segments))).file.state == "posted"
    assert [lines_of(gateway, number) for number in ("A", "B", "C")] == [
        ["A-2", "A-1"],
        ["B-2", "B-1"],
        ["C-2", "C-1"],
    ], why


def test_lines_quoted_crosswise_are_believed(gateway: Gateway) -> None:
    """What the payer quotes says more than procedure and charge, which payers change."""
    posted(gateway, x835(payment("T1", *paid("A", "A-1", "A-2"))))
    assert lines_of(gateway, "A") == ["A-1", "A-2"]


def test_one_line_may_be_paid_in_two_parts(gateway: Gateway) -> None:
    posted(gateway, x835(payment("T1", *paid("A", "A-1", "A-1"))))
    assert lines_of(gateway, "A") == ["A-1", "A-1"]
