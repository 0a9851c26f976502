"""The claim of the 837D guide 005010X224A2: loops 2300 to 2430.

Knows what a dental claim and its lines hold. Refuses to know whose claim it is (`dental.py`), and where
the facts come from, which `dental.py` says for both.
"""
# fmt: off  # a loop is a line of its own and its children follow, as in the guide

from __future__ import annotations

from scripts.maps.notation import Composite, Loop, Segment, loop
from scripts.maps.parts import (
    address,
    amt,
    cas,
    cn1,
    dtp,
    hcp,
    k3,
    names,
    nm1,
    organization,
    other_payer,
    provider,
    prv,
    ref,
    sbr,
    service_facility,
)

RELATIONSHIPS = "01,19,20,21,39,40,53,G8"
PRICING = "00,01,02,03,04,05,07,08,09,10,11,12,13,14"
DIAGNOSIS: Composite = ("S", ["R =ABF,BF,TQ", "R Diagnosis Code"])
SURFACE = "=B,D,F,I,L,M,O Tooth Surface Code"
POINTER = "=1,2,3,4"
ANY_PROVIDER_ID = "0B,1G,G2,LU"


def procedure(qualifiers: str) -> Composite:
    """A procedure with up to four modifiers and a description."""
    return ("R", [f"R ={qualifiers}", "R Procedure Code", "S", "S", "S", "S", "S Procedure Code Description"])


def claim(usage: str) -> Loop:
    """2300, which stands below the subscriber and below the patient."""
    return loop(
        "2300", "Claim Information", usage, 1300, 100,
        Segment("CLM", "Claim Information", "R", 1300, 1, {
            1: "R Patient Control Number",
            2: "R Total Claim Charge Amount",
            5: ("R", ["R {pos} Place of Service Code", "R =B", "R Claim Frequency Code"]),
            6: "R =N,Y Provider or Supplier Signature Indicator",
            7: "R =A,C Assignment or Plan Participation Code",
            8: "R =N,W,Y Benefits Assignment Certification Indicator",
            9: "R =I,Y",
            11: ("S", ["R =AA,EM,OA", "S =AA,EM,OA", "N", "S {states} Auto Accident State or Province Code",
                       "S {country}"]),
            12: "S =01,02,03,05 Special Program Indicator",
            19: "S =PB Predetermination of Benefits Code",
            20: "S =1,2,3,4,5,6,7,8,9,10,11,15",
        }),
        dtp("439", "Accident Date", "S", 1350),
        dtp("452", "Appliance Placement Date", "S", 1350),
        dtp("472", "Service Date", "S", 1350, formats="D8,RD8"),
        dtp("050", "Repricer Received Date", "S", 1350),
        Segment("DN1", "Orthodontic Total Months of Treatment", "S", 1450, 1, {
            1: "S Orthodontic Treatment Months Count",
            2: "S Orthodontic Treatment Months Remaining Count",
            4: "S =Y Orthodontic Treatment Indicator",
        }),
        Segment("DN2", "Tooth Status", "S", 1500, 35, {1: "R Tooth Number", 2: "R =E,M", 6: "R =JP"}),
        Segment("PWK", "Claim Supplemental Information", "S", 1550, 10, {
            1: "R =B4,DA,DG,EB,OZ,P6,RB,RR Attachment Report Type Code",
            2: "R =AA,BM,EL,EM,FT,FX Attachment Transmission Code",
            5: "S =AC",
            6: "S Attachment Control Number",
        }),
        cn1(1600),
        amt("F5", "Patient Amount Paid", 1750),
        ref("G3", "Predetermination Identification", "S", 1800),
        Segment("REF", "Service Authorization Exception Code", "S", 1800, 1, {
            1: "R =4N", 2: "R =1,2,3,4,5,6,7 Service Authorization Exception Code",
        }),
        ref("F8", "Payer Claim Control Number", "S", 1800),
        ref("9F", "Referral Number", "S", 1800),
        ref("G1", "Prior Authorization", "S", 1800),
        ref("9A", "Repriced Claim Number", "S", 1800),
        ref("9C", "Adjusted Repriced Claim Number", "S", 1800),
        ref("D9", "Claim Identifier For Transmission Intermediaries", "S", 1800),
        k3(1850),
        Segment("NTE", "Claim Note", "S", 1900, 5, {1: "R =ADD", 2: "R Claim Note Text"}),
        Segment("HI", "Health Care Diagnosis Code", "S", 2310, 1, {
            1: ("R", ["R =ABK,BK,TQ", "R Principal Diagnosis Code"]), 2: DIAGNOSIS, 3: DIAGNOSIS, 4: DIAGNOSIS,
        }),
        hcp("Claim Pricing/Repricing Information", 2410, PRICING, {6: "S"}),
        *claim_providers(),
        other_subscriber(),
        service_line(),
    )


