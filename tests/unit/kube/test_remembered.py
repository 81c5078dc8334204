"""The ledger in the status: what is written before an effect is what a successor reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from um_operator.api.meta import KindName
from um_operator.api.status import STATUSES, ExchangeOrganizationStatus
from um_operator.kube import remembered
from um_operator.observed.certificates import ServiceName
from um_operator.observed.exchange import GatewayState, StartupMode, VoIPSecurity
from um_operator.observed.ledger import BeforeSecure, Draining, GivenUp, ObjectEntry, Reported
from um_operator.observed.restarts import FrontEndEntry, Integrated, Stopped
from um_operator.observed.rollout import (
    Attempts,
    Bound,
    Hold,
    Issuance,
    Previous,
    Rejection,
    Restart,
    ServerEntry,
    Watch,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
INSTANTS = st.integers(0, 10**6).map(lambda seconds: NOON + timedelta(seconds=seconds))
WORDS = st.none() | st.text("abc-123", min_size=1, max_size=36)
ENTRIES = st.builds(
    ObjectEntry,
    origin=st.sampled_from([None, "Created", "Adopted"]),
    guid=WORDS,
    applied_generation=st.none() | st.integers(1, 99),
    corrections=st.dictionaries(
        st.sampled_from(["port", "address"]), st.lists(INSTANTS, min_size=1, max_size=3).map(tuple)
    ),
    written_at=st.none() | INSTANTS,
    draining=st.none() | st.builds(Draining, INSTANTS, st.sampled_from(get_args(GatewayState))),
    retried_at=WORDS,
)

SERVERS = st.sampled_from(["ex01.contoso.com", "ex02.contoso.com"])
SERVICES = st.sampled_from(get_args(ServiceName))
MODES = st.sampled_from(get_args(StartupMode))
PROCESS_STARTS = st.none() | st.builds(
    lambda at, rest: at + timedelta(microseconds=rest), INSTANTS, st.integers(0, 999_999)
)
ISSUANCES = st.builds(
    Issuance,
    revision=st.integers(1, 9),
    asked=st.just("0a" * 32),
    cause=st.just("SpecChanged: dnsNames"),
    started_at=INSTANTS,
    renewed_at=WORDS,
    attempts=st.dictionaries(SERVERS | st.just(""), st.builds(Attempts, st.integers(0, 9), INSTANTS)),
    rejected=st.dictionaries(
        SERVERS, st.builds(Rejection, st.integers(1, 9), st.just("NotProven"), st.text("ab ", max_size=9))
    ),
    unreferenced_since=st.dictionaries(st.integers(1, 9), INSTANTS),
)
STOPPED = st.builds(
    Stopped,
    st.just("lyncpool01.contoso.com"),
    st.lists(st.sampled_from(["RTCSRV", "RTCASMCU", "RTCMEDSRV"]), unique=True).map(tuple),
    INSTANTS,
    PROCESS_STARTS,
    st.none() | INSTANTS,
    st.lists(st.sampled_from(["RTCSRV", "RTCASMCU"]), unique=True).map(tuple),
    st.booleans(),
    st.booleans(),
    st.none() | INSTANTS,
)
INTEGRATED = st.builds(
    Integrated,
    st.lists(st.sampled_from(["Contoso-Lync", "Contoso-Two"]), unique=True).map(tuple),
    st.sampled_from(["", "ab" * 32]),
    st.none() | INSTANTS,
    st.dictionaries(
        SERVERS, st.builds(FrontEndEntry, PROCESS_STARTS, st.none() | INSTANTS, st.integers(0, 9_999))
    ),
)
COUNTS = st.none() | st.integers(0, 9_999_999)
SERVER_ENTRIES = st.builds(
    ServerEntry,
    hold=st.none() | st.builds(Hold, WORDS, st.just("Sidelined"), INSTANTS),
    gave_up_at=st.none() | INSTANTS,
    activated_at=st.none() | INSTANTS,
    watch=st.builds(Watch, COUNTS, COUNTS, COUNTS, COUNTS),
    bound=st.dictionaries(SERVICES, st.builds(Bound, WORDS, WORDS, MODES, PROCESS_STARTS, INSTANTS)),
    previous=st.dictionaries(SERVICES, st.builds(Previous, WORDS, MODES)),
    restarts=st.dictionaries(
        SERVICES, st.builds(Restart, INSTANTS, PROCESS_STARTS, st.none() | INSTANTS, st.integers(1, 3))
    ),
)


SECURITIES = st.sampled_from(get_args(VoIPSecurity))
SECURED = st.builds(
    BeforeSecure,
    voip_security=SECURITIES,
    ports=st.dictionaries(st.sampled_from(["sbc01", "cube01"]), st.integers(1, 65535)),
    tries=st.integers(0, 3),
    secured_at=st.none() | INSTANTS,
    seen_at=st.none() | INSTANTS,
    verified=st.booleans(),
    reports=st.dictionaries(SERVERS, st.builds(Reported, COUNTS, COUNTS, COUNTS, COUNTS)),
)
GIVEN_UP = st.builds(GivenUp, st.integers(1, 9), st.just("NotSecured"), st.text("ab", min_size=1, max_size=9))


def read_back(kind: KindName, entry: ObjectEntry) -> ObjectEntry:
    fields = remembered.fields_of(kind, entry)
    stored = {name: value for name, value in fields.items() if value is not None}
    return remembered.entry_of(remembered.status_of(kind, {"status": stored}))


@given(ENTRIES, st.none() | GIVEN_UP)
def test_what_is_remembered_of_a_gateway_is_read_back(entry: ObjectEntry, harm: GivenUp | None) -> None:
    entry = replace(entry, not_delivered=harm)
    assert read_back("UMIPGateway", entry) == entry


@given(ENTRIES)
def test_what_is_remembered_of_a_dial_plan_is_read_back(entry: ObjectEntry) -> None:
    assert read_back("UMDialPlan", replace(entry, draining=None)) == replace(entry, draining=None)


@given(ENTRIES)
def test_what_is_remembered_of_a_certificate_is_read_back(entry: ObjectEntry) -> None:
    of_certificates = replace(entry, draining=None, origin=None, guid=None)
    assert read_back("UMCertificate", of_certificates) == of_certificates


@given(st.none() | SECURED, st.none() | GIVEN_UP)
def test_what_is_remembered_of_a_plan_that_is_secured_is_read_back(
    before: BeforeSecure | None, given_up: GivenUp | None
) -> None:
    entry = ObjectEntry(before_secure=before, not_secured=given_up)
    assert read_back("UMDialPlan", entry) == entry


@given(ISSUANCES)
def test_the_revision_that_is_wanted_is_read_back(issuance: Issuance) -> None:
    entry = ObjectEntry(issuance=issuance)
    assert read_back("UMCertificate", entry) == entry


@given(st.dictionaries(SERVERS, SERVER_ENTRIES, max_size=3))
def test_what_was_done_to_servers_is_read_back(servers: dict[str, ServerEntry]) -> None:
    entry = ObjectEntry(guid="1-2-3", servers=servers)
    assert read_back("ExchangeOrganization", entry) == entry


def test_the_organisation_behind_the_endpoints_is_read_back() -> None:
    assert read_back("ExchangeOrganization", ObjectEntry(guid="1-2-3")) == ObjectEntry(guid="1-2-3")


@pytest.mark.parametrize("kind", STATUSES)
def test_an_entry_is_held_by_the_fields_that_the_status_writer_leaves_alone(kind: KindName) -> None:
    fields = remembered.fields_of(kind, ObjectEntry())
    assert fields.keys() <= remembered.LEDGER_FIELDS[kind]
    if kind == "ExchangeOrganization":
        fields |= remembered.domain_controller_fields("dc01", NOON)
    assert fields.keys() == remembered.LEDGER_FIELDS[kind]


@pytest.mark.parametrize("kind", STATUSES)
def test_an_entry_that_holds_nothing_removes_what_was_held(kind: KindName) -> None:
    assert set(remembered.fields_of(kind, ObjectEntry()).values()) == {None}


def test_the_domain_controller_is_read_back() -> None:
    fields = remembered.domain_controller_fields("dc01.contoso.com", NOON)
    status = remembered.status_of("ExchangeOrganization", {"status": fields})
    assert remembered.domain_controller_of(status) == ("dc01.contoso.com", NOON)


def test_a_status_that_cannot_be_read_counts_as_lost() -> None:
    raw = {"status": {"observedGeneration": "many", "origin": "Created"}}
    assert remembered.entry_of(remembered.status_of("UMIPGateway", raw)) == ObjectEntry()


def test_an_object_without_status_remembers_nothing() -> None:
    assert remembered.status_of("ExchangeOrganization", {}) == ExchangeOrganizationStatus()


@given(st.dictionaries(SERVERS, STOPPED), st.dictionaries(SERVERS, INTEGRATED))
def test_what_is_remembered_of_front_ends_is_read_back(
    stopped: dict[str, Stopped], integrated: dict[str, Integrated]
) -> None:
    entry = ObjectEntry(guid="1-2-3", stopped=stopped, integrated=integrated)

    assert read_back("ExchangeOrganization", entry) == entry
