"""What the standard's codes mean, in a few words each, by the number of the data element.

Data and its lookup, for people who read a file. Our own short words, no list of the standard's: codes that
aren't here are shown as they are. Reasons and remarks of payments and the answers' status codes are the
business of `reconcile` and `responses`, which lend their words to the view.
"""

from __future__ import annotations


def words(data_element: str, code: str) -> str:
    """A code in words, or an empty string where it has none here."""
    return _WORDS.get(data_element, _NONE).get(code, "")


_NONE: dict[str, str] = {}
_YES_NO = {"Y": "yes", "N": "no", "U": "unknown", "W": "not applicable"}

# Data element number: its codes. The comment names where the guides use it.
_WORDS: dict[str, dict[str, str]] = {
    "1065": {"1": "a person", "2": "an organisation"},  # NM102
    "98": {  # NM101, N101
        "03": "dependent", "1P": "provider", "36": "employer", "40": "receiver", "41": "submitter",
        "45": "drop-off place", "71": "attending physician", "72": "operating physician", "73": "other physician",
        "74": "corrected insured", "77": "service location", "82": "rendering provider", "85": "billing provider",
        "87": "pay-to address", "AY": "clearinghouse", "DD": "assistant surgeon", "DK": "ordering provider",
        "DN": "referring provider", "DQ": "supervising provider", "FA": "facility", "GB": "other insured",
        "IL": "insured", "P3": "primary care provider", "PE": "payee", "PR": "payer", "PW": "pick-up place",
        "QB": "purchased service provider", "QC": "patient", "TT": "crossover carrier", "TU": "third party repricer",
        "TL": "testing laboratory", "ZZ": "mutually defined",
    },
    "66": {  # NM108, N103
        "24": "employer's id", "34": "social security number", "46": "sender's number", "AC": "attachment number",
        "C": "insured's changed number", "FI": "tax id", "HN": "health insurance card number",
        "II": "individual's health id", "MC": "Medicaid provider number", "MI": "member number",
        "MR": "Medicaid recipient number", "NI": "NAIC number", "PC": "provider's commercial number",
        "PI": "payer's id", "PP": "pharmacy number", "SV": "service provider number", "UP": "UPIN",
        "XV": "national plan id", "XX": "NPI",
    },
    "128": {  # REF01
        "0B": "state licence", "1A": "Blue Cross provider number", "1B": "Blue Shield provider number",
        "1C": "Medicare provider number", "1D": "Medicaid provider number", "1G": "UPIN", "1H": "CHAMPUS number",
        "1J": "facility's number", "1K": "payer's claim number", "1L": "group or policy number",
        "1W": "member number", "2U": "payer's id", "4N": "authorization exception", "6P": "group number",
        "6R": "line item control number", "9A": "repriced claim number", "9B": "repriced line number",
        "9C": "adjusted repriced claim number", "9D": "adjusted repriced line number", "9F": "referral number",
        "BB": "authorization number", "BLT": "type of bill", "BT": "batch number", "CE": "class of contract",
        "D9": "clearinghouse trace", "EA": "medical record number", "EI": "employer's tax id",
        "EV": "receiver's id", "EW": "mammography certification", "F2": "version", "F4": "certifying facility",
        "F5": "Medicare version", "F8": "payer's original claim number", "FJ": "line item control number",
        "FY": "claim office", "G1": "prior authorization", "G2": "provider's number at the payer",
        "G3": "predetermination number", "IG": "insurance policy number", "LU": "location number",
        "LX": "investigational device", "NF": "NAIC number", "P4": "demonstration project", "PQ": "payee's number",
        "PXC": "taxonomy", "SY": "social security number", "T4": "signal code", "TJ": "tax id",
        "VY": "linked drug", "X4": "CLIA number", "XZ": "prescription number", "Y4": "agency's claim number",
    },
    "374": {  # DTP01, DTM01
        "009": "processed", "011": "shipped", "036": "coverage ended", "050": "received", "090": "care assumed",
        "091": "care relinquished", "096": "discharged", "150": "service begins", "151": "service ends",
        "232": "statement from", "233": "statement to", "296": "back to work", "297": "last worked",
        "304": "last seen", "314": "disability", "360": "disability begins", "361": "disability ends",
        "405": "produced", "431": "onset", "434": "statement", "435": "admitted", "439": "accident",
        "441": "prior placement", "444": "first contact", "452": "appliance placed", "453": "acute manifestation",
        "454": "initial treatment", "455": "last x-ray", "461": "last certification", "463": "therapy begins",
        "471": "prescribed", "472": "service", "484": "last menstrual period", "573": "payer paid",
        "607": "certification revised", "738": "hemoglobin test", "739": "creatinine test",
    },
    "1250": {"D8": "a date", "RD8": "from - to", "DT": "date and time", "TM": "a time"},  # DTP02
    "1138": {  # SBR01
        "P": "primary", "S": "secondary", "T": "tertiary", "A": "4th payer", "B": "5th payer", "C": "6th payer",
        "D": "7th payer", "E": "8th payer", "F": "9th payer", "G": "10th payer", "H": "11th payer", "U": "unknown",
    },
    "1069": {  # SBR02, PAT01
        "01": "spouse", "18": "self", "19": "child", "20": "employee", "21": "unknown", "39": "organ donor",
        "40": "cadaver donor", "53": "life partner", "G8": "other",
    },
    "1032": {  # SBR09, CLP06
        "11": "other non-federal", "12": "PPO", "13": "point of service", "14": "EPO", "15": "indemnity",
        "16": "Medicare HMO", "17": "dental HMO", "AM": "automobile", "BL": "Blue Cross, Blue Shield",
        "CH": "CHAMPUS", "CI": "commercial", "DS": "disability", "FI": "federal employees", "HM": "HMO",
        "LM": "liability", "MA": "Medicare A", "MB": "Medicare B", "MC": "Medicaid", "OF": "other federal",
        "TV": "title V", "VA": "veterans", "WC": "workers' compensation", "ZZ": "mutually defined",
    },
    "1336": {  # SBR05: why Medicare pays second
        "12": "working aged", "13": "kidney disease", "14": "no-fault", "15": "workers' compensation",
        "16": "federal agency", "41": "black lung", "42": "veterans", "43": "disabled", "47": "liability",
    },
    "1033": {  # CAS01
        "CO": "contractual", "CR": "correction", "OA": "other", "PI": "payer initiated", "PR": "patient owes",
    },
    "1029": {  # CLP02
        "1": "processed as primary", "2": "processed as secondary", "3": "processed as tertiary", "4": "denied",
        "19": "primary, forwarded", "20": "secondary, forwarded", "21": "tertiary, forwarded",
        "22": "reversal of a payment", "23": "not ours, forwarded", "25": "predetermination",
    },
    "522": {  # AMT01
        "A8": "not covered", "AU": "coverage", "B6": "allowed", "D": "payer paid", "D8": "discount",
        "DY": "per day", "EAF": "owed", "F3": "patient responsibility", "F4": "postage", "F5": "patient paid",
        "GT": "tax", "I": "interest", "KH": "late filing reduction", "NL": "negative ledger", "T": "tax",
        "T2": "before taxes", "YU": "accepted", "YY": "rejected",
    },
    "673": {  # QTY01
        "90": "accepted", "AA": "rejected", "CA": "covered", "CD": "coinsured days", "FL": "anesthesia units",
        "LA": "lifetime reserve, actual", "LE": "lifetime reserve, estimated", "NE": "non-covered, estimated",
        "PT": "patients", "QA": "accepted", "QC": "rejected", "VS": "visits",
    },
    "235": {  # SV101-1, SVC01-1, LIN02
        "AD": "CDT procedure", "ER": "jurisdiction's procedure", "HC": "HCPCS or CPT procedure", "HP": "HIPPS rate",
        "IV": "home infusion procedure", "N4": "national drug code", "NU": "revenue code", "WK": "alternate procedure",
        "UI": "universal product number", "UP": "universal product number",
    },
    "1270": {  # HI, LQ01
        "ABF": "diagnosis", "ABJ": "admitting diagnosis", "ABK": "principal diagnosis", "ABN": "external cause",
        "APR": "reason for visit", "BBQ": "other procedure", "BBR": "principal procedure", "BE": "value",
        "BF": "diagnosis, ICD-9", "BG": "condition", "BH": "occurrence", "BI": "occurrence span",
        "BJ": "admitting diagnosis, ICD-9", "BK": "principal diagnosis, ICD-9", "BN": "external cause, ICD-9",
        "BO": "HCPCS procedure", "BP": "principal HCPCS procedure", "BQ": "other procedure, ICD-9",
        "BR": "principal procedure, ICD-9", "DR": "DRG", "HE": "remark code", "PR": "reason for visit, ICD-9",
        "RX": "drug claim code", "TC": "treatment code", "UT": "DME form", "AS": "form type",
    },
    "355": {  # SV103 and other units
        "01": "actual pounds", "DA": "days", "DH": "miles", "F2": "international units", "GR": "grams", "LB": "pounds",
        "ME": "milligrams", "MJ": "minutes", "ML": "millilitres", "MO": "months", "UN": "units",
    },
    "735": {  # HL03
        "19": "provider", "20": "information source", "21": "information receiver", "22": "subscriber",
        "23": "dependent", "PT": "patient",
    },
    "736": {"0": "nothing below", "1": "levels below"},  # HL04
    "1325": {  # CLM05-3
        "1": "original", "2": "interim, first", "3": "interim, continuing", "4": "interim, last", "5": "late charges",
        "6": "corrected", "7": "replacement", "8": "void",
    },
    "1332": {"A": "type of bill", "B": "place of service"},  # CLM05-2
    "1331": {  # CLM05-1, SV105: places of service; where it is a type of bill, don't ask
        "02": "telehealth", "03": "school", "04": "shelter", "10": "telehealth at home", "11": "office",
        "12": "home", "13": "assisted living", "14": "group home", "15": "mobile unit", "19": "off-campus hospital",
        "20": "urgent care", "21": "inpatient hospital", "22": "on-campus hospital", "23": "emergency room",
        "24": "surgical centre", "25": "birthing centre", "26": "military facility", "31": "skilled nursing",
        "32": "nursing facility", "33": "custodial care", "34": "hospice", "41": "ambulance, land",
        "42": "ambulance, air or water", "49": "independent clinic", "50": "federally qualified centre",
        "51": "inpatient psychiatric", "52": "psychiatric, part of the day", "53": "mental health centre",
        "61": "inpatient rehabilitation", "62": "outpatient rehabilitation", "65": "dialysis", "71": "public clinic",
        "72": "rural clinic", "81": "laboratory", "99": "elsewhere",
    },
    "1359": {"A": "assigned", "B": "laboratory services only", "C": "not assigned"},  # CLM07
    "1363": {"I": "consent informed", "Y": "signed"},  # CLM09
    "1362": {"AA": "auto accident", "EM": "employment", "OA": "other accident"},  # CLM11
    "1073": _YES_NO,
    "1068": {"F": "female", "M": "male", "U": "unknown"},  # DMG03
    "1221": {"AT": "attending", "BI": "billing", "PE": "performing", "RF": "referring", "SU": "supervising"},  # PRV01
    "363": {  # NTE01
        "ADD": "additional information", "ALG": "allergies", "CER": "certification", "DCP": "goals and plans",
        "DGN": "diagnosis", "DME": "equipment", "MED": "medications", "RHB": "rehabilitation",
        "TPO": "third party's note", "UPI": "updated information",
    },
    "365": {  # PER03
        "ED": "EDI number", "EM": "e-mail", "EX": "extension", "FX": "fax", "TE": "telephone", "UR": "web site",
    },
    "366": {"BL": "technical", "CX": "claims office", "IC": "information"},  # PER01
    "353": {"00": "original", "08": "status", "18": "reissue"},  # BHT02
    "640": {"31": "subrogation", "CH": "charges", "RP": "encounters", "TH": "acknowledgment"},  # BHT06
    "1005": {"0019": "source, subscriber, dependent", "0085": "source, receiver, provider, patient"},  # BHT01
    "305": {  # BPR01
        "C": "payment with advice", "D": "payment only", "H": "information only", "I": "advice only",
        "P": "prenotification", "U": "payment and advice apart", "X": "either way",
    },
    "478": {"C": "credit", "D": "debit"},  # BPR03
    "591": {"ACH": "electronic", "BOP": "by the payer's choice", "CHK": "check", "FWT": "wire", "NON": "no payment"},
    "569": {"DA": "checking account", "SG": "savings account"},  # BPR08
    "506": {"01": "ABA routing number", "04": "Canadian bank number"},  # BPR06
    "426": {  # PLB03-1
        "50": "late filing", "51": "interest penalty", "72": "authorized return", "90": "early payment",
        "AM": "applied to borrower", "AP": "advance applied", "B2": "rebate", "B3": "recovery allowance",
        "BD": "bad debt", "BN": "bonus", "C5": "temporary allowance", "CR": "capitation interest",
        "CS": "adjustment", "CT": "capitation payment", "CV": "capital passthru", "DM": "direct education",
        "E3": "withholding", "FB": "forwarding balance", "FC": "fund allocation", "GO": "graduate education",
        "IP": "incentive premium", "IR": "tax withholding", "IS": "interim settlement", "J1": "nonreimbursable",
        "L3": "penalty", "L6": "interest owed", "LE": "levy", "LS": "lump sum", "OA": "organ acquisition",
        "OB": "offset for affiliates", "PI": "periodic interim payment", "PL": "final payment", "RA": "retroactive",
        "RE": "return on equity", "SL": "student loan", "TL": "third party liability", "WO": "overpayment recovery",
        "WU": "unspecified recovery",
    },
    "306": {"U": "reject", "WQ": "accept"},  # STC03
    "481": {"1": "this one's own number", "2": "a number quoted"},  # TRN01
    "143": {  # ST01, AK201
        "277": "claim acknowledgment", "835": "payment", "837": "claims", "999": "acknowledgment",
        "997": "acknowledgment",
    },
    "479": {  # GS01, AK101
        "FA": "acknowledgments", "HC": "claims", "HI": "authorizations", "HN": "claim status", "HP": "payments",
        "HR": "status requests", "HS": "eligibility requests", "HB": "eligibility answers", "BE": "enrolments",
        "RA": "premium payments",
    },
    "715": {  # AK901
        "A": "accepted", "E": "accepted with errors", "M": "rejected: authentication", "P": "partly accepted",
        "R": "rejected", "W": "rejected: assurance", "X": "rejected: decryption",
    },
    "717": {  # IK501
        "A": "accepted", "E": "accepted with errors", "M": "rejected: authentication", "R": "rejected",
        "W": "rejected: assurance", "X": "rejected: decryption",
    },
    "I17": {"A": "accepted", "E": "accepted with errors", "R": "rejected"},  # TA104
    "I14": {"P": "production", "T": "test"},  # ISA15
    "I13": {"0": "no acknowledgment wanted", "1": "acknowledgment wanted"},  # ISA14
    "I05": {"01": "DUNS", "14": "DUNS and suffix", "20": "HIN", "27": "carrier number", "28": "fiscal intermediary",
            "29": "Medicare provider", "30": "tax id", "33": "NAIC number", "ZZ": "mutually defined"},  # ISA05
    "756": {  # PWK02
        "AA": "on request", "AB": "submitted before", "AD": "attached to a certification", "AF": "with the patient",
        "AG": "no attachment", "BM": "by mail", "EL": "electronically", "EM": "e-mail", "FT": "file transfer",
        "FX": "by fax", "NS": "not specified", "OL": "online",
    },
    "1322": {"I": "initial", "R": "renewal", "S": "revised"},  # CR301
    "1514": {  # CLM20
        "1": "proof of eligibility unknown", "2": "litigation", "3": "authorization delayed",
        "4": "certifying provider delayed", "5": "billing forms delayed", "6": "appliances delayed",
        "7": "third party processing", "8": "eligibility decided late", "9": "rejected for other reasons",
        "10": "administration delayed", "11": "other", "15": "natural disaster",
    },
}  # fmt: skip
