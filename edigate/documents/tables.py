"""Sets as rows of a table, for spreadsheets: columns that stay as they are, one row a claim and one a line.

Knows which fields of each kind a person sorts and sums by; the rest is in the JSON. An amount stands in one
row only: the claim's in the claim's row, the line's in the line's, so that filtering by `row` sums right.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from edigate.documents.decode import Line
from edigate.documents.model import Repeats, SegmentValues
from edigate.errors import DataError

Row = dict[str, Any]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_REMEMBERED = 10_000  # TA1s kept to see whether anything else comes


class Table(msgspec.Struct, frozen=True):
    """A kind's columns beside the common ones, and what makes rows of a claim's and of a set's line."""

    columns: tuple[str, ...]
    of_claim: Callable[[Line], Iterator[Row]]
    of_set: Callable[[Line], Iterator[Row]]


_COMMON = ("row", "interchange", "group", "transaction_set")


class TableWriter:
    """Lines of `DocumentReader.lines` to CSV. One kind a table; TA1s beside it are left out and counted.

    Raises DataError where another kind follows.
    """

    def __init__(self) -> None:
        self.left_out = 0  # TA1s
        self._kind = ""
        self._table = SEGMENTS

    def write(self, lines: Iterable[Line]) -> Iterator[str]:
        """The table as text, some rows at a time, its header first."""
        waiting: list[Line] = []
        for line in lines:
            if line["kind"] != "TA1":
                yield self._text(line)
                continue
            self.left_out += 1
            if len(waiting) < _REMEMBERED:
                waiting.append(line)
        if not self._kind:
            for line in waiting:
                yield self._text(line)
            self.left_out -= len(waiting)

    def _text(self, line: Line) -> str:
        table: list[Sequence[Any]] = []
        if self._kind != line["kind"]:
            self._begin(line)
            table.append((*_COMMON, *self._table.columns))
        common = [cell(line[name]) for name in _COMMON[1:]]
        make = self._table.of_set if line["record"] == "set" else self._table.of_claim
        columns = self._table.columns
        table += ([row["row"], *common, *(cell(row.get(name)) for name in columns)] for row in make(line))
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(table)
        return text.getvalue()

    def _begin(self, line: Line) -> None:
        if self._kind:
            raise DataError(
                f"a table holds sets of one kind, and after {self._kind} comes {line['kind']}",
                hint="edigate split --by set makes a file of each; or take --format jsonl.",
            )
        self._kind = line["kind"]
        segments = line["record"] == "segment" or (line["record"] == "set" and "header" not in line)
        self._table = SEGMENTS if segments else TABLES.get(self._kind, SEGMENTS)


def cell(value: Any) -> Any:
    """A value for a spreadsheet: amounts plain, dates ISO, text that looks like a formula kept from being one."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, (list, tuple)):
        return cell(" ".join(str(each) for each in value if each))
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _fields(record: Any, **columns: str) -> Row:
    """Columns from dotted fields of a record; what isn't there is empty."""
    row: Row = {}
    for column, path in columns.items():
        value = record
        for name in path.split("."):
            value = getattr(value, name, None)
        row[column] = value
    return row


def _adjustments(groups: Iterable[Any]) -> list[str]:
    return [
        f"{group.group}-{each.reason}:{'' if each.amount is None else cell(each.amount)}"
        for group in groups
        for each in group.adjustments
    ]


# --- claims


def _claim_rows(line: Line) -> Iterator[Row]:
    claim = line["claim"]
    who = claim.patient or claim.subscriber
    named = {"claim": claim.patient_control_number}
    yield {
        "row": "claim",
        **_fields(
            claim,
            billing_npi="billing_provider.npi",
            billing_name="billing_provider.last_name",
            payer_id="payer.payer_id",
            payer="payer.name",
            member_id="subscriber.member_id",
            frequency="frequency_code",
            place_of_service="place_of_service",
            facility_type="facility_type",
            service_date="statement_from",
            service_date_end="statement_to",
            payer_claim_control_number="payer_claim_control_number",
            prior_authorization="prior_authorization",
            charge="total_charge",
            patient_paid="patient_amount_paid",
        ),
        **_fields(who, last_name="last_name", first_name="first_name", birth_date="birth_date", sex="sex"),
        **named,
        "diagnoses": [each.code for each in claim.diagnoses],
    }
    for number, service in enumerate(claim.service_lines, 1):
        yield {
            "row": "line",
            **named,
            "line": number,
            **_fields(
                service,
                revenue_code="revenue_code",
                procedure="procedure",
                modifiers="modifiers",
                diagnosis_pointers="diagnosis_pointers",
                place_of_service="place_of_service",
                service_date="service_date",
                service_date_end="service_date_end",
                units="units",
                unit="unit",
                charge="charge",
                line_item_control_number="line_item_control_number",
                national_drug_code="national_drug_code",
            ),
            "teeth": [tooth.code for tooth in service.teeth],
        }


