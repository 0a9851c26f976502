"""SNIP level 5, parties: providers' numbers and names, addresses, contacts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from operator import attrgetter

from edigate.claims.edits import codes as c
from edigate.claims.edits.many import Columns, Many
from edigate.claims.edits.places import LINE_PROVIDERS, other_addresses_of, providers_of, words
from edigate.claims.edits.rule import ClaimChecks, Found, Level, LineChecks, OfClaim
from edigate.claims.model import Address, Claim, Contact, Patient, Provider, Subscriber

LEVEL = Level(5)

NPI = LEVEL.error(
    "NPI", "PID", "CMS, NPI check digit calculation",
    "Not ten digits, or the check digit is wrong: a typing error.",
    "Look it up at nppes.cms.hhs.gov.",
)  # fmt: skip
TAXONOMY = LEVEL.error(
    "TAXONOMY", "PID", "NUCC; 2000A, 2310, 2420 PRV03",
    "Not nine characters and an X.",
    "Take the code from the NUCC's list, not the specialty's name.",
)  # fmt: skip
SSN = LEVEL.error(
    "SSN", "PID", "2010BA, 2010CA, 2330A REF*SY; Stedi's claim edits",
    "A social security number that isn't nine digits.",
    "Leave out the hyphens, or the number: hardly any payer asks for it.",
)  # fmt: skip
TAX_ID = LEVEL.error(
    "TAX-ID", "PID", "2010AA REF*EI, REF*SY",
    "Not nine digits.",
    "Give the EIN or SSN with its leading zeros.",
)  # fmt: skip
TAX_ID_HYPHEN = LEVEL.warning(
    "TAX-ID-HYPHEN", "PID", "2010AA REF02",
    "A tax id with hyphens; many payers refuse it.",
    'Give the nine digits alone, or allow the repair `"TAX-ID-HYPHEN"`.',
)  # fmt: skip
UPIN = LEVEL.warning(
    "UPIN", "PID", "REF*1G; Stedi's claim edits",
    "A UPIN that isn't a letter and five digits, or three of each.",
    "Leave it out: NPIs took its place in 2007.",
)  # fmt: skip
PROVIDER_NAME = LEVEL.error(
    "PROVIDER-NAME", "PID", "NM103",
    "A provider without a last or organisation's name.",
    "Map the name, or leave the provider out.",
)  # fmt: skip
PROVIDER_TYPE = LEVEL.error(
    "PROVIDER-TYPE", "PID", "NM102",
    "A provider who is neither a person (1) nor an organisation (2).",
    "Map `entity_type`.",
)  # fmt: skip
FIRST_NAME = LEVEL.warning(
    "FIRST-NAME", "PID", "NM104",
    "A person without a first name.",
    "Right only where there really is none.",
)  # fmt: skip
CONTACT = LEVEL.error(
    "CONTACT", "PID", "PER03-08",
    "A contact with no number at all, or with more than three.",
    "Give one to three of telephone, extension, fax and email.",
)  # fmt: skip
PHONE = LEVEL.warning(
    "PHONE", "PID", "PER04, X222A1 1.12",
    "A telephone number that isn't ten digits.",
    'Leave out spaces, brackets and hyphens, or allow the repair `"PHONE"`.',
)  # fmt: skip
COUNTRY = LEVEL.error(
    "COUNTRY", "PID", "N404, ISO 3166",
    "A country that isn't two capital letters.",
    "CA, MX. None for the United States.",
)  # fmt: skip
STATE = LEVEL.error(
    "STATE", "PID", "N402, USPS",
    "No state, or not one of the USPS's.",
    "Two capital letters; for other countries give the country too.",
)  # fmt: skip
ZIP = LEVEL.error(
    "ZIP", "PID", "N403",
    "No ZIP code, or not five or nine digits.",
    'Leave out the hyphen, or allow the repair `"ZIP-HYPHEN"`.',
)  # fmt: skip
ZIP9 = LEVEL.error(
    "ZIP9", "PID", "2010AA N403",
    "The billing provider's ZIP code has five digits.",
    "Payers need the nine digits of the billing address.",
)  # fmt: skip
PO_BOX = LEVEL.error(
    "PO-BOX", "PID", "2010AA N301",
    "The billing provider's address is a post box, a lockbox or a private mailbox (PMB).",
    "Give the street; a post box goes to `pay_to_address`.",
)  # fmt: skip


@lru_cache(maxsize=4096)  # the same few providers stand on every claim
def npi_check_digit(npi: str) -> bool:
    """Luhn over 80840 + NPI (CMS, NPI check digit calculation). Shape is not asked here."""
    total = 24  # what the prefix 80840 adds
    for index, digit in enumerate(reversed(npi)):
        value = int(digit) * (2 if index % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


_NUMBERS = attrgetter("npi", "taxonomy", "tax_id", "entity_type")


def sound_providers(many: Many) -> bool:
    """Of claims whose lines name nobody."""
    found = Found(many.today, many.codes)
    for provider in many.providers:
        _provider(provider, "provider", found)
    return not found.findings


def providers(claim: Claim, found: Found) -> None:
    """Everybody in a role, with all that hangs on them."""
    for field, provider in providers_of(claim):
        _provider(provider, field, found)


def _provider(provider: Provider, field: str, found: Found) -> None:
    numbers = _NUMBERS(provider)
    if not _well_formed(*numbers):
        _numbers(provider, field, found)
    if not provider.last_name:
        if not field.endswith("purchased_service_provider"):  # 2420B has no name
            found.add(PROVIDER_NAME, f"{field}.last_name", f"the {words(field)} has no name")
    elif not provider.first_name and provider.entity_type == "1":
        found.add(FIRST_NAME, f"{field}.first_name", f"the {words(field)} has no first name")
    if provider.address is not None:
        address(provider.address, field + ".address", found)
    if provider.contacts:
        _contacts(provider.contacts, field, found)
    for nth, identifier in enumerate(provider.secondary_ids):
        if identifier.qualifier == "1G" and not c.UPIN.fullmatch(identifier.value):
            found.add(UPIN, f"{field}.secondary_ids[{nth}].value", f"{identifier.value} isn't a UPIN (A12345)")


@lru_cache(maxsize=4096)
def _well_formed(npi: str, taxonomy: str, tax_id: str, entity_type: str) -> bool:
    return (
        (not npi or (c.NPI.fullmatch(npi) is not None and npi_check_digit(npi)))
        and (not taxonomy or c.TAXONOMY.fullmatch(taxonomy) is not None)
        and (not tax_id or c.TAX_ID.fullmatch(tax_id) is not None)
        and entity_type in ("1", "2")
    )


def _numbers(provider: Provider, field: str, found: Found) -> None:
    """Real NPIs begin with 1 or 2, but CMS's own test data has others: that isn't asked."""
    npi = provider.npi
    if npi and not c.NPI.fullmatch(npi):
        found.add(NPI, f"{field}.npi", f"{npi} isn't an NPI: it needs ten digits")
    elif npi and not npi_check_digit(npi):
        found.add(NPI, f"{field}.npi", f"{npi} isn't an NPI: its check digit is wrong")
    if provider.taxonomy and not c.TAXONOMY.fullmatch(provider.taxonomy):
        found.add(TAXONOMY, f"{field}.taxonomy", f"{provider.taxonomy} isn't a taxonomy code (207Q00000X)")
    if provider.tax_id and not c.TAX_ID.fullmatch(provider.tax_id):
        if c.TAX_ID_HYPHENS.fullmatch(provider.tax_id):
            found.add(TAX_ID_HYPHEN, f"{field}.tax_id", "many payers refuse a tax id with hyphens; give nine digits")
        else:
            found.add(TAX_ID, f"{field}.tax_id", "the tax id needs nine digits")
    if provider.entity_type not in ("1", "2"):
        found.add(PROVIDER_TYPE, f"{field}.entity_type", f"the {words(field)} is neither 1 nor 2")


def all_well_addressed(many: Many) -> bool:
    """Of claims that give no addresses but those of providers, of who is insured and treated, and of payers."""
    for people in (many.subscriber, many.patient):
        if not all(people["first_name"]) or not people.said.isdisjoint(("social_security_number", "contacts")):
            return False
    people_at = filter(None, (*many.subscriber["address"], *many.patient["address"]))
    payers_at = [payer.address for payer in many.payers if payer.address is not None]
    places = Columns([*people_at, *payers_at]).rows(("state", "postal_code", "country"))
    return all(_well_placed(*place) for place in set(places))


@lru_cache(maxsize=8192)
def _well_placed(state: str, postal_code: str, country: str) -> bool:
    return not country and state in c.STATES and c.ZIP.fullmatch(postal_code) is not None


def insured(claim: Claim, found: Found) -> None:
    """Subscriber and patient; everybody else's addresses."""
    if claim.subscriber is not None:
        _person(claim.subscriber, "subscriber", found)
    if claim.patient is not None:
        _person(claim.patient, "patient", found)
    for number, other in enumerate(claim.other_subscribers):
        if other.social_security_number and not c.TAX_ID.fullmatch(other.social_security_number):
            field = f"other_subscribers[{number}].social_security_number"
            found.add(SSN, field, "the social security number needs nine digits")
    for field, each in other_addresses_of(claim):
        address(each, field, found)


