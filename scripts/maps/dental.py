"""The 837D guide 005010X224A2 in our notation; run it to write the map that edigate ships.

    python -m scripts.maps.dental

Knows envelope, header and hierarchy of the guide, and where its facts come from. Refuses to know XML
(`notation.py`) and the claim itself (`dental_claim.py`). Edit these, never the map: a test compares them.
"""
# fmt: off  # a loop is a line of its own and its children follow, as in the guide

from __future__ import annotations

from pathlib import Path

from scripts.maps.dental_claim import RELATIONSHIPS, claim
from scripts.maps.notation import UNLIMITED, Loop, Segment, loop, write
from scripts.maps.parts import address, dmg, hl, names, nm1, organization, per, provider, prv, ref, sbr

MAP = Path(__file__).resolve().parents[2] / "edigate" / "x12" / "guides" / "837D.5010.X224.A2.xml"
NAME = "HIPAA Health Care Claim: Dental X224A2-837"
VERSIONS = "005010X224,005010X224A1,005010X224A2,005010X224A3"

COMMENT = """
  837D Health Care Claim: Dental, ASC X12 005010X224A2, as a map for pyx12 4.
  Written for edigate (Apache-2.0) by scripts/maps/dental.py; edit that, not this file.

  The implementation guide is ASC X12's, and nothing of its text is here. The facts (which segments, in
  which order, how often, required or not, which codes) come from what is public:
    - 837D files that X12 published as examples, and the one of a clearinghouse that fills every field;
    - open source that sends or models the guide: Open Dental (it says for each element whether the guide
      uses it), TigerShark, EdiFabric's generated classes;
    - pyx12's maps: 837P X222A1 and 837I X223 for what all 837 share (envelope, hierarchy, names, other
      payers), 837D 4010 X097A1 for how dental segments are built;
    - payers' and clearinghouses' pages on single fields.
  Element types and lengths are pyx12's dataele.xml, external codes its codes.xml.

  Where public sources disagree, the map lets the claim pass: a good claim refused here is never paid, a
  poor one passed comes back in the payer's 999. Those places:
    - PRV in 2310B, 2310D, 2420A and 2420B is situational; some sources say required.
    - SBR05 (Medicare secondary) is situational with 837P's codes; some say not used.
    - 2010AB NM103 and 2010AA NM107 are situational; some say not used.
    - 2010BA NM108 and NM109 are situational; 837P's map says required.
    - SV304 has no code list; senders use the areas 00 to 40, L, R and others.
    - SV306 is situational (sent where more than one); 4010 required it, and many always send it.
    - SVD03-1 and HCP09 take 837P's qualifiers beside AD: another payer may have paid a line as medical.
    - BHT06 takes 31 beside CH and RP, as 837I does.
    - 2330D NM102 takes 1 and 2; some say only 1.
  Less sure than the rest, and strict: DN206 is required; DN202 has no I and PWK01 no OB (4010 had both);
  OI04 and CLM10 are not used; the claim's DTP*472 may be a range, a line's may not; REF*4N lists 1 to 7;
  HI takes four codes (TQ is SNODENT); NTE*ADD stands up to five times, in the claim only.
"""


def header() -> Loop:
    """BHT, who sends and who receives."""
    return loop(
        "HEADER", "Table 1 - Header", "R", 100, 1,
        Segment("BHT", "Beginning of Hierarchical Transaction", "R", 100, 1, {
            1: "R =0019", 2: "R =00,18", 3: "R", 4: "R", 5: "R", 6: "R =31,CH,RP Claim or Encounter Identifier",
        }),
        loop(
            "1000A", "Submitter Name", "R", 200, 1,
            nm1("41", "Submitter Name", "R", 200, {
                2: "R =1,2",
                3: "R Submitter Last or Organization Name",
                4: "S Submitter First Name",
                5: "S Submitter Middle Name or Initial",
                8: "R =46",
                9: "R Submitter Identifier",
            }),
            per("Submitter EDI Contact Information", "R", 450),
        ),
        loop("1000B", "Receiver Name", "R", 200, 1, organization("40", "Receiver Name", 200, "46")),
        kind="wrapper",
    )


def billing_level() -> Loop:
    """2000A, and all below it."""
    return loop(
        "2000A", "Billing Provider Hierarchical Level", "R", 10, UNLIMITED,
        hl("Billing Provider", "20", "1", parent=False),
        prv("BI", "Billing Provider", 30),
        Segment("CUR", "Foreign Currency Information", "S", 100, 1, {1: "R =85", 2: "R {currency}"}),
        loop(
            "2010AA", "Billing Provider Name", "R", 150, 1,
            provider("85", "Billing Provider", 150, types="1,2", last="Last or Organizational Name"),
            *address("Billing Provider", "R", 250, 300),
            ref("EI,SY", "Billing Provider Tax Identification", "R", 350),
            ref("0B,1G", "Billing Provider UPIN/License Information", "S", 350, 2),
            per("Billing Provider Contact Information", "S", 400),
        ),
        loop(
            "2010AB", "Pay-to Address Name", "S", 150, 1,
            nm1("87", "Pay-to Address Name", "R", 150, {2: "R =1,2", 3: "S"}),
            *address("Pay-to Address", "R", 250, 300),
        ),
        loop(
            "2010AC", "Pay-to Plan Name", "S", 150, 1,
            organization("PE", "Pay-to Plan Name", 150, "PI,XV"),
            *address("Pay-to Plan", "R", 250, 300),
            ref("2U,FY,NF", "Pay-to Plan Secondary Identification", "S", 350),
            ref("EI", "Pay-to Plan Tax Identification Number", "R", 350),
        ),
        subscriber_level(),
    )