def claim_providers() -> tuple[Loop, ...]:
    """2310A to 2310E, in any order."""
    return (
        loop(
            "2310A", "Referring Provider Name", "S", 2500, 2,
            provider("DN,P3", "Referring Provider", 2500),
            prv("RF", "Referring Provider", 2550),
            ref("0B,1G,G2", "Referring Provider Secondary Identification", "S", 2710, 3),
        ),
        loop(
            "2310B", "Rendering Provider Name", "S", 2500, 1,
            provider("82", "Rendering Provider", 2500, types="1,2", last="Last or Organization Name"),
            prv("PE", "Rendering Provider", 2550),
            ref(ANY_PROVIDER_ID, "Rendering Provider Secondary Identification", "S", 2710, 4),
        ),
        service_facility("2310C", (2500, 2650, 2700, 2710), "0B,G2,LU", by_payer=False),
        loop(
            "2310D", "Assistant Surgeon Name", "S", 2500, 1,
            provider("DD", "Assistant Surgeon", 2500),
            prv("AS", "Assistant Surgeon", 2550),
            ref(ANY_PROVIDER_ID, "Assistant Surgeon Secondary Identification", "S", 2710, 4),
        ),
        loop(
            "2310E", "Supervising Provider Name", "S", 2500, 1,
            provider("DQ", "Supervising Provider", 2500),
            ref(ANY_PROVIDER_ID, "Supervising Provider Secondary Identification", "S", 2710, 4),
        ),
    )


def other_subscriber() -> Loop:
    """2320: another payer, and what it said of the claim."""
    remarks = dict.fromkeys(range(3, 8), "S {remark_code} Claim Payment Remark Code")
    return loop(
        "2320", "Other Subscriber Information", "S", 2900, 10,
        sbr("Other Subscriber Information", 2900, f"R =18,{RELATIONSHIPS}"),
        cas("Claim Level Adjustments", 2950),
        amt("D", "Coordination of Benefits (COB) Payer Paid Amount", 3000),
        amt("EAF", "Remaining Patient Liability", 3000),
        amt("A8", "Coordination of Benefits (COB) Total Non-Covered Amount", 3000),
        Segment("OI", "Other Insurance Coverage Information", "R", 3100, 1, {
            3: "R =N,W,Y Benefits Assignment Certification Indicator", 6: "R =I,Y",
        }),
        Segment("MOA", "Outpatient Adjudication Information", "S", 3200, 1, {
            1: "S Reimbursement Rate", 2: "S HCPCS Payable Amount", 9: "S", **remarks,
        }),
        loop(
            "2330A", "Other Subscriber Name", "R", 3250, 1,
            nm1("IL", "Other Subscriber Name", "R", 3250, {
                **names("Other Subscriber", "1,2"), 8: "R =II,MI", 9: "R Other Subscriber Identifier",
            }),
            *address("Other Subscriber", "S", 3320, 3400),
            ref("SY", "Other Subscriber Secondary Identification", "S", 3550, 2),
        ),
        loop(
            "2330B", "Other Payer Name", "R", 3250, 1,
            organization("PR", "Other Payer Name", 3250, "PI,XV"),
            *address("Other Payer", "S", 3320, 3400),
            dtp("573", "Claim Check or Remittance Date", "S", 3450),
            ref("2U,EI,FY,NF", "Other Payer Secondary Identifier", "S", 3550, 3),
            ref("G1", "Other Payer Prior Authorization Number", "S", 3550),
            ref("9F", "Other Payer Referral Number", "S", 3550),
            ref("T4", "Other Payer Claim Adjustment Indicator", "S", 3550),
            ref("G3", "Other Payer Predetermination Identification", "S", 3550),
            ref("F8", "Other Payer Claim Control Number", "S", 3550),
        ),
        other_payer("2330C", "Referring Provider", "DN,P3", "1", "0B,1G,G2", 3, repeat=2),
        other_payer("2330D", "Rendering Provider", "82", "1,2", ANY_PROVIDER_ID, 3),
        other_payer("2330E", "Supervising Provider", "DQ", "1", ANY_PROVIDER_ID, 3),
        other_payer("2330F", "Billing Provider", "85", "1,2", "G2,LU", 2),
        other_payer("2330G", "Service Facility Location", "77", "2", "0B,G2,LU", 3),
        other_payer("2330H", "Assistant Surgeon", "DD", "1,2", ANY_PROVIDER_ID, 3),
    )


