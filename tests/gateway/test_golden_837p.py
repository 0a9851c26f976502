"""The 837P we make of another vendor's claims beside the 837P that vendor makes of them, segment by segment.

The goldens are independent: nobody here had a hand in them. Every difference stands in the tables below with who
is right by the guide (005010X222A1) and why; one that isn't there, or no longer comes, fails.
"""

from __future__ import annotations

import difflib
import io
import json
from datetime import date, time
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from edigate.claims.bindings import binding_of_kind
from edigate.claims.model import Contact, Submission
from edigate.config import Workspace
from edigate.gateway.convert import convert
from edigate.gateway.opening import Gateway
from edigate.mapping.engine import load_mapping
from edigate.mapping.program import MappedClaim
from edigate.x12.segments import Delimiters
from edigate.x12.write import Serializer

MAPPINGS = Path(__file__).parents[2] / "mappings"
ENVELOPE = {"ISA", "GS", "ST", "SE", "GE", "IEA"}


class Difference(NamedTuple):
    """Segments that stand in the vendor's file and those in ours in their place; who is right, and why."""

    theirs: tuple[str, ...]
    ours: tuple[str, ...]
    right: str
    because: str


CAPITALS = "names and addresses are written in capitals, which most payers' systems hold; the basic character set"

EXPLAINED: dict[str, list[Difference]] = {
    "minimal": [
        Difference(
            ("NM1*85*2*Ben Kildare Service*****XX*9876543210",),
            ("NM1*85*2*BEN KILDARE SERVICE*****XX*9876543210",),
            "both",
            CAPITALS,
        ),
        Difference(
            ("SBR*P", "NM1*IL*1*Smith*Jane****MI*JS00111223333"),
            ("SBR*P*18", "NM1*IL*1*SMITH*JANE****MI*JS00111223333"),
            "ours",
            "SBR02 must be 18 where the patient is the subscriber, and no patient is given (2000B); and " + CAPITALS,
        ),
    ],
    "all-fields": [
        Difference(
            (),
            ("REF*FY*587654321",),
            "both",
            "moved: in 2010AC the guide lists the plan's secondary id (FY) before its tax id (EI)",
        ),
        Difference(("REF*FY*587654321",), (), "both", "where it moved from"),
        Difference(
            ("PAT*****D8*19900201*01*176*Y",),
            (),
            "ours",
            "2000B PAT is for a patient who is the subscriber; this patient isn't, and has a PAT of its own (2000C)",
        ),
        Difference(
            ("NM1*77*2*Service Facility*****XX*000000004",),
            ("NM1*77*2*SERVICE FACILITY*****XX*000000004",),
            "both",
            CAPITALS,
        ),
        Difference(
            ("NM1*DQ*1*Sup*JONE*C***XX*SupProv",), ("NM1*DQ*1*SUP*JONE*C***XX*SupProv",), "both", CAPITALS
        ),
        Difference(
            ("SV1*HC:99299:26:27:28:29*40*UN*1*11**1:2**Y**Y*Y***0",),
            ("SV1*HC:99299:26:27:28:29*40*UN*1***1:2**Y**Y*Y***0",),
            "ours",
            "SV105 is said only where the line's place of service differs from the claim's (CLM05), and both are 11",
        ),
        Difference(
            (),
            ("REF*9B*Repriced", "REF*9D*AdjRepriced"),
            "both",
            "moved: REFs of a line come in the order in which the guide lists them: 9B, 9D, G1, 6R",
        ),
        Difference(("REF*9B*Repriced", "REF*9D*AdjRepriced"), (), "both", "where they moved from"),
        Difference(
            ("NM1*DQ*1*Sup*JONE*C***XX*SupProv",), ("NM1*DQ*1*SUP*JONE*C***XX*SupProv",), "both", CAPITALS
        ),
        Difference(
            (),
            (
                "LQ*UT*02.03B", "FRM*1*Y", "FRM*2**Our Response", "FRM*3***20250201", "FRM*4****12.5",
                "LQ*UT*FormID", "FRM*1*N",
            ),
            "ours",
            "the request holds two forms with their answers (2440), which the vendor's file leaves out",
        ),
    ],
    # Published examples of the guide's publisher that the vendor's converter turned into claims, and we back to X12.
    "013": [
        Difference(
            ("CR1*LB*275**A*DH*10***ROUNDTRIP DESC",),
            ("CR1*LB*275**A*DH*10***Roundtrip Desc",),
            "both",
            "the test capitalises the vendor's file, which holds small letters here; we keep free text as it is",
        )
    ],
    "014": [],
    "015": [],
    "016": [
        Difference(
            ("DTP*472*RD8*20050321-20050321", "DTP*461*D8*20050325"),
            ("DTP*472*D8*20050321",),
            "both",
            "one day as a period says the same; the guide asks for a period where the service took more than a day."
            " 461 moved: the guide lists 472, 607, 463, 461",
        ),
        Difference((), ("DTP*461*D8*20050325",), "both", "where it moved to"),
    ],
}  # fmt: skip


