"""What the loops of an 837 share: names, addresses, references, dates, as 005010 guides use them.

Knows which elements of these segments the guides use. Refuses to know where a guide puts them.
"""

from __future__ import annotations

from collections.abc import Sequence

from scripts.maps.notation import Composite, Elements, Loop, Segment, loop


def nm1(code: str, name: str, usage: str, position: int, elements: Elements) -> Segment:
    """A name: NM101 tells who it is."""
    return Segment("NM1", name, usage, position, 1, {1: f"R ={code}", **elements})


def names(who: str, types: str, last: str = "Last Name") -> Elements:
    """NM102 to NM107 of someone who may be a person."""
    return {
        2: f"R ={types}",
        3: f"R {who} {last}",
        4: f"S {who} First Name",
        5: f"S {who} Middle Name or Initial",
        7: f"S {who} Name Suffix",
    }


def provider(code: str, who: str, position: int, *, types: str = "1", last: str = "Last Name") -> Segment:
    """A provider who acts: a name, perhaps an NPI."""
    number = {8: "S =XX", 9: f"S {who} Identifier"}
    return nm1(code, f"{who} Name", "R", position, {**names(who, types, last), **number})


def organization(code: str, name: str, position: int, qualifiers: str, *, known: str = "R") -> Segment:
    """An organization with its identifier."""
    return nm1(code, name, "R", position, {2: "R =2", 3: f"R {name}", 8: f"{known} ={qualifiers}", 9: known})


def address(name: str, usage: str, street: int, city: int) -> tuple[Segment, Segment]:
    """N3 and N4."""
    lines = {1: f"R {name} Address Line", 2: f"S {name} Address Line"}
    town: Elements = {
        1: f"R {name} City Name",
        2: f"S {{states}} {name} State or Province Code",
        3: f"S {name} Postal Zone or ZIP Code",
        4: "S {country}",
        7: "S",
    }
    return (
        Segment("N3", f"{name} Address", usage, street, 1, lines),
        Segment("N4", f"{name} City, State, ZIP Code", usage, city, 1, town),
    )


def ref(codes: str, name: str, usage: str, position: int, most: int = 1, *, by_payer: bool = False) -> Segment:
    """A reference. `by_payer`: REF04 may say whose number it is, when it isn't the destination payer's."""
    elements: dict[int, str | Composite] = {1: f"R ={codes}", 2: f"R {name}"}
    if by_payer:
        elements[4] = ("S", ["R =2U", "R Other Payer Primary Identifier"])
    return Segment("REF", name, usage, position, most, elements)


def prv(code: str, who: str, position: int) -> Segment:
    """A provider's taxonomy."""
    elements = {1: f"R ={code}", 2: "R =PXC", 3: "R Provider Taxonomy Code"}
    return Segment("PRV", f"{who} Specialty Information", "S", position, 1, elements)


def dtp(codes: str, name: str, usage: str, position: int, *, formats: str = "D8") -> Segment:
    """A date, or with `RD8` a range."""
    return Segment("DTP", name, usage, position, 1, {1: f"R ={codes}", 2: f"R ={formats}", 3: f"R {name}"})


def amt(code: str, name: str, position: int) -> Segment:
    """An amount."""
    return Segment("AMT", name, "S", position, 1, {1: f"R ={code}", 2: f"R {name}"})


def cas(name: str, position: int) -> Segment:
    """Adjustments: a group and up to six reasons, each with amount and quantity."""
    elements = {**dict.fromkeys(range(4, 20), "S"), 1: "R =CO,CR,OA,PI,PR", 2: "R", 3: "R"}
    return Segment("CAS", name, "S", position, 5, elements)


def per(name: str, usage: str, position: int) -> Segment:
    """How to reach a contact: up to three ways."""
    more = "S =EM,EX,FX,TE"
    elements = {1: "R =IC", 2: "S", 3: "R =EM,FX,TE", 4: "R", 5: more, 6: "S", 7: more, 8: "S"}
    return Segment("PER", name, usage, position, 2, elements)


def hl(who: str, level: str, children: str, *, parent: bool) -> Segment:
    """A level of the hierarchy; `parent`: HL02 names the level above."""
    elements = {1: "R", 3: f"R ={level}", 4: f"R ={children}", **({2: "R"} if parent else {})}
    return Segment("HL", f"{who} Hierarchical Level", "R", 10, 1, elements)


def dmg(who: str, usage: str) -> Segment:
    """Birth date and gender."""
    elements = {1: "R =D8", 2: f"R {who} Birth Date", 3: f"R =F,M,U {who} Gender Code"}
    return Segment("DMG", f"{who} Demographic Information", usage, 320, 1, elements)


def sbr(name: str, position: int, relationship: str) -> Segment:
    """Who is insured by whom in which order; SBR02 differs between 2000B and 2320."""
    filing = "11,12,13,14,15,16,17,AM,BL,CH,CI,DS,FI,HM,LM,MA,MB,MC,OF,TV,VA,WC,ZZ"
    elements = {
        1: "R =A,B,C,D,E,F,G,H,P,S,T,U",
        2: relationship,
        3: "S Subscriber Group or Policy Number",
        4: "S Subscriber Group Name",
        5: "S =12,13,14,15,16,41,42,43,47",
        9: f"S ={filing}",
    }
    return Segment("SBR", name, "R", position, 1, elements)


def cn1(position: int) -> Segment:
    """The contract between provider and payer."""
    elements = {**dict.fromkeys(range(2, 7), "S"), 1: "R =02,03,04,05,06,09"}
    return Segment("CN1", "Contract Information", "S", position, 1, elements)


def k3(position: int) -> Segment:
    """Room for what regulators ask at short notice."""
    return Segment("K3", "File Information", "S", position, 10, {1: "R"})


def hcp(name: str, position: int, methods: str, elements: Elements) -> Segment:
    """What a repricer says; `elements` are those that differ between claim and line."""
    refused = {13: "S =T1,T2,T3,T4,T5,T6", 14: "S =1,2,3,4,5", 15: "S =1,2,3,4,5,6"}
    shared = {1: f"R ={methods}", 2: "R", 3: "S", 4: "S", 5: "S"}
    return Segment("HCP", name, "S", position, 1, {**shared, **elements, **refused})


def service_facility(id_: str, positions: Sequence[int], qualifiers: str, *, by_payer: bool) -> Loop:
    """Where the service was rendered; `positions` of the loop, N3, N4 and REF."""
    who, (start, street, city, references) = "Service Facility Location", positions
    return loop(
        id_, f"{who} Name", "S", start, 1,
        organization("77", f"{who} Name", start, "XX", known="S"),
        *address(who, "R", street, city),
        ref(qualifiers, f"{who} Secondary Identification", "S", references, 3, by_payer=by_payer),
    )  # fmt: skip


def other_payer(id_: str, who: str, code: str, types: str, qualifiers: str, most: int, repeat: int = 1) -> Loop:
    """How another payer knows a provider of this claim."""
    name = f"Other Payer {who}"
    return loop(
        id_, name, "S", 3250, repeat,
        nm1(code, name, "R", 3250, {2: f"R ={types}"}),
        ref(qualifiers, f"{name} Secondary Identification", "R", 3550, most),
    )  # fmt: skip