def service_line() -> Loop:
    """2400: a dental service, its teeth, dates, providers and what other payers paid."""
    return loop(
        "2400", "Service Line Number", "R", 3650, 50,
        Segment("LX", "Service Line Number", "R", 3650, 1, {1: "R"}),
        Segment("SV3", "Dental Service", "R", 3800, 1, {
            1: procedure("AD"),
            2: "R Line Item Charge Amount",
            3: "S {pos} Place of Service Code",
            4: ("S", ["R", "S", "S", "S", "S"]),
            5: "S =I,R",
            6: "S Procedure Count",
            11: ("S", [f"R {POINTER}", *[f"S {POINTER}"] * 3]),
        }),
        Segment("TOO", "Tooth Information", "S", 3820, 32, {
            1: "R =JP", 2: "S Tooth Code", 3: ("S", [f"R {SURFACE}", *[f"S {SURFACE}"] * 4]),
        }),
        dtp("472", "Service Date", "S", 4550),
        dtp("139,441", "Prior Placement Date", "S", 4550),
        dtp("452", "Appliance Placement Date", "S", 4550),
        dtp("446", "Replacement Date", "S", 4550),
        dtp("196", "Treatment Start Date", "S", 4550),
        dtp("198", "Treatment Completion Date", "S", 4550),
        cn1(4650),
        ref("G3", "Service Predetermination Identification", "S", 4700, 5, by_payer=True),
        ref("G1", "Prior Authorization", "S", 4700, 5, by_payer=True),
        ref("6R", "Line Item Control Number", "S", 4700),
        ref("9A", "Repriced Claim Number", "S", 4700),
        ref("9C", "Adjusted Repriced Claim Number", "S", 4700),
        ref("9F", "Referral Number", "S", 4700, 5, by_payer=True),
        amt("T", "Sales Tax Amount", 4750),
        k3(4800),
        hcp("Line Pricing/Repricing Information", 4920, f"06,{PRICING}", {
            9: "S =AD,ER,HC,IV,WK", 10: "S", 11: "S =DA,UN", 12: "S",
        }),
        loop(
            "2420A", "Rendering Provider Name", "S", 5000, 1,
            provider("82", "Rendering Provider", 5000, types="1,2", last="Last or Organization Name"),
            prv("PE", "Rendering Provider", 5050),
            ref(ANY_PROVIDER_ID, "Rendering Provider Secondary Identification", "S", 5250, 20, by_payer=True),
        ),
        loop(
            "2420B", "Assistant Surgeon Name", "S", 5000, 1,
            provider("DD", "Assistant Surgeon", 5000),
            prv("AS", "Assistant Surgeon", 5050),
            ref(ANY_PROVIDER_ID, "Assistant Surgeon Secondary Identification", "S", 5250, 20, by_payer=True),
        ),
        loop(
            "2420C", "Supervising Provider Name", "S", 5000, 1,
            provider("DQ", "Supervising Provider", 5000),
            ref(ANY_PROVIDER_ID, "Supervising Provider Secondary Identification", "S", 5250, 20, by_payer=True),
        ),
        service_facility("2420D", (5000, 5140, 5200, 5250), "1G,G2,LU", by_payer=True),
        loop(
            "2430", "Line Adjudication Information", "S", 5400, 15,
            Segment("SVD", "Line Adjudication Information", "R", 5400, 1, {
                1: "R Other Payer Primary Identifier",
                2: "R Service Line Paid Amount",
                3: procedure("AD,ER,HC,IV,WK"),
                5: "R Paid Service Unit Count",
                6: "S Bundled or Unbundled Line Number",
            }),
            cas("Line Adjustment", 5450),
            dtp("573", "Line Check or Remittance Date", "R", 5500),
            amt("EAF", "Remaining Patient Liability", 5505),
        ),
    )
