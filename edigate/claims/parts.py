"""Segments and loops that stand in many places of the 837s (005010X222A1, X223A2, X224A2). Knows no order of loops."""

from __future__ import annotations

from edigate.claims.model import (
    Adjustment,
    AdjustmentGroup,
    Attachment,
    Condition,
    Contact,
    Identifier,
    Note,
    Provider,
)
from edigate.x12.binding import (
    Loop,
    Part,
    Segment,
    comp,
    const,
    el,
    groups,
    key,
    loop,
    many,
    pairs,
    qualified,
    segment,
    texts,
    when,
)
from edigate.x12.codecs import day, money, number


def named(entity: str, *codes: str, into: str = "", ids: tuple[str, ...] = ("XX",)) -> Segment:
    """NM1 of a provider."""
    return segment(
        "NM1", when(1, entity, *codes), el(2, "entity_type"), el(3, "last_name"), el(4, "first_name"),
        el(5, "middle_name"), el(7, "suffix"), qualified(8, ids, 9, "npi"), into=into,
    )  # fmt: skip


def person(entity: str, *id_parts: Part, into: str = "", entity_type: Part | None = None) -> Segment:
    """NM1 of a subscriber or patient."""
    return segment(
        "NM1", when(1, entity), entity_type or const(2, "1"), el(3, "last_name"), el(4, "first_name"),
        el(5, "middle_name"), el(7, "suffix"), *id_parts, into=into,
    )  # fmt: skip


def address(into: str) -> tuple[Segment, Segment]:
    """N3 and N4, into an Address."""
    return (
        segment("N3", el(1, "line1"), el(2, "line2"), into=into),
        segment(
            "N4", el(1, "city"), el(2, "state"), el(3, "postal_code"), el(4, "country"),
            el(7, "country_subdivision"), into=into,
        ),
    )  # fmt: skip


def contacts(field: str = "contacts", into: str = "") -> Segment:
    """PER*IC; numbers are written in the order TE, EX, FX, EM, whatever order they came in."""
    return many(
        "PER", field, Contact, const(1, "IC"), el(2, "name"),
        pairs(3, 3, TE="phone", EX="extension", FX="fax", EM="email"), into=into,
    )  # fmt: skip


def identifiers(field: str, *qualifiers: str, into: str = "") -> Segment:
    """REF of an entity that may have several, each told by its qualifier; REF04 says whose number it is."""
    return many(
        "REF", field, Identifier, key(1, "qualifier", *qualifiers), el(2, "value"),
        comp(4, const(1, "2U"), el(2, "payer_id")), into=into,
    )  # fmt: skip


def reference(qualifier: str, field: str, into: str = "") -> Segment:
    """REF that is one field."""
    return segment("REF", when(1, qualifier), el(2, field), into=into)


def dated(qualifier: str, field: str) -> Segment:
    """DTP of one day."""
    return segment("DTP", when(1, qualifier), const(2, "D8"), el(3, field, day))


def provider(loop_id: str, field: str, entity: str, *codes: str, role: str = "", ids: tuple[str, ...] = ()) -> Loop:
    """A provider in a role: every segment that any of them may have, in the guide's order."""
    return loop(
        loop_id,
        Provider,
        named(entity, *codes),
        segment("PRV", when(1, role or "PE"), const(2, "PXC"), el(3, "taxonomy")),
        *address("address"),
        identifiers("secondary_ids", *(ids or ("0B", "1G", "G2", "LU"))),
        contacts(),
        field=field,
    )


# A procedure of a composite; a line may have none (I), and then no qualifier of one.
PROCEDURE = (
    qualified(1, (), 2, "procedure", qualifier_field="procedure_qualifier"),
    texts(3, 6, "modifiers"),
    el(7, "description"),
)
DEMOGRAPHICS = (qualified(1, "D8", 2, "birth_date", day), el(3, "sex"))
CIRCUMSTANCES = (  # PAT05-09
    qualified(5, "D8", 6, "death_date", day),
    qualified(7, "01", 8, "weight", number),
    el(9, "pregnant"),
)
CAS = many(
    "CAS", "adjustment_groups", AdjustmentGroup, el(1, "group"),
    groups(2, 3, 6, "adjustments", Adjustment, el(1, "reason"), el(2, "amount", money), el(3, "quantity", number)),
)  # fmt: skip
ATTACHMENTS = many(
    "PWK", "attachments", Attachment, el(1, "report_type"), el(2, "transmission"),
    qualified(5, "AC", 6, "control_number"),
)  # fmt: skip
NOTES = many("NTE", "notes", Note, el(1, "qualifier"), el(2, "text"))
AMBULANCE = segment(
    "CR1", qualified(1, "LB", 2, "weight", number), el(4, "reason"), qualified(5, "DH", 6, "distance", number),
    el(9, "round_trip_purpose"), el(10, "stretcher_purpose"), into="ambulance",
)  # fmt: skip
CONTRACT = segment(
    "CN1", el(1, "type"), el(2, "amount", money), el(3, "percentage", number), el(4, "code"),
    el(5, "discount_percentage", number), el(6, "version"), into="contract",
)  # fmt: skip
PRICING = segment(
    "HCP", el(1, "methodology"), el(2, "allowed_amount", money), el(3, "savings", money), el(4, "repricer_id"),
    el(5, "rate", number), el(6, "ambulatory_group"), el(7, "ambulatory_group_amount", money),
    el(8, "revenue_code"), el(9, "procedure_qualifier"), el(10, "procedure"), el(11, "unit"), el(12, "units", number),
    el(13, "reject_reason"), el(14, "compliance"), el(15, "exception"), into="pricing",
)  # fmt: skip
FIXED_FORMAT = many("K3", "fixed_format_records", None, el(1, "value"))
CONDITIONS = many(
    "CRC", "conditions", Condition, el(1, "category"), el(2, "applies"), texts(3, 7, "codes")
)  # fmt: skip


def ambulance_places(pick_up: str, drop_off: str) -> tuple[Loop, Loop]:
    """Where an ambulance took the patient from and to: 2310E and 2310F, 2420G and 2420H."""
    return (
        loop(pick_up, None, segment("NM1", when(1, "PW"), const(2, "2")), *address("ambulance_pick_up")),
        loop(
            drop_off, None, segment("NM1", when(1, "45"), const(2, "2"), el(3, "ambulance_drop_off_name")),
            *address("ambulance_drop_off"),
        ),
    )  # fmt: skip


DRUG = loop(
    "2410",
    None,
    segment("LIN", key(2, "drug_qualifier", "N4", "EN", "EO", "HI", "ON", "UK", "UP"), el(3, "national_drug_code")),
    segment("CTP", el(4, "drug_quantity", number), comp(5, el(1, "drug_unit"))),
    reference("VY", "drug_link_number"),
    reference("XZ", "prescription_number"),
)
