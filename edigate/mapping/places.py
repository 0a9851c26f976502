"""Transforms of where people are: ZIP codes, states, countries, telephones. Knows no field and no file."""

from __future__ import annotations

import re

from edigate.mapping.texts import Unusable, ascii_marks, upper_ascii, without_decimals

_ZIP = re.compile(r"[0-9]{3,5}-?|[0-9]{7,9}|[0-9]{3,5}[- ][0-9]{4}", re.ASCII)
_EXTENSION = re.compile(r"[\s,;]*(?:x|ext\.?|extension|#)\s*[=:]?\s*([0-9]{1,6})\s*$", re.IGNORECASE | re.ASCII)
_LONGEST = 80  # of a telephone number; looking for an extension costs the square of the length
_PHONE = re.compile(r"(?:tel:)?[0-9 ().+/-]+", re.IGNORECASE | re.ASCII)


def zip_code(text: str) -> str:
    """A ZIP code of 5 or 9 digits, without the dash, its leading zeros put back where a spreadsheet or
    a number column lost them: `1730` is 01730, `601` is 00601, `17301234` is 017301234."""
    written = ascii_marks(without_decimals(text))
    if _ZIP.fullmatch(written) is None:
        raise Unusable("is not a ZIP code of 5 or 9 digits")
    head, _, tail = written.replace(" ", "-").partition("-")
    if tail:
        return head.zfill(5) + tail
    return head.zfill(5) if len(head) <= 5 else head.zfill(9)


def phone(text: str) -> str:
    """Ten digits, the 1 of North America left off; an extension is for `use = 'extension'`."""
    if len(text) > _LONGEST:
        raise Unusable("is not a telephone number: it is too long")
    number = _EXTENSION.sub("", ascii_marks(without_decimals(text)))
    found = "".join(letter for letter in number if "0" <= letter <= "9")
    if len(found) == 11 and found[0] == "1":
        found = found[1:]
    if len(found) != 10 or _PHONE.fullmatch(number) is None:
        raise Unusable("is not a telephone number of ten digits")
    return found


def extension(text: str) -> str:
    """The extension of a telephone number, blank where it has none."""
    found = _EXTENSION.search(text) if len(text) <= _LONGEST else None
    return found[1] if found else ""


_STATES = {
    name: code
    for line in (
        "AL ALABAMA|AK ALASKA|AZ ARIZONA|AR ARKANSAS|CA CALIFORNIA|CO COLORADO|CT CONNECTICUT|DE DELAWARE",
        "DC DISTRICT OF COLUMBIA|DC WASHINGTON DC|FL FLORIDA|GA GEORGIA|HI HAWAII|ID IDAHO|IL ILLINOIS|IN INDIANA",
        "IA IOWA|KS KANSAS|KY KENTUCKY|LA LOUISIANA|ME MAINE|MD MARYLAND|MA MASSACHUSETTS|MI MICHIGAN|MN MINNESOTA",
        "MS MISSISSIPPI|MO MISSOURI|MT MONTANA|NE NEBRASKA|NV NEVADA|NH NEW HAMPSHIRE|NJ NEW JERSEY|NM NEW MEXICO",
        "NY NEW YORK|NC NORTH CAROLINA|ND NORTH DAKOTA|OH OHIO|OK OKLAHOMA|OR OREGON|PA PENNSYLVANIA|RI RHODE ISLAND",
        "SC SOUTH CAROLINA|SD SOUTH DAKOTA|TN TENNESSEE|TX TEXAS|UT UTAH|VT VERMONT|VA VIRGINIA|WA WASHINGTON",
        "WV WEST VIRGINIA|WI WISCONSIN|WY WYOMING|AS AMERICAN SAMOA|GU GUAM|MP NORTHERN MARIANA ISLANDS",
        "PR PUERTO RICO|VI VIRGIN ISLANDS|VI US VIRGIN ISLANDS|FM MICRONESIA|MH MARSHALL ISLANDS|PW PALAU",
        "AB ALBERTA|BC BRITISH COLUMBIA|MB MANITOBA|NB NEW BRUNSWICK|NL NEWFOUNDLAND AND LABRADOR|NS NOVA SCOTIA",
        "NT NORTHWEST TERRITORIES|NU NUNAVUT|ON ONTARIO|PE PRINCE EDWARD ISLAND|QC QUEBEC|SK SASKATCHEWAN|YT YUKON",
    )
    for code, _, name in (pair.partition(" ") for pair in line.split("|"))
}
"""Names of N402's codes: the Postal Service's states, and Canada's provinces."""

_SUBDIVISION = re.compile(r"(?:(?:US|CA)-)?([A-Z]{2})", re.ASCII)


def state(text: str) -> str:
    """The two letters of a state: `ma`, `Massachusetts`, `US-MA`. Whether there is such a state is for the edits."""
    written = upper_ascii(text).replace(".", "").replace(",", "")
    found = _SUBDIVISION.fullmatch(written)
    if found is not None:
        return found[1]
    try:
        return _STATES[written]
    except KeyError:
        raise Unusable("is neither a state's two letters nor its name") from None


