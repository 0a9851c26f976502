"""Records of people and secrets say nothing of themselves, however they are printed unasked."""

from __future__ import annotations

import importlib
import json
import pickle
import pkgutil
import traceback
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import rich.pretty

import edigate
from edigate.claims.model import Claim, Patient, Subscriber
from edigate.findings import Finding
from edigate.secrecy import Phi, Secret

NAME = "ZZMARKERNAME"

# A record with one of these fields is about somebody: who, what was done, under which number of whose.
IDENTITY = {
    "batch_key",
    "birth_date",
    "cells",
    "claim_number",
    "encounter_key",
    "first_name",
    "last_name",
    "line_item_control_number",
    "member_id",
    "member_ids",
    "patient_control_number",
    "payer_claim_control_number",
    "service_date",
}


def claim() -> Claim:
    return Claim(
        patient_control_number=NAME,
        subscriber=Subscriber(last_name=NAME, member_id=NAME),
        patient=Patient(last_name=NAME),
    )


def structs(base: type = msgspec.Struct) -> Iterator[type]:
    below: list[type] = base.__subclasses__()
    for one in below:
        yield one
        yield from structs(one)


@pytest.mark.parametrize("shown", [repr, str, "{}".format, "{!r:>40}".format, rich.pretty.pretty_repr])
def test_a_record_of_somebody_shows_its_kind_alone(shown: Any) -> None:
    for record in (claim(), claim().patient, [claim()], {"claim": claim()}):
        assert NAME not in shown(record)
    assert "Claim" in repr(claim())


def test_a_traceback_with_all_its_locals_names_nobody() -> None:
    def fails(made: Claim, found: list[Finding]) -> None:
        raise ValueError

    try:
        fails(claim(), [Finding(code="X", message=NAME, value=NAME)])
    except ValueError as error:
        told = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert "<Claim>" in told
    assert NAME not in told


def test_a_finding_shows_what_it_is_about_and_no_value() -> None:
    shown = repr(Finding(code="NPI-CHECK", message=NAME, value=NAME, field="billing_provider.npi"))
    assert "NPI-CHECK" in shown
    assert "billing_provider.npi" in shown
    assert NAME not in shown


def test_what_is_asked_for_still_comes_out_whole() -> None:
    written = msgspec.json.encode(claim())
    assert NAME in written.decode()
    assert msgspec.json.decode(written, type=Claim) == claim()


def test_every_record_about_somebody_is_one_of_the_silent() -> None:
    """Found by its fields: a new record that holds somebody's number or name must say so by its base."""
    for module in pkgutil.walk_packages(edigate.__path__, "edigate."):
        # The simulator's patients are made up.
        if not any(part in module.name for part in (".migrations.", "__main__", "edigate.simulator")):
            importlib.import_module(module.name)
    speaking = {
        f"{one.__module__}.{one.__name__}"
        for one in structs()
        if one.__module__.startswith("edigate.")
        and not one.__module__.startswith("edigate.simulator.")
        and IDENTITY & set(one.__struct_fields__)  # type: ignore[attr-defined]  # of a Struct
        and not issubclass(one, Phi)
    }
    assert speaking == set()


# Secrets


@pytest.mark.parametrize("shown", [repr, str, "{}".format, "{!s:>30}".format, rich.pretty.pretty_repr])
def test_a_secret_shows_nothing(shown: Any) -> None:
    for holder in (Secret(NAME), [Secret(NAME)], {"password": Secret(NAME)}):
        assert NAME not in shown(holder)
    assert Secret(NAME).reveal() == NAME


@pytest.mark.parametrize("written", [json.dumps, msgspec.json.encode, pickle.dumps])
def test_a_secret_is_written_nowhere(written: Any) -> None:
    with pytest.raises(TypeError) as refused:
        written({"password": Secret(NAME)})
    assert NAME not in str(refused.value)


def test_secrets_are_told_apart() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert not Secret("")
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2