def mapped(content: bytes, name: str) -> list[MappedClaim]:
    path = MAPPINGS / "hdi-837p.toml"
    mapping = load_mapping(path.read_text(encoding="utf-8"), path.name, lambda lookup, pattern: [])
    return list(mapping.convert(mapping.read(io.BytesIO(content), name)))


def written(head: Submission, made: list[MappedClaim]) -> list[str]:
    """Our segments between ST and SE, elements divided by `*`."""
    serializer = Serializer(Delimiters())
    claims = [one.claim for one in made if one.claim is not None]
    assert len(claims) == len(made), [finding.message for one in made for finding in one.findings]
    return ["*".join(serializer.texts(e)) for e in binding_of_kind("professional").encode_claims(head, claims)]


def segments_of(path: Path, *, capitals: bool = False) -> list[str]:
    """The segments of a golden between ST and SE, with our delimiters."""
    content = path.read_text(encoding="latin-1")
    element, component, terminator = content[3], content[104], content[105]
    texts = [text.strip("\r\n") for text in content.split(terminator)]
    kept = [text for text in texts if text and text.split(element)[0] not in ENVELOPE]
    plain = [text.replace(element, "*").replace(component, ":") for text in kept]
    return [text.upper() for text in plain] if capitals else plain


def differences(theirs: list[str], ours: list[str]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    matcher = difflib.SequenceMatcher(None, theirs, ours, autojunk=False)
    return [
        (tuple(theirs[a:b]), tuple(ours[c:d])) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal"
    ]


def head_of(request: dict[str, Any]) -> Submission:
    """BHT and 1000A, 1000B, which in edigate are a partner's settings, as the request has them."""
    transaction = request["transaction"]
    sender, receiver = transaction["sender"], transaction["receiver"]
    return Submission(
        reference=transaction["originatorApplicationTransactionId"],
        created_on=date.fromisoformat(transaction["creationDate"]),
        created_at=time.fromisoformat(transaction["creationTime"]),
        submitter_name=sender["lastNameOrOrgName"],
        submitter_id=sender["identifier"],
        submitter_contacts=[Contact(email=sender["contacts"][0]["contactNumbers"][0]["number"])],
        receiver_name=receiver["lastNameOrOrgName"],
        receiver_id=receiver["identifier"],
    )


@pytest.mark.real
@pytest.mark.parametrize(("name", "golden"), [("minimal", "018"), ("all-fields", "017")])
def test_what_we_make_of_a_request_differs_from_the_vendors_only_as_explained(
    corpus: Path, name: str, golden: str
) -> None:
    content = (corpus / "inputs" / "claim-json" / f"hdi-837p-{name}.json").read_bytes()
    ours = written(head_of(json.loads(content)), mapped(content, name))
    theirs = segments_of(next((corpus / "corpus" / "837P").glob(f"{golden}-*")))
    assert differences(theirs, ours) == [(known.theirs, known.ours) for known in EXPLAINED[name]]
    assert all(known.right in {"ours", "both"} and known.because for known in EXPLAINED[name])


@pytest.mark.real
@pytest.mark.parametrize("number", ["013", "014", "015", "016"])
def test_what_the_vendors_converter_read_we_write_again(corpus: Path, number: str) -> None:
    claims = json.loads((corpus / "corpus" / "golden" / f"837P-{number}-1.json").read_text(encoding="utf-8"))
    ours = written(Submission(), mapped(json.dumps({"claims": claims}).encode(), number))
    theirs = segments_of(next((corpus / "corpus" / "837P").glob(f"{number}-*")), capitals=True)
    ours = ours[next(at for at, text in enumerate(ours) if text.startswith("HL*")) :]
    theirs = theirs[next(at for at, text in enumerate(theirs) if text.startswith("HL*")) :]
    assert differences(theirs, ours) == [(known.theirs, known.ours) for known in EXPLAINED[number]]


@pytest.mark.real
def test_the_vendors_examples_are_refused_before_sending_for_what_is_wrong_with_them(
    corpus: Path, workspace: Workspace
) -> None:
    """They show the format: their NPIs fail the check digit, their lines and payers don't add up."""
    path = corpus / "inputs" / "claim-json" / "hdi-837p-all-fields.json"
    with Gateway.open(workspace) as gateway:
        report = convert(gateway, path, str(MAPPINGS / "hdi-837p.toml"), workspace.partner("acme"))
    assert (report.claims_made, report.refused) == (0, 1)
    codes = {finding.code for one in report.refusals for finding in one.findings if finding.severity == "error"}
    assert {"NPI"} & {code.partition("-")[0] for code in codes}, codes