def _no_rows(_line: Line) -> Iterator[Row]:
    return iter(())


_CLAIMS = Table(
    tuple(
        "claim line charge patient_paid procedure modifiers revenue_code units unit service_date service_date_end "
        "diagnoses diagnosis_pointers place_of_service facility_type frequency teeth line_item_control_number "
        "national_drug_code last_name first_name birth_date sex member_id payer_id payer billing_npi billing_name "
        "payer_claim_control_number prior_authorization".split()
    ),
    _claim_rows,
    _no_rows,
)

# --- payments


def _payment_rows(line: Line) -> Iterator[Row]:
    claim = line["claim"]
    named = {"trace_number": line["reference"], "claim": claim.patient_control_number}
    yield {
        "row": "claim",
        **named,
        **_fields(
            claim,
            status="status",
            charge="charge",
            paid="paid",
            patient_responsibility="patient_responsibility",
            payer_claim_control_number="payer_claim_control_number",
            last_name="patient.last_name",
            first_name="patient.first_name",
            member_id="patient.id",
            service_date="statement_from",
            service_date_end="statement_to",
        ),
        "adjustments": _adjustments(claim.adjustment_groups),
        "remarks": [
            code for remarks in (claim.inpatient, claim.outpatient) if remarks for code in remarks.remark_codes
        ],
    }
    for number, service in enumerate(claim.service_payments, 1):
        yield {
            "row": "line",
            **named,
            "line": number,
            **_fields(
                service,
                procedure="procedure",
                modifiers="modifiers",
                revenue_code="revenue_code",
                units="units_paid",
                charge="charge",
                paid="paid",
                service_date="service_date",
                service_date_end="service_date_end",
                line_item_control_number="line_item_control_number",
            ),
            "adjustments": _adjustments(service.adjustment_groups),
            "remarks": [remark.code for remark in service.remarks],
        }


def _payment_set_rows(line: Line) -> Iterator[Row]:
    payment = line["header"]
    named = {"trace_number": payment.trace_number}
    for adjustment in payment.provider_adjustments:
        for item in adjustment.items:
            yield {
                "row": "provider_adjustment",
                **named,
                "adjustments": [item.reason],
                "reference": item.reference,
                "taken": item.amount,
                "service_date": adjustment.fiscal_period_end,
                "payee_id": adjustment.provider_id,
            }
    yield {
        "row": "payment",
        **named,
        **_fields(
            payment,
            paid="amount",
            method="method",
            payment_date="effective_date",
            payer="payer.name",
            payee="payee.name",
            payee_id="payee.id",
            reference="trace_payer_id",
        ),
    }


_PAYMENTS = Table(
    tuple(
        "trace_number claim line status charge paid patient_responsibility taken adjustments remarks procedure "
        "modifiers revenue_code units service_date service_date_end line_item_control_number "
        "payer_claim_control_number last_name first_name member_id reference method payment_date payer payee "
        "payee_id".split()
    ),
    _payment_rows,
    _payment_set_rows,
)

# --- claim acknowledgments


def _statuses(record: Any) -> Row:
    statuses = record.statuses
    codes = [":".join((each.category, each.status, each.entity)).rstrip(":") for one in statuses for each in one.codes]
    first = statuses[0] if statuses else None
    return {
        "statuses": codes,
        "text": [one.text for one in statuses],
        **_fields(first, action="action", amount="amount", status_date="effective_date"),
    }


