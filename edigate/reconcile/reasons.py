"""Why money was cut, in plain words: claim adjustment reasons (CARC), remarks (RARC), and what is usually done.

Data and its lookup; our own short texts. Knows no claim. Code sources: X12 139 (CARC), 411 (RARC).
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

ZERO = Decimal(0)


class Kind(StrEnum):
    """What a cut means for a biller."""

    CONTRACT = "contract"  # agreed: write it off
    PATIENT = "patient"  # the patient owes it
    OTHER_PAYER = "other payer"  # another payer paid or must pay it
    DENIAL = "denial"  # somebody must look at it


class Reason(NamedTuple):
    words: str
    kind: Kind
    action: str = ""


_C, _P, _O, _D = Kind.CONTRACT, Kind.PATIENT, Kind.OTHER_PAYER, Kind.DENIAL
_CORRECT = "Correct the claim and send it as a replacement."
_APPEAL = "Appeal with the records that support it."
_ELIGIBILITY = "Check the patient's coverage on the date of service."
_AUTHORIZATION = "Find the authorization, send a replacement with it, or ask for one after the fact."
_REFERRAL = "Find the referral and send a replacement with it."
_RECORDS = "Send the documents the payer asks for."

CARC: dict[str, Reason] = {
    "1": Reason("deductible", _P, "Bill the patient or the next payer."),
    "2": Reason("coinsurance", _P, "Bill the patient or the next payer."),
    "3": Reason("copayment", _P, "Bill the patient or the next payer."),
    "4": Reason("modifier missing or not fitting the procedure", _D, _CORRECT),
    "5": Reason("place of service doesn't fit the procedure", _D, _CORRECT),
    "6": Reason("procedure doesn't fit the patient's age", _D, _CORRECT),
    "7": Reason("procedure doesn't fit the patient's gender", _D, _CORRECT),
    "8": Reason("procedure doesn't fit the provider's specialty", _D, _CORRECT),
    "9": Reason("diagnosis doesn't fit the patient's age", _D, _CORRECT),
    "10": Reason("diagnosis doesn't fit the patient's gender", _D, _CORRECT),
    "11": Reason("diagnosis doesn't fit the procedure", _D, _CORRECT),
    "12": Reason("diagnosis doesn't fit the provider", _D, _CORRECT),
    "16": Reason("information missing or wrong", _D, "Read the remark code, correct the claim and send a replacement."),
    "18": Reason("duplicate", _D, "Find the first claim's answer; nothing to do where that was paid."),
    "19": Reason("work injury, workers' compensation must pay", _D, "Bill the workers' compensation carrier."),
    "20": Reason("injury, a liability carrier must pay", _D, "Bill the liability carrier."),
    "21": Reason("injury, no-fault insurance must pay", _D, "Bill the no-fault carrier."),
    "22": Reason("another payer comes first", _D, "Bill the other payer first, or have the patient update coverage."),
    "23": Reason("what earlier payers paid or cut", _O),
    "24": Reason("covered by capitation", _C),
    "26": Reason("before coverage began", _D, _ELIGIBILITY),
    "27": Reason("after coverage ended", _D, _ELIGIBILITY),
    "29": Reason("filed too late", _D, "Appeal with proof of timely filing: the 999 or 277CA is one."),
    "31": Reason("patient not known as insured", _D, _ELIGIBILITY),
    "32": Reason("dependent not eligible", _D, _ELIGIBILITY),
    "33": Reason("no dependent coverage", _D, _ELIGIBILITY),
    "35": Reason("lifetime maximum reached", _D, _ELIGIBILITY),
    "39": Reason("authorization was refused", _D, _APPEAL),
    "40": Reason("not an emergency by the payer's rules", _D, _APPEAL),
    "42": Reason("above the payer's maximum", _C),
    "44": Reason("prompt-pay discount", _C),
    "45": Reason("above the fee schedule or contract", _C),
    "49": Reason("routine exam or screening, not covered", _D),
    "50": Reason("not medically necessary by the payer's rules", _D, _APPEAL),
    "51": Reason("pre-existing condition", _D, _APPEAL),
    "54": Reason("several physicians or assistants not covered", _D, _APPEAL),
    "55": Reason("experimental by the payer's rules", _D, _APPEAL),
    "56": Reason("not proven effective by the payer's rules", _D, _APPEAL),
    "58": Reason("not a place of service the payer accepts for it", _D, _CORRECT),
    "59": Reason("reduced as one of several procedures", _C),
    "60": Reason("outpatient service belongs to a near inpatient stay", _D),
    "66": Reason("blood deductible", _P),
    "69": Reason("day outlier", _C),
    "70": Reason("cost outlier", _C),
    "89": Reason("professional fees taken out", _C),
    "90": Reason("ingredient cost", _C),
    "91": Reason("dispensing fee", _C),
    "94": Reason("processed above the charge", _C),
    "95": Reason("plan procedures not followed", _D, _APPEAL),
    "96": Reason("not covered", _D, "Check the plan; bill the patient where a notice was signed."),
    "97": Reason("included in another service", _D, "Check the bundling rule; a modifier may apply."),
    "101": Reason("payment expected later", _C),
    "102": Reason("major medical adjustment", _C),
    "103": Reason("promotional discount", _C),
    "104": Reason("managed care withholding", _C),
    "105": Reason("tax withholding", _C),
    "107": Reason("the service it belongs to isn't on the claim", _D, _CORRECT),
    "108": Reason("rent or purchase rules not met", _D, _CORRECT),
    "109": Reason("not this payer's claim", _D, "Find the right payer and bill it."),
    "110": Reason("billed before the service", _D, _CORRECT),
    "111": Reason("only covered on assignment", _D, _CORRECT),
    "112": Reason("not shown to be given to the patient", _D, _APPEAL),
    "119": Reason("benefit maximum reached", _D, _ELIGIBILITY),
    "122": Reason("psychiatric reduction", _C),
    "128": Reason("newborn covered in the mother's claim", _D),
    "129": Reason("an earlier payer's answer is wrong or missing", _D, _CORRECT),
    "130": Reason("submission fee", _C),
    "131": Reason("discount agreed for this claim", _C),
    "132": Reason("demonstration project", _C),
    "133": Reason("waiting for a review", _D, "Wait for the review, or ask for its result."),
    "136": Reason("an earlier payer's rules not followed", _D, _APPEAL),
    "137": Reason("surcharges, assessments, allowances or taxes", _C),
    "138": Reason("appeal too late", _D),
    "140": Reason("patient's or insured's id and name don't agree", _D, _CORRECT),
    "142": Reason("Medicaid's patient liability", _P),
    "143": Reason("part of the payment put off", _C),
    "144": Reason("incentive", _C),
    "146": Reason("diagnosis not valid on the date", _D, _CORRECT),
    "147": Reason("no contracted rate on file", _D, "Ask the payer for the rate it used."),
    "148": Reason("information missing from another provider", _D, _RECORDS),
    "149": Reason("benefit's lifetime maximum reached", _D, _ELIGIBILITY),
    "150": Reason("level of service not supported", _D, _APPEAL),
    "151": Reason("number or frequency not supported", _D, _APPEAL),
    "152": Reason("length of service not supported", _D, _APPEAL),
    "153": Reason("dose not supported", _D, _APPEAL),
    "154": Reason("day's supply not supported", _D, _APPEAL),
    "157": Reason("act of war", _D),
    "161": Reason("performance bonus", _C),
    "163": Reason("attachment not received", _D, _RECORDS),
    "164": Reason("attachment came too late", _D, _APPEAL),
    "165": Reason("referral missing", _D, _REFERRAL),
    "166": Reason("after the payer's responsibility ended", _D, _ELIGIBILITY),
    "167": Reason("diagnosis not covered", _D, _APPEAL),
    "169": Reason("another benefit used instead", _C),
    "170": Reason("not payable to this kind of provider", _D, _APPEAL),
    "171": Reason("not payable to this kind of provider in this facility", _D, _APPEAL),
    "172": Reason("adjusted for the provider's specialty", _C),
    "173": Reason("not prescribed by a physician", _D, _RECORDS),
    "177": Reason("patient doesn't meet the eligibility rules", _D, _ELIGIBILITY),
    "178": Reason("spend-down not met", _P),
    "179": Reason("waiting time not over", _D, _ELIGIBILITY),
    "181": Reason("procedure code not valid on the date", _D, _CORRECT),
    "182": Reason("modifier not valid on the date", _D, _CORRECT),
    "183": Reason("referring provider not eligible", _D, _CORRECT),
    "184": Reason("ordering provider not eligible", _D, _CORRECT),
    "185": Reason("rendering provider not eligible", _D, "Check the provider's enrolment."),
    "186": Reason("level of care changed", _D, _APPEAL),
    "187": Reason("spending account payment", _O),
    "188": Reason("covered only as recommended", _D),
    "189": Reason("unlisted code where a listed one exists", _D, _CORRECT),
    "190": Reason("included in a nursing facility stay", _D),
    "192": Reason("paper claim", _C),
    "193": Reason("the first decision stands", _D, _APPEAL),
    "194": Reason("anesthesia by the operating physician", _D),
    "197": Reason("no authorization", _D, _AUTHORIZATION),
    "198": Reason("more than was authorized", _D, _AUTHORIZATION),
    "199": Reason("revenue code and procedure don't agree", _D, _CORRECT),
    "200": Reason("during a lapse in coverage", _D, _ELIGIBILITY),
    "204": Reason("not covered by the patient's plan", _D, "Bill the patient where the plan allows."),
    "206": Reason("NPI missing", _D, _CORRECT),
    "207": Reason("NPI invalid", _D, _CORRECT),
    "208": Reason("NPI not matched", _D, "Check the provider's enrolment with this payer."),
    "209": Reason("may not be collected from the patient", _C),
    "210": Reason("authorization or notice too late", _D, _APPEAL),
    "211": Reason("NDC not eligible", _D, _CORRECT),
    "215": Reason("recovered from a third party", _O),
    "216": Reason("a review organization's finding", _D, _APPEAL),
    "222": Reason("above the contracted number of units", _D, _APPEAL),
    "223": Reason("mandated by law", _C),
    "226": Reason("information asked from us not given in time", _D, _RECORDS),
    "227": Reason("information asked from the patient not given", _D, "Have the patient answer the payer."),
    "229": Reason("part of the charge not considered by Medicare", _C),
    "231": Reason("excludes another procedure of the same day", _D, "Check the bundling rule; a modifier may apply."),
    "234": Reason("not paid separately", _D, "Check the bundling rule; a modifier may apply."),
    "235": Reason("sales tax", _C),
    "236": Reason("combination of codes not allowed (NCCI)", _D, "Check the bundling rule; a modifier may apply."),
    "237": Reason("penalty by law", _C),
    "238": Reason("claim spans eligible and ineligible time", _D, _CORRECT),
    "239": Reason("claim spans eligible and ineligible time", _D, _CORRECT),
    "240": Reason("diagnosis doesn't fit the birth weight", _D, _CORRECT),
    "242": Reason("not a network provider", _D, _APPEAL),
    "243": Reason("not authorized by the primary care provider", _D, _REFERRAL),
    "246": Reason("a code for reporting only", _C),
    "247": Reason("deductible for professional service in an institution", _P),
    "248": Reason("coinsurance for professional service in an institution", _P),
    "250": Reason("attachment isn't the right one", _D, _RECORDS),
    "251": Reason("attachment incomplete", _D, _RECORDS),
    "252": Reason("attachment needed", _D, _RECORDS),
    "253": Reason("sequestration", _C),
    "254": Reason("belongs to the dental plan", _D, "Bill the dental plan."),
    "256": Reason("not payable under the managed care contract", _D, _APPEAL),
    "258": Reason("patient in custody", _D),
    "261": Reason("doesn't fit the patient's history", _D, _CORRECT),
    "269": Reason("anesthesia not covered for it", _D, _APPEAL),
    "272": Reason("coverage rules not met", _D, _APPEAL),
    "273": Reason("coverage rules exceeded", _D, _APPEAL),
    "275": Reason("an earlier payer's patient share isn't covered", _P),
    "276": Reason("an earlier payer's denied services aren't covered", _D),
    "288": Reason("referral missing", _D, _REFERRAL),
    "A0": Reason("refund to the patient", _P),
    "A1": Reason("denied", _D, "Read the remark code for the reason."),
    "A2": Reason("contractual adjustment", _C),
    "A6": Reason("prior hospital stay or transfer rules not met", _D, _APPEAL),
    "A8": Reason("DRG can't be assigned", _D, _CORRECT),
    "B1": Reason("visits not covered", _D),
    "B4": Reason("filed late, reduced", _C),
    "B7": Reason("provider not certified for it on that date", _D, "Check the provider's enrolment."),
    "B8": Reason("another service was available", _D, _APPEAL),
    "B9": Reason("patient is in hospice", _D, "Bill the hospice, or add the modifier for unrelated care."),
    "B10": Reason("allowed amount reduced for a component", _C),
    "B11": Reason("passed on to the right payer", _O),
    "B12": Reason("not documented in the records", _D, _APPEAL),
    "B13": Reason("paid before", _D, "Find the earlier payment."),
    "B14": Reason("only one visit a day", _D, _APPEAL),
    "B15": Reason("needs another service that wasn't found", _D, _CORRECT),
    "B16": Reason("not a new patient", _D, _CORRECT),
    "B20": Reason("given in part by another provider", _D, _APPEAL),
    "B22": Reason("adjusted for the diagnosis", _C),
    "B23": Reason("lab test not certified (CLIA)", _D, _CORRECT),
}  # fmt: skip

RARC: dict[str, str] = {
    "M15": "included in another service",
    "M20": "HCPCS missing or invalid",
    "M44": "condition code missing or invalid",
    "M45": "occurrence code or date missing or invalid",
    "M49": "value code or amount missing or invalid",
    "M50": "revenue code missing or invalid",
    "M25": "the level of service isn't supported",
    "M51": "procedure code missing or invalid",
    "M52": "first day of service missing or invalid",
    "M53": "units missing or invalid",
    "M56": "payer id missing or invalid",
    "M59": "last day of service missing or invalid",
    "M62": "treatment authorization missing or invalid",
    "M64": "other diagnosis missing or invalid",
    "M76": "diagnosis missing or invalid",
    "M77": "place of service missing or invalid",
    "M79": "charge missing or invalid",
    "M80": "not covered on the same day as another service",
    "M86": "same or similar procedure within the time",
    "M119": "NDC missing or invalid",
    "M127": "medical record missing",
    "MA01": "an appeal is possible",
    "MA04": "primary payer's answer is missing or illegible",
    "MA07": "passed on to Medicaid",
    "MA13": "may be billed to nobody",
    "MA15": "the claim was split",
    "MA18": "passed on to the next payer",
    "MA27": "member id or name missing or invalid",
    "MA30": "type of bill missing or invalid",
    "MA36": "patient's name missing or invalid",
    "MA39": "patient's sex missing or invalid",
    "MA43": "patient's status missing or invalid",
    "MA61": "social security or member number missing or invalid",
    "MA63": "principal diagnosis missing or invalid",
    "MA83": "whether this payer comes first isn't said",
    "MA92": "the other plan's data are missing",
    "MA112": "group practice's data missing or invalid",
    "MA114": "where the service was done is missing or invalid",
    "MA120": "CLIA number missing or invalid",
    "MA130": "can't be processed: send a new claim, no appeal",
    "N4": "primary payer's answer missing or invalid",
    "N19": "incidental to the primary procedure",
    "N20": "not payable with another service of the same day",
    "N30": "patient not eligible for it",
    "N54": "doesn't agree with the authorization",
    "N56": "procedure code not valid for the service or date",
    "N95": "not this provider's kind of service",
    "N115": "decided by a local coverage rule",
    "N130": "see the plan's documents",
    "N179": "information asked from the member",
    "N265": "ordering provider's id missing or invalid",
    "N286": "referring provider's id missing or invalid",
    "N290": "rendering provider's id missing or invalid",
    "N362": "more units than the payer allows",
    "N386": "decided by a national coverage rule",
    "N519": "code combination invalid",
    "N522": "duplicate of a crossover claim",
    "N657": "must be billed with the right code",
    "N706": "documents missing",
}

GROUPS: dict[str, str] = {
    "CO": "contractual",
    "PR": "patient",
    "OA": "other",
    "PI": "payer's decision",
    "CR": "correction",
}


def kind_of(group: str, reason: str) -> Kind:
    """What a cut means. Group PR makes it the patient's; an unknown reason counts as a denial to look at."""
    if group == "PR":
        return Kind.PATIENT
    known = CARC.get(reason)
    if known is None:
        return Kind.DENIAL
    # A patient's share that isn't in group PR can't be billed to the patient.
    return Kind.CONTRACT if known.kind is Kind.PATIENT else known.kind


def words(group: str, reason: str) -> str:
    """A cut in words with its codes, e.g. `no authorization (CO-197)`."""
    known = CARC.get(reason)
    text = known.words if known else GROUPS.get(group, "adjusted")
    return f"{text} ({group}-{reason})"


def action(reason: str) -> str:
    """What is usually done about a reason; empty where nothing is."""
    known = CARC.get(reason)
    return known.action if known else "Look the reason code up with the payer."


def remark_words(code: str) -> str:
    """A remark code in words, e.g. `diagnosis missing or invalid (M76)`; the bare code where unknown."""
    known = RARC.get(code)
    return f"{known} ({code})" if known else code