def _person(person: Subscriber | Patient, field: str, found: Found) -> None:
    if person.social_security_number and not c.TAX_ID.fullmatch(person.social_security_number):
        found.add(SSN, f"{field}.social_security_number", "the social security number needs nine digits")
    if not person.first_name and person.last_name and getattr(person, "entity_type", "1") == "1":
        found.add(FIRST_NAME, f"{field}.first_name", f"the {field} has no first name")
    if person.address is not None:
        address(person.address, field + ".address", found)
    if person.contacts:
        _contacts(person.contacts, field, found)


def _contacts(contacts: Sequence[Contact], field: str, found: Found) -> None:
    """A contact has a number, at most three, and telephone numbers have ten digits."""
    for nth, contact in enumerate(contacts):
        at = f"{field}.contacts[{nth}]"
        numbers = [contact.phone, contact.extension, contact.fax, contact.email]
        if all(numbers):
            found.add(CONTACT, f"{at}.email", "a contact has room for three numbers; leave one out")
        elif not any(numbers):
            found.add(CONTACT, f"{at}.phone", "the contact has neither telephone, fax nor email")
        for name in ("phone", "fax"):
            if (value := getattr(contact, name)) and not c.PHONE.fullmatch(value):
                found.add(PHONE, f"{at}.{name}", "a telephone number has ten digits and nothing else")


