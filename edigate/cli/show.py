"""`edigate show`: the story of one claim, file or payment, as the ledger has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from msgspec.structs import asdict

from edigate.cli.invocation import Invocation, pass_invocation
from edigate.cli.output import emit, json_option, say, table
from edigate.errors import NoInputError
from edigate.money import from_cents, to_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edigate.gateway.mapping_leads import Lead, Leads
    from edigate.gateway.opening import Gateway
    from edigate.gateway.remitted import Remitted, Told
    from edigate.ledger.claim_payments import ClaimPaymentRow
    from edigate.ledger.deposit_shares import InBank
    from edigate.ledger.timeline import ClaimDetail, InboundDetail, OutboundDetail, PaymentDetail


@click.group()
def command() -> None:
    """The story of one claim, file or payment.

    \b
    Examples:
      edigate show claim 26463774
      edigate show file 12
      edigate show payment 0012345678
    """


@command.command()
@click.argument("id")
@json_option
@pass_invocation
def claim(invocation: Invocation, id: str, as_json: bool) -> None:  # noqa: A002 - the name people see in the help
    """A claim by ledger id, patient control number, or the encounter's key in the practice's own system.

    What is said against it, by us, by a 999 or by a 277CA, is led back to the field, its place in the 837 and
    the cells of the extract. `edigate mapping explain --claim ID` shows where every field came from.

    \b
    Example:
      edigate show claim 26463774
    """
    from edigate.gateway.mapping_leads import leads_of
    from edigate.gateway.opening import Gateway
    from edigate.ledger.purges import purged_claim_words
    from edigate.ledger.timeline import claim_detail, find_claims

    with Gateway.open(invocation.workspace) as gateway:
        with gateway.ledger.read() as tx:
            rows = find_claims(tx, id) or find_claims(tx, id.removeprefix("claim-"))
            found = [detail for row in rows if (detail := claim_detail(tx, row.id)) is not None]
            purged = {row.id: words for row in rows if (words := purged_claim_words(tx, row.id))}
        if not found:
            raise NoInputError(f"no claim has the id, patient control number or encounter key {id}")
        stories = [
            (detail, leads_of(gateway, detail), _remitted(gateway, detail.payments, set())) for detail in found
        ]

    def human() -> None:
        for detail, leads, said in stories:
            _tell_claim(detail, leads, said, purged.get(detail.claim.id, ""))

    told = [
        asdict(detail) | asdict(leads) | {"remitted": said.claims, "purged": purged.get(detail.claim.id, "")}
        for detail, leads, said in stories
    ]
    emit(told if len(told) > 1 else told[0], as_json=as_json, human=human)


@command.command()
@click.argument("id")
@json_option
@pass_invocation
def file(invocation: Invocation, id: str, as_json: bool) -> None:  # noqa: A002 - the name people see in the help
    """A file we sent or received, by name or by id; ids of files sent begin with `out-`, received with `in-`.

    A bare number means a received file first.

    \b
    Example:
      edigate show file clearing_837P_000000012.x12
    """
    from edigate.gateway.opening import Gateway
    from edigate.ledger.purges import purged_words
    from edigate.ledger.timeline import inbound_detail, outbound_detail

    with Gateway.open(invocation.workspace) as gateway, gateway.ledger.read() as tx:
        received = None if id.startswith("out-") else inbound_detail(tx, id.removeprefix("in-"))
        sent = None if id.startswith("in-") or received else outbound_detail(tx, id.removeprefix("out-"))
        found = received or sent
        if found is None:
            raise NoInputError(f"no file has the name or id {id}")
        purged = "" if gateway.archive.exists(found.file.sha256) else purged_words(tx, found.file.sha256)

    def human() -> None:
        if received is not None:
            _tell_inbound(received)
        elif sent is not None:
            _tell_outbound(sent)
        if purged:
            say(f"Its bytes were {purged}; what the ledger knows of it stays.")

    emit(asdict(found) | {"purged": purged}, as_json=as_json, human=human)


@command.command()
@click.argument("id")
@json_option
@pass_invocation
def payment(invocation: Invocation, id: str, as_json: bool) -> None:  # noqa: A002 - the name people see in the help
    """A payment by its EFT or check number (TRN02), or by ledger id, with the deposits it came in.

    What its 835 says beside the money is read from the archived file: the payer's contacts and totals, and of
    each claim what somebody must act on (a corrected member, another payer first, coverage that ended).

    \b
    Example:
      edigate show payment 0012345678
      edigate show payment payment-7
    """
    from edigate.gateway.opening import Gateway
    from edigate.ledger.timeline import payment_detail

    with Gateway.open(invocation.workspace) as gateway:
        with gateway.ledger.read() as tx:
            found = payment_detail(tx, id) or payment_detail(tx, id.removeprefix("payment-"))
        if found is None:
            raise NoInputError(f"no payment has the number or id {id}")
        said = _remitted(gateway, found.claims, {found.payment.id})
    emit(asdict(found) | {"remitted": said}, as_json=as_json, human=lambda: _tell_payment(found, said))


def _tell_in_bank(deposits: Sequence[InBank]) -> None:
    """Where a payment is in the bank; `edigate deposits list deposit-3` leads on."""
    for one in deposits:
        of = "" if one.amount_cents == one.deposit_cents else f" of its {_money(one.deposit_cents)}"
        why = f": {one.why}" if one.why else ""
        say(f"  in the bank: deposit-{one.deposit_id} of {one.day}, {_money(one.amount_cents)}{of} ({one.how}{why})")


def _remitted(gateway: Gateway, rows: Sequence[ClaimPaymentRow], payments: set[int]) -> Remitted:
    """What the archived 835s say of these claim payments beside the money."""
    from edigate.gateway.remitted import remitted
    from edigate.ledger.payments import sources_of

    with gateway.ledger.read() as tx:
        sources = sources_of(tx, payments | {row.payment_id for row in rows})
    return remitted(gateway.archive, rows, sources)


def _tell_claim(detail: ClaimDetail, leads: Leads, said: Remitted, purged: str) -> None:
    row, balance = detail.claim, detail.balance
    say(f"Claim {row.id}: patient control number {row.patient_control_number or '(none)'}, {row.state}")
    say(f"  from {row.source_file} rows {row.first_row}-{row.last_row}, encounter {row.encounter_key}")
    if row.superseded_by_id is not None:
        say(f"  replaced by claim {row.superseded_by_id}")
    say(f"  {row.kind} to {row.payer_name or 'payer unknown'} ({row.payer_id}), through {row.partner}, {row.usage}")
    if row.payer_claim_control_number:
        say(f"  the payer's number for it: {row.payer_claim_control_number}")
    if detail.outbound_file is not None and detail.outbound_set is not None:
        sent = detail.outbound_file
        say(f"  sent in {sent.filename} (out-{sent.id}), set {detail.outbound_set.st02}")
    if purged:
        say(f"  its persons were {purged}")
    say(
        f"  charged {_money(balance.charge_cents)}, paid {_money(balance.paid_cents)}, adjusted "
        f"{_money(balance.adjusted_cents)}, patient {_money(balance.patient_responsibility_cents)}, "
        f"outstanding {_money(balance.outstanding_cents)}"
    )
    if detail.lines:
        revenue = any(line.revenue_code for line in detail.lines)
        named = ["line", *(["revenue"] if revenue else []), "procedure", "modifiers", "units", "charge"]
        table(
            [*named, "service date", "our number"],
            [
                [
                    line.line_number,
                    *([line.revenue_code] if revenue else []),
                    line.procedure,
                    line.modifiers.replace(":", " "),
                    line.units,
                    from_cents(line.charge_cents),
                    line.service_date,
                    line.line_item_control_number,
                ]
                for line in detail.lines
            ],
        )
    for lead in leads.leads:
        _tell_lead(lead)
    if leads.changed and any(lead.field for lead in leads.leads):
        say(f"  ({leads.changed})")
    say()
    table(
        ["when", "what", "state", "by", "detail"],
        [
            [
                event.at,
                event.event,
                event.state_after,
                event.inbound_file or event.outbound_file,
                event.detail,
            ]
            for event in detail.events
        ],
    )
    for paid in detail.payments:
        say()
        _tell_claim_payment(paid)
        _tell_in_bank([one for one in detail.deposits if one.payment_id == paid.payment_id])
        for one in said.claims.get(paid.id, ()):
            say(f"  {_said(one)}")
    for one in said.payment:
        if one.segment == "835":  # a file that can't be read, or was purged
            say(f"  {_said(one)}")


def _said(one: Told) -> str:
    return f"{one.what} ({one.segment}): {one.said}{f': {one.act}' if one.act else ''}"


def _tell_lead(lead: Lead) -> None:
    """What is said, then what it leads to: `billing_provider.npi (2010AA NM109) <- encounters.csv row 2 ...`."""
    say(f"  {lead.by} {lead.code}: {lead.message}")
    if not lead.field:
        return
    place = f" ({lead.place})" if lead.place else ""
    value = f" = {lead.value}" if lead.value else ""
    cells = "; ".join(map(str, lead.sources))
    say(f"    {lead.field}{place}{value}{f' <- {cells}' if cells else ''}")


def _tell_claim_payment(paid: ClaimPaymentRow) -> None:
    from edigate.reconcile.reasons import remark_words, words

    posted = "" if paid.posted else " (held, not posted)"
    say(
        f"Payment {paid.trace_number} of {paid.effective_date or 'no date'}{posted}: status {paid.status_code}, "
        f"charge {_money(paid.charge_cents)}, paid {_money(paid.paid_cents)}, patient "
        f"{_money(paid.patient_responsibility_cents)}"
    )
    lines = {service.id: service for service in paid.services}
    rows = []
    for one in paid.adjustments:
        service = lines.get(one.service_payment_id) if one.service_payment_id is not None else None
        what = (service.billed_procedure or service.procedure) if service else "whole claim"
        rows.append([what, from_cents(one.amount_cents), words(one.group_code, one.reason_code)])
    if rows:
        table(["of", "amount", "reason"], rows)
    remarks = dict.fromkeys(" ".join([paid.remark_codes, *(one.remark_codes for one in paid.services)]).split())
    for code in remarks:
        say(f"  remark {remark_words(code)}")


def _tell_outbound(detail: OutboundDetail) -> None:
    sent = detail.file
    say(f"File out-{sent.id} {sent.filename} to {sent.partner}: {sent.state} since {sent.state_since:%Y-%m-%d %H:%M}")
    if sent.reason:
        say(f"  {sent.reason}")
    say(f"  ISA13 {sent.isa13:09d}, GS06 {sent.gs06}, {sent.claims} claims, {_money(sent.charge_cents)}, {sent.usage}")
    say(f"  TA1 {sent.ta1} {sent.ta1_note}; sha256 {sent.sha256}")
    if detail.carried is not None:
        by = f", signed with {detail.carried.signed_with}" if detail.carried.signed_with else ""
        say(f"  travels encrypted to {detail.carried.encrypted_to}{by}: {detail.carried.size:,} bytes")
        say(f"  sha256 {detail.carried.sha256}")
    if detail.acknowledges is not None:
        answered = detail.acknowledges
        say(f"  a {sent.kind} that answers file in-{answered.id} {answered.name} ({answered.kind}, {answered.state})")
        return
    table(
        ["set", "batch", "claims", "charges", "999"],
        [[one.st02, one.bht03, one.claims, from_cents(one.charge_cents), one.x999] for one in detail.sets],
    )
    table(
        ["claim", "patient control number", "charge", "state"],
        [[c.id, c.patient_control_number, from_cents(c.total_charge_cents), c.state] for c in detail.claims],
    )


def _tell_inbound(detail: InboundDetail) -> None:
    received = detail.file
    say(f"File in-{received.id} {received.name} from {received.partner}: {received.kind}, {received.state}")
    if received.reason:
        say(f"  {received.reason}")
    say(f"  received {received.received_at:%Y-%m-%d %H:%M}, sha256 {received.sha256}")
    say(f"  moved {detail.claims_moved} claims")
    for paid in detail.payments:
        say(f"  payment {paid.trace_number}: {_money(paid.amount_cents)}, {paid.state} {paid.reason}")
    for answer in detail.acknowledgments:
        say(f"  answered by our {answer.kind}, file out-{answer.id} {answer.filename}: {answer.state}")


def _tell_payment(detail: PaymentDetail, said: Remitted) -> None:
    paid, sums = detail.payment, detail.sums
    say(f"Payment {paid.id}: {_money(paid.amount_cents)} by {paid.payer_name} ({paid.method}), {paid.state}")
    say(f"  number {paid.trace_number} of payer {paid.trace_payer_id}, {paid.effective_date or 'no date'}")
    say(f"  from file in-{paid.inbound_file_id}, set {paid.set_number}")
    entries = sums.claims_paid_cents - sums.provider_adjustments_cents
    say(
        f"  claims {_money(sums.claims_paid_cents)} - provider adjustments "
        f"{_money(sums.provider_adjustments_cents)} = {_money(entries)}"
    )
    _tell_in_bank(detail.deposits)
    if paid.accepted_unbalanced:
        say(f"  off by {_money(abs(sums.difference_cents))}, accepted by a person: {paid.accepted_unbalanced}")
    table(
        ["claim", "patient control number", "status", "charge", "paid", "patient"],
        [
            [
                one.claim_id if one.claim_id is not None else "not ours",
                one.patient_control_number,
                one.status_code,
                from_cents(one.charge_cents),
                from_cents(one.paid_cents),
                from_cents(one.patient_responsibility_cents),
            ]
            for one in detail.claims
        ],
    )
    if detail.provider_adjustments:
        table(
            ["provider adjustment", "reference", "amount", "segment"],
            [
                [one.reason_code, one.reference, from_cents(one.amount_cents), one.segment_position or None]
                for one in detail.provider_adjustments
            ],
        )
    for told in said.payment:
        say(f"  {_said(told)}")
    for row in detail.claims:
        for told in said.claims.get(row.id, ()):
            if told.act:
                say(f"  claim {row.patient_control_number}: {_said(told)}")


def _money(cents: int) -> str:
    return "$" + to_text(from_cents(cents))