_UNITED_STATES = frozenset({"US", "USA", "UNITED STATES", "UNITED STATES OF AMERICA", "U S A"})
_COUNTRIES = {
    long: short
    for short, long in (
        pair.split(":")
        for pair in (
            "AF:AFG AX:ALA AL:ALB DZ:DZA AS:ASM AD:AND AO:AGO AI:AIA AQ:ATA AG:ATG AR:ARG AM:ARM AW:ABW AU:AUS AT:AUT "
            "AZ:AZE BS:BHS BH:BHR BD:BGD BB:BRB BY:BLR BE:BEL BZ:BLZ BJ:BEN BM:BMU BT:BTN BO:BOL BQ:BES BA:BIH BW:BWA "
            "BV:BVT BR:BRA IO:IOT BN:BRN BG:BGR BF:BFA BI:BDI CV:CPV KH:KHM CM:CMR CA:CAN KY:CYM CF:CAF TD:TCD CL:CHL "
            "CN:CHN CX:CXR CC:CCK CO:COL KM:COM CG:COG CD:COD CK:COK CR:CRI CI:CIV HR:HRV CU:CUB CW:CUW CY:CYP CZ:CZE "
            "DK:DNK DJ:DJI DM:DMA DO:DOM EC:ECU EG:EGY SV:SLV GQ:GNQ ER:ERI EE:EST SZ:SWZ ET:ETH FK:FLK FO:FRO FJ:FJI "
            "FI:FIN FR:FRA GF:GUF PF:PYF TF:ATF GA:GAB GM:GMB GE:GEO DE:DEU GH:GHA GI:GIB GR:GRC GL:GRL GD:GRD GP:GLP "
            "GU:GUM GT:GTM GG:GGY GN:GIN GW:GNB GY:GUY HT:HTI HM:HMD VA:VAT HN:HND HK:HKG HU:HUN IS:ISL IN:IND ID:IDN "
            "IR:IRN IQ:IRQ IE:IRL IM:IMN IL:ISR IT:ITA JM:JAM JP:JPN JE:JEY JO:JOR KZ:KAZ KE:KEN KI:KIR KP:PRK KR:KOR "
            "KW:KWT KG:KGZ LA:LAO LV:LVA LB:LBN LS:LSO LR:LBR LY:LBY LI:LIE LT:LTU LU:LUX MO:MAC MG:MDG MW:MWI MY:MYS "
            "MV:MDV ML:MLI MT:MLT MH:MHL MQ:MTQ MR:MRT MU:MUS YT:MYT MX:MEX FM:FSM MD:MDA MC:MCO MN:MNG ME:MNE MS:MSR "
            "MA:MAR MZ:MOZ MM:MMR NA:NAM NR:NRU NP:NPL NL:NLD NC:NCL NZ:NZL NI:NIC NE:NER NG:NGA NU:NIU NF:NFK MK:MKD "
            "MP:MNP NO:NOR OM:OMN PK:PAK PW:PLW PS:PSE PA:PAN PG:PNG PY:PRY PE:PER PH:PHL PN:PCN PL:POL PT:PRT PR:PRI "
            "QA:QAT RE:REU RO:ROU RU:RUS RW:RWA BL:BLM SH:SHN KN:KNA LC:LCA MF:MAF PM:SPM VC:VCT WS:WSM SM:SMR ST:STP "
            "SA:SAU SN:SEN RS:SRB SC:SYC SL:SLE SG:SGP SX:SXM SK:SVK SI:SVN SB:SLB SO:SOM ZA:ZAF GS:SGS SS:SSD ES:ESP "
            "LK:LKA SD:SDN SR:SUR SJ:SJM SE:SWE CH:CHE SY:SYR TW:TWN TJ:TJK TZ:TZA TH:THA TL:TLS TG:TGO TK:TKL TO:TON "
            "TT:TTO TN:TUN TR:TUR TM:TKM TC:TCA TV:TUV UG:UGA UA:UKR AE:ARE GB:GBR UM:UMI UY:URY UZ:UZB VU:VUT VE:VEN "
            "VN:VNM VG:VGB VI:VIR WF:WLF EH:ESH YE:YEM ZM:ZMB ZW:ZWE"
        ).split()
    )
} | {"CANADA": "CA", "MEXICO": "MX", "UNITED KINGDOM": "GB", "GERMANY": "DE"}
"""ISO 3166-1: the two letters of N404 by the three letters that others write, and the commonest names."""
_TWO_LETTERS = frozenset(_COUNTRIES.values())


def country(text: str) -> str:
    """N404: two letters of ISO 3166 by two or three; blank for the United States, whose addresses don't say it."""
    written = upper_ascii(text).replace(".", "")
    if written in _UNITED_STATES:
        return ""
    if written in _TWO_LETTERS:
        return written
    try:
        return _COUNTRIES[written]
    except KeyError:
        raise Unusable("is not a country of ISO 3166, in two or three letters") from None