def address(of: Address, field: str, found: Found) -> None:
    """State and ZIP of a United States address."""
    if of.country:
        if not c.COUNTRY.fullmatch(of.country):
            found.add(COUNTRY, f"{field}.country", "a country is two letters (ISO 3166), and none for the US")
        if of.country != "US":
            return
    if of.state not in c.STATES:
        if of.state:
            found.add(STATE, f"{field}.state", "the state isn't one of the USPS's", of.state)
        elif of.city:
            found.add(STATE, f"{field}.state", "the address has no state")
    code = of.postal_code
    if not c.ZIP.fullmatch(code):
        if code:
            found.add(ZIP, f"{field}.postal_code", "a ZIP code has five or nine digits")
        elif of.city:
            found.add(ZIP, f"{field}.postal_code", "the address has no ZIP code")


@lru_cache(maxsize=1024)
def _post_box(street: str) -> bool:
    return c.POST_BOX.search(street) is not None


def all_in_streets(many: Many) -> bool:
    addresses = [provider.address for provider in many.billing if provider.address is not None]
    return not any(of.country in ("", "US") and (len(of.postal_code) != 9 or _post_box(of.line1)) for of in addresses)


def billing_address(claim: Claim, found: Found) -> None:
    """The billing provider's address is no post box and has nine digits."""
    billing = claim.billing_provider
    if billing is None or billing.address is None or billing.address.country not in ("", "US"):
        return
    code, street = billing.address.postal_code, billing.address.line1
    if len(code) == 9 and not _post_box(street):
        return
    if len(code) == 5 and c.ZIP.fullmatch(code):
        found.add(ZIP9, "billing_provider.address.postal_code", "the billing provider needs a ZIP of nine digits")
    if _post_box(street):
        found.add(
            PO_BOX, "billing_provider.address.line1",
            "the billing provider's address must be a street; a post box goes to the pay-to address",
        )  # fmt: skip


CHECKS: ClaimChecks = (
    OfClaim("PID", providers, spotless=sound_providers, beside_lines=LINE_PROVIDERS),
    OfClaim(
        "PID", insured, spotless=all_well_addressed,
        beside=("other_subscribers", "pay_to_address", "pay_to_plan", "ambulance_pick_up", "ambulance_drop_off"),
        beside_lines=("ambulance_pick_up", "ambulance_drop_off"),
    ),
    OfClaim("PID", billing_address, spotless=all_in_streets),
)  # fmt: skip
LINE_CHECKS: LineChecks = ()
