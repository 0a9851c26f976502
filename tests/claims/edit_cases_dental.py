"""Edits of dental claims: each code by a claim that breaks it and one that doesn't. No test here."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from edigate.claims import model as m
from tests.claims.edit_samples import JUNE, Case, dental, filling
from tests.claims.made_up import changed

PLACED = date(2016, 4, 2)
BRACES = filling(procedure="D8080", teeth=[])
CROWN = filling(procedure="D2740", teeth=[m.Tooth(code="14")])
SCALING = filling(procedure="D4341", teeth=[])


def tooth(code: str, *surfaces: str) -> m.ServiceLine:
    return filling(procedure="D2999", teeth=[m.Tooth(code=code, surfaces=list(surfaces))])


def months(total: str, remaining: str) -> m.Claim:
    treatment = m.Orthodontics(total_months=Decimal(total), remaining_months=Decimal(remaining))
    return dental(BRACES, orthodontics=treatment, appliance_placement_date=PLACED)


FAILS = [
    Case("REQUIRED", "service_lines[0].procedure", dental(filling(procedure=""))),
    Case("REQUIRED", "place_of_service", dental(place_of_service="")),
    Case("UNITS", "service_lines[0].units", dental(filling(units=Decimal(0)))),
    Case("REPLACEMENT-NUMBER", "payer_claim_control_number", dental(frequency_code="6")),
    Case("COUNT", "diagnoses", dental(diagnoses=[m.Diagnosis(code=f"K02{n}", qualifier="ABK") for n in range(5)])),
    Case("COUNT", "service_lines[0].oral_cavities", dental(filling(oral_cavities=["10", "20", "30"] * 2))),
    Case("CODE", "assignment_code", dental(assignment_code="B")),
    Case("CODE", "service_lines[0].prosthesis", dental(filling(prosthesis="X"))),
    Case("CODE", "predetermination", dental(predetermination="Y")),
    Case("DENTAL-DATE", "service_lines[0].service_date", dental(filling(service_date=None))),
    Case("PREDETERMINATION-DATE", "service_lines[0].service_date", dental(predetermination="PB")),
    Case("PREDETERMINATION-DATE", "service_date",
         dental(filling(service_date=None), predetermination="PB", service_date=JUNE)),
    Case("PROSTHESIS-DATE", "service_lines[0].prior_placement_date", dental(changed(CROWN, prosthesis="R"))),
    Case("PROSTHESIS", "service_lines[0].prosthesis", dental(CROWN)),
    Case("ORTHODONTICS", "orthodontics", dental(BRACES)),
    Case("ORTHODONTICS-MONTHS", "orthodontics.remaining_months", months("24", "25")),
    Case("ORTHODONTICS-MONTHS", "orthodontics.total_months", months("24.5", "12")),
    Case("APPLIANCE-DATE", "appliance_placement_date",
         dental(BRACES, orthodontics=m.Orthodontics(indicator="Y"))),
    Case("TOOTH-STATUS", "tooth_statuses[0].tooth", dental(tooth_statuses=[m.ToothStatus(tooth="33", status="M")])),
    Case("TOOTH-STATUS", "tooth_statuses[0].status", dental(tooth_statuses=[m.ToothStatus(tooth="3", status="X")])),
    Case("DATE-ORDER", "service_lines[0].prior_placement_date",
         dental(changed(CROWN, prosthesis="R", prior_placement="441", prior_placement_date=date(2026, 6, 20)))),
    Case("DATE-ORDER", "service_lines[0].treatment_completion_date",
         dental(filling(treatment_start_date=JUNE, treatment_completion_date=date(2026, 6, 14)))),
    Case("CDT", "service_lines[0].procedure", dental(filling(procedure="99213"))),
    Case("MODIFIER", "service_lines[0].modifiers", dental(filling(modifiers=["X"]))),
    Case("TOOTH", "service_lines[0].teeth[0].code", dental(tooth("33"))),
    Case("TOOTH", "service_lines[0].teeth[0].code", dental(tooth("UR"))),
    Case("SURFACE", "service_lines[0].teeth[0].surfaces", dental(tooth("14", "MO"))),
    Case("SURFACE", "service_lines[0].teeth[0].surfaces", dental(tooth("14", "M", "M"))),
    Case("SURFACE-TOOTH", "service_lines[0].teeth[0].surfaces", dental(tooth("8", "O"))),
    Case("SURFACE-TOOTH", "service_lines[0].teeth[0].surfaces", dental(tooth("A", "I"))),
    Case("ORAL-CAVITY", "service_lines[0].oral_cavities", dental(filling(oral_cavities=["UR"]))),
    Case("TOOTH-NEEDED", "service_lines[0].teeth", dental(filling(teeth=[]))),
    Case("SURFACE-COUNT", "service_lines[0].teeth[0].surfaces",
         dental(filling(teeth=[m.Tooth(code="14", surfaces=["M", "O", "D"])]))),
    Case("QUADRANT-NEEDED", "service_lines[0].oral_cavities", dental(SCALING)),
    Case("POINTER", "service_lines[0].diagnosis_pointers", dental(filling(diagnosis_pointers=[1]))),
    Case("LINE-TWICE", "service_lines[1].procedure", dental(filling(), filling())),
]  # fmt: skip

PASSES: list[tuple[str, m.Claim]] = [
    ("UNITS", dental(filling(units=None))),
    ("CODE", dental(frequency_code="6", payer_claim_control_number="ICN1", special_program="01")),
    ("DENTAL-DATE", dental(filling(service_date=None), service_date=JUNE)),
    ("DENTAL-DATE", dental(filling(service_date=None), predetermination="PB")),
    ("DENTAL-DATE", dental(changed(BRACES, service_date=None), orthodontics=m.Orthodontics(total_months=Decimal(36)),
                           appliance_placement_date=PLACED)),
    ("PREDETERMINATION-DATE", dental(filling(service_date=None), predetermination="PB")),
    ("PROSTHESIS-DATE", dental(changed(CROWN, prosthesis="R", prior_placement="139", prior_placement_date=PLACED))),
    ("PROSTHESIS-DATE", dental(changed(CROWN, prosthesis="I"))),
    ("PROSTHESIS", dental(changed(CROWN, prosthesis="I"))),
    ("ORTHODONTICS", months("24", "12")),
    ("ORTHODONTICS-MONTHS", months("24", "24")),
    ("APPLIANCE-DATE", months("24", "12")),
    ("TOOTH-STATUS", dental(tooth_statuses=[m.ToothStatus(tooth="3", status="M")])),
    ("TOOTH-STATUS", dental(tooth_statuses=[m.ToothStatus(tooth="K", status="E")])),
    ("CDT", dental()),
    ("TOOTH", dental(tooth("T"), tooth("51"), tooth("AS"))),
    ("SURFACE", dental(tooth("14", "M", "O", "D", "B", "L"))),
    ("SURFACE-TOOTH", dental(tooth("8", "I"), tooth("14", "O"))),
    ("ORAL-CAVITY", dental(filling(oral_cavities=["00", "10", "L"]))),
    ("TOOTH-NEEDED", dental(filling(procedure="D0120", teeth=[]))),  # an examination
    ("SURFACE-COUNT", dental(filling(procedure="D2161", teeth=[m.Tooth(code="14", surfaces=list("MODBL"))]))),
    ("QUADRANT-NEEDED", dental(changed(SCALING, oral_cavities=["30"]))),
    ("LINE-TWICE", dental(filling(), filling(teeth=[m.Tooth(code="3", surfaces=["M", "O"])]))),
]  # fmt: skip
