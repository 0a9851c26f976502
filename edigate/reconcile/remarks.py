"""What is usually done about a remark (RARC), where that says more than the reason it stands beside. Our own texts.

Data alone. Code source: X12 411. A remark that isn't here leaves the advice to its reason (`reasons.py`).
"""

from __future__ import annotations

_REPLACE = "and send a replacement."

ACTIONS: dict[str, str] = {
    "M15": "Check the bundling rule; a modifier for a distinct service may apply.",
    "M20": f"Correct the HCPCS code {_REPLACE}",
    "M44": f"Correct the condition code {_REPLACE}",
    "M45": f"Correct the occurrence code or its date {_REPLACE}",
    "M49": f"Correct the value code or its amount {_REPLACE}",
    "M50": f"Correct the revenue code {_REPLACE}",
    "M51": f"Correct the procedure code {_REPLACE}",
    "M52": f"Correct the first day of service {_REPLACE}",
    "M53": f"Correct the units {_REPLACE}",
    "M56": f"Correct the payer id {_REPLACE}",
    "M59": f"Correct the last day of service {_REPLACE}",
    "M62": f"Add the treatment authorization {_REPLACE}",
    "M64": f"Correct the other diagnosis {_REPLACE}",
    "M76": f"Correct the diagnosis {_REPLACE}",
    "M77": f"Correct the place of service {_REPLACE}",
    "M79": f"Correct the charge {_REPLACE}",
    "M80": "Check which of the day's services the payer counts together; a modifier may apply.",
    "M86": "Find the earlier claim for the same service; appeal where the second was needed.",
    "M119": f"Add or correct the NDC {_REPLACE}",
    "M127": "Send the medical record.",
    "MA04": "Send the claim again with what the primary payer decided (edigate secondary).",
    "MA13": "Write it off or appeal; it may not be billed to the patient.",
    "MA27": f"Correct the member id or name as on the card {_REPLACE}",
    "MA30": f"Correct the type of bill {_REPLACE}",
    "MA36": f"Correct the patient's name {_REPLACE}",
    "MA39": f"Correct the patient's sex {_REPLACE}",
    "MA43": f"Correct the patient's status {_REPLACE}",
    "MA61": f"Correct the member number {_REPLACE}",
    "MA63": f"Correct the principal diagnosis {_REPLACE}",
    "MA83": "Say whether this payer is the first or a later one, and send the claim again.",
    "MA92": "Complete the other plan's data and send the claim again.",
    "MA112": f"Correct the group practice's data {_REPLACE}",
    "MA114": f"Complete where the service was done (name, address, NPI) {_REPLACE}",
    "MA120": f"Add the CLIA number {_REPLACE}",
    "MA130": "Send a new, complete claim; this one can't be appealed.",
    "N4": "Send the claim again with what the primary payer decided (edigate secondary).",
    "N54": "Compare the claim with the authorization; correct the one that is wrong.",
    "N56": f"Correct the procedure code for the day of service {_REPLACE}",
    "N95": "Check the provider's enrolment and taxonomy with this payer.",
    "N115": "Read the local coverage rule; correct the diagnosis where the record supports another, or appeal.",
    "N179": "Have the member answer the payer.",
    "N265": f"Correct the ordering provider's NPI {_REPLACE}",
    "N286": f"Correct the referring provider's NPI {_REPLACE}",
    "N290": f"Correct the rendering provider's NPI {_REPLACE}",
    "N362": "Correct the units, or appeal with what shows that all were needed.",
    "N386": "Read the national coverage rule; correct the diagnosis where the record supports another, or appeal.",
    "N519": f"Correct the combination of codes {_REPLACE}",
    "N522": "Nothing to do: the crossover claim is with the payer already.",
    "N657": f"Use the code that says it rightly {_REPLACE}",
    "N706": "Send the documents that are missing.",
}


def action(remarks: tuple[str, ...]) -> str:
    """What to do about the first of these remarks that says more than its reason; empty where none does."""
    return next((ACTIONS[code] for code in remarks if code in ACTIONS), "")