def _status_rows(line: Line) -> Iterator[Row]:
    claim = line["claim"]
    named = {"reference": line["reference"], "claim": claim.patient_control_number}
    yield {
        "row": "claim",
        **named,
        **_statuses(claim),
        **_fields(
            claim,
            payer_claim_control_number="payer_claim_control_number",
            clearinghouse_trace_number="clearinghouse_trace_number",
            service_date="service_date",
            last_name="last_name",
            first_name="first_name",
            member_id="member_id",
        ),
    }
    for number, service in enumerate(claim.lines, 1):
        yield {
            "row": "line",
            **named,
            "line": number,
            **_statuses(service),
            **_fields(
                service,
                procedure="procedure",
                service_date="service_date",
                line_item_control_number="line_item_control_number",
            ),
        }


def _status_set_rows(line: Line) -> Iterator[Row]:
    """The statuses of whole batches and providers: a rejection there rejects every claim below it."""
    reference = line["header"].reference
    for source in line["header"].sources:
        for receiver in source.receivers:
            yield {"row": "receiver", "reference": reference, "claim": receiver.batch_reference, **_statuses(receiver)}
            for provider in receiver.providers:
                if provider.statuses:
                    named = _fields(provider, last_name="name", first_name="first_name", member_id="id")
                    yield {"row": "provider", "reference": reference, **_statuses(provider), **named}


_STATUSES = Table(
    tuple(
        "reference claim line statuses action amount status_date text payer_claim_control_number "
        "clearinghouse_trace_number procedure service_date line_item_control_number last_name first_name "
        "member_id".split()
    ),
    _status_rows,
    _status_set_rows,
)

# --- acknowledgments


def _acknowledgment_rows(line: Line) -> Iterator[Row]:
    group = line["header"]
    yield {
        "row": "group",
        "answers_group": group.control_number,
        "code": group.code,
        "reasons": group.reasons,
        **_fields(group, sets_included="sets_included", sets_received="sets_received", sets_accepted="sets_accepted"),
    }
    for answered in group.transaction_sets:
        named = {"answers_group": group.control_number, "answers_set": answered.control_number}
        yield {"row": "set", **named, "code": answered.code, "reasons": answered.reasons}
        for error in answered.segment_errors:
            place = _fields(error, segment_id="segment_id", segment_position="segment_position", loop="loop")
            claim = next((each.value for each in error.contexts if each.name == "CLM01"), "")
            yield {"row": "segment", **named, **place, "claim": claim, "code": error.code}
            for element in error.element_errors:
                found = _fields(element, element="element", component="component", code="code", value="value")
                yield {"row": "element", **named, **place, "claim": claim, **found}


_ACKNOWLEDGMENTS = Table(
    tuple(
        "answers_group answers_set code reasons segment_id segment_position loop element component value claim "
        "sets_included sets_received sets_accepted".split()
    ),
    _no_rows,
    _acknowledgment_rows,
)


def _interchange_rows(line: Line) -> Iterator[Row]:
    yield {
        "row": "interchange",
        **_fields(
            line["header"],
            answers_interchange="interchange_control_number",
            date="interchange_date",
            time="interchange_time",
            code="code",
            note="note",
        ),
    }


_INTERCHANGES = Table(tuple("answers_interchange date time code note".split()), _no_rows, _interchange_rows)

# --- sets without a binding


def _segment_rows(line: Line) -> Iterator[Row]:
    place = {name: line[name] for name in ("position", "loop", "path", "name")}
    yield {"row": "segment", **place, "segment": line["segment"][0], "elements": _joined(line["segment"])}


def _joined(values: SegmentValues) -> str:
    texts = []
    for value in values[1:]:
        pieces = value.repeat if isinstance(value, Repeats) else [value]
        texts.append("^".join(":".join(piece) if isinstance(piece, list) else piece for piece in pieces))
    return "*".join(texts)


SEGMENTS = Table(tuple("position loop path name segment elements".split()), _segment_rows, _no_rows)

# One row a kind; sets of others become one row a segment.
TABLES: dict[str, Table] = {
    "837P": _CLAIMS,
    "837I": _CLAIMS,
    "837D": _CLAIMS,
    "835": _PAYMENTS,
    "277CA": _STATUSES,
    "999": _ACKNOWLEDGMENTS,
    "997": _ACKNOWLEDGMENTS,
    "TA1": _INTERCHANGES,
}