def subscriber_level() -> Loop:
    """2000B: the insured, with their own claims or their dependents below."""
    return loop(
        "2000B", "Subscriber Hierarchical Level", "R", 200, UNLIMITED,
        hl("Subscriber", "22", "0,1", parent=True),
        sbr("Subscriber Information", 50, "S =18"),
        loop(
            "2010BA", "Subscriber Name", "R", 150, 1,
            nm1("IL", "Subscriber Name", "R", 150, {
                **names("Subscriber", "1,2"), 8: "S =II,MI", 9: "S Subscriber Primary Identifier",
            }),
            *address("Subscriber", "S", 250, 300),
            dmg("Subscriber", "S"),
            ref("SY", "Subscriber Secondary Identification", "S", 350),
            ref("Y4", "Property and Casualty Claim Number", "S", 350),
        ),
        loop(
            "2010BB", "Payer Name", "R", 150, 1,
            organization("PR", "Payer Name", 150, "PI,XV"),
            *address("Payer", "S", 250, 300),
            ref("2U,EI,FY,NF", "Payer Secondary Identification", "S", 350, 3),
            ref("G2,LU", "Billing Provider Secondary Identification", "S", 350),
        ),
        claim("S"),
        loop(
            "2000C", "Patient Hierarchical Level", "S", 1400, UNLIMITED,
            hl("Patient", "23", "0", parent=True),
            Segment("PAT", "Patient Information", "R", 70, 1, {1: f"R ={RELATIONSHIPS}"}),
            loop(
                "2010CA", "Patient Name", "R", 150, 1,
                nm1("QC", "Patient Name", "R", 150, names("Patient", "1")),
                *address("Patient", "R", 250, 300),
                dmg("Patient", "R"),
                ref("Y4", "Property and Casualty Claim Number", "S", 350),
                ref("1W,SY", "Property and Casualty Patient Identifier", "S", 350),
            ),
            claim("R"),
        ),
    )


def interchange() -> Loop:
    """The envelope, which pyx12 wants in every map, with the transaction set inside."""
    ids = "=01,14,20,27,28,29,30,33,ZZ Interchange ID Qualifier"
    return loop(
        "ISA_LOOP", "Interchange Control Header", "R", 10, UNLIMITED,
        Segment("ISA", "Interchange Control Header", "R", 100, 1, {
            1: "R =00,03 Authorization Information Qualifier",
            2: "R Authorization Information",
            3: "R =00,01 Security Information Qualifier",
            4: "R Security Information",
            5: f"R {ids}",
            6: "R Interchange Sender ID",
            7: f"R {ids}",
            8: "R Interchange Receiver ID",
            9: "R Interchange Date",
            10: "R Interchange Time",
            11: "R Repetition Separator",
            12: "R =00501 Interchange Control Version Number",
            13: "R Interchange Control Number",
            14: "R =0,1 Acknowledgment Requested",
            15: "R =P,T Usage Indicator",
            16: "R Component Element Separator",
        }),
        loop(
            "GS_LOOP", "Functional Group Header", "R", 200, UNLIMITED,
            Segment("GS", "Functional Group Header", "R", 100, 1, {
                1: "R =HC Functional Identifier Code",
                2: "R Application Sender's Code",
                3: "R Application Receiver's Code",
                4: "R Date",
                5: "R Time",
                6: "R Group Control Number",
                7: "R =X Responsible Agency Code",
                8: f"R ={VERSIONS} Version / Release / Industry Identifier Code",
            }),
            loop(
                "ST_LOOP", "Transaction Set Header", "R", 200, UNLIMITED,
                Segment("ST", "Transaction Set Header", "R", 50, 1, {1: "R =837", 2: "R", 3: f"S ={VERSIONS}"}),
                header(),
                loop("DETAIL", "Table 2 - Detail", "R", 200, UNLIMITED, billing_level(), kind="wrapper"),
                Segment("SE", "Transaction Set Trailer", "R", 5550, 1, {1: "R", 2: "R"}),
                kind="explicit",
            ),
            Segment("GE", "Functional Group Trailer", "R", 300, 1, {1: "R", 2: "R"}),
            kind="explicit",
        ),
        Segment("IEA", "Interchange Control Trailer", "R", 300, 1, {1: "R", 2: "R"}),
        kind="explicit",
    )


def text() -> str:
    """The map as it should be."""
    return write(NAME, "837", interchange(), COMMENT)


if __name__ == "__main__":
    MAP.write_text(text(), "utf-8")
