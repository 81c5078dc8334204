"""Certificates, component states and the event log of a machine."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from gateways_support import BY_HAND
from um_operator.lab.clock import EPOCH, Clock
from um_operator.lab.hosts import chains
from um_operator.lab.hosts.authority import CertificateAuthority
from um_operator.lab.hosts.components import REQUESTERS, SERVER_WIDE, UM_CALL_ROUTER, ComponentStates, State
from um_operator.lab.hosts.host import Host
from um_operator.lab.hosts.stores import MachineStores, StoredCertificate
from um_operator.lab.journal import Journal

DAY = timedelta(days=1)


def host(fqdn: str = "EX01.contoso.com", seed: int = 0) -> Host:
    clock = Clock.frozen()
    return Host(fqdn, clock=clock, journal=Journal(clock), seed=seed)


def test_a_machine_begins_with_the_certificate_of_set_up_and_trusts_nobody() -> None:
    machine = host()
    [own] = machine.stores.my
    assert own.certificate.subject == own.certificate.issuer
    assert (own.key is not None, own.exportable, own.friendly_name) == (True, False, "Microsoft Exchange")
    usages = own.certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usages) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert len(own.thumbprint) == 40
    assert machine.stores.my.find(own.thumbprint.lower()) is own
    assert (len(machine.stores.root), len(machine.stores.ca)) == (0, 0)


def test_each_machine_has_a_certificate_of_its_own() -> None:
    [first], [second] = host("a.contoso.com").stores.my, host("b.contoso.com").stores.my
    assert first.thumbprint != second.thumbprint


def test_the_version_of_the_stores_changes_with_each_change() -> None:
    stores = MachineStores()
    authority = CertificateAuthority("Root CA", EPOCH)
    seen = [stores.version]
    entry = stores.root.trust(authority.root)
    seen.append(stores.version)
    stores.root.remove(entry.thumbprint)
    seen.append(stores.version)
    stores.root.remove(entry.thumbprint)
    assert len(set(seen)) == 3
    assert stores.version == seen[-1]


@pytest.mark.parametrize(
    ("root", "ca", "days", "status", "sent"),
    [
        (True, True, 0, "Valid", 1),
        (True, False, 0, "Untrusted", 0),
        (False, True, 0, "Untrusted", 1),
        (True, True, 800, "DateInvalid", 1),
        (True, True, -40, "DateInvalid", 1),
    ],
)
def test_what_a_machine_makes_of_a_leaf_depends_on_its_stores_and_the_day(
    root: bool, ca: bool, days: int, status: str, sent: int
) -> None:
    authority = CertificateAuthority("Root CA", EPOCH)
    assert authority.intermediate is not None
    stores = MachineStores()
    if root:
        stores.root.trust(authority.root)
    if ca:
        stores.ca.trust(authority.intermediate)
    leaf = authority.issue("ex01.contoso.com").certificate
    assert chains.status(leaf, stores, EPOCH + days * DAY) == status
    assert len(chains.to_send(leaf, stores)) == sent


def test_an_own_self_signed_certificate_is_valid_and_somebody_elses_is_not() -> None:
    machine, other = host("a.contoso.com"), host("b.contoso.com")
    [own] = machine.stores.my
    assert chains.status(own.certificate, machine.stores, EPOCH) == "Valid"
    assert chains.status(own.certificate, other.stores, EPOCH) == "Untrusted"


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ((), "Active"),
        ((("HealthApi", "Active"), ("Maintenance", "Active")), "Active"),
        ((("Sidelined", "Draining"), ("Maintenance", "Active")), "Draining"),
        ((("Sidelined", "Draining"), ("HealthApi", "Inactive")), "Inactive"),
        ((("Sidelined", "Draining"), ("Sidelined", "Active")), "Active"),
    ],
)
def test_the_worst_of_all_requesters_holds(said: tuple[tuple[str, State], ...], state: str) -> None:
    components = ComponentStates(Clock.frozen())
    for requester, asked in said:
        assert requester in REQUESTERS
        components.set(UM_CALL_ROUTER, requester, asked)
    assert components.state(UM_CALL_ROUTER) == state


def test_a_state_that_is_only_in_the_directory_holds_all_the_same() -> None:
    components = ComponentStates(Clock.frozen())
    components.set(UM_CALL_ROUTER, "Maintenance", "Inactive", ("Remote",))
    components.set(UM_CALL_ROUTER, "Maintenance", "Active", ("Local",))
    assert components.requested(UM_CALL_ROUTER, "Maintenance") == "Inactive"
    assert components.state(UM_CALL_ROUTER) == "Inactive"


def test_a_server_that_is_offline_as_a_whole_routes_no_calls() -> None:
    machine = host()
    machine.set_component(BY_HAND, SERVER_WIDE, "Maintenance", "Inactive")
    assert not machine.takes_new_calls()
    machine.set_component(BY_HAND, SERVER_WIDE, "Maintenance", "Active")
    assert machine.takes_new_calls()


def test_record_ids_only_grow_and_differ_from_machine_to_machine() -> None:
    machine = host()
    before = machine.events.last_record_id
    first = machine.events.write("MSExchange Unified Messaging", 1113, "One.")
    second = machine.events.write("Service Control Manager", 7024, "Two.")
    assert (first.record_id, second.record_id) == (before + 1, before + 2)
    assert machine.events.after(first.record_id) == [second]
    assert machine.events.after(sources=frozenset({"MSExchange Unified Messaging"})) == [first]
    assert host("ex02.contoso.com").events.last_record_id != before


def test_a_log_that_was_cleared_begins_again() -> None:
    machine = host()
    machine.events.write("MSExchange Unified Messaging", 1113, "One.")
    machine.events.clear()
    assert machine.events.after() == []
    assert machine.events.write("MSExchange Unified Messaging", 1113, "Two.").record_id == 1


def test_a_certificate_never_shows_its_key() -> None:
    entry = CertificateAuthority("Root CA", EPOCH).issue("ex01.contoso.com")
    assert isinstance(entry, StoredCertificate)
    assert "PRIVATE" not in repr(entry)
    assert "key" not in repr(entry).replace("public_key", "")
