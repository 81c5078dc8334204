"""Answers that a person brings, and those of cert-manager."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from pki_support import ASKED, NOW, hierarchy, rsa_key
from pki_world import AWAY, CertManager, Store, csr_of
from um_operator.observed.revision import Revision
from um_operator.pki import certificates
from um_operator.pki.answers import Accepted
from um_operator.pki.issuers.cert_manager import CertManagerIssuer
from um_operator.pki.issuers.request import RequestIssuer, complete, waiting
from um_operator.pki.ports import Answer, Denied, Issued, IssuerReference, Pending, Request
from um_operator.pki.record import CERTIFICATE, ROOT, Record
from um_operator.pki.revisions import Revisions
from um_operator.planning.asked import spec_hash

H = hierarchy()
REVISION = Revision("um", 3, "ex01.contoso.com")
SECRET = "um-ex01.contoso.com-3"
CSR = csr_of(ASKED, "leaf")
OTHER = Request(REVISION, ASKED, NOW, csr_of(ASKED, "other"))
REQUESTED = Request(REVISION, ASKED, NOW, CSR)
PEM = certificates.to_pem([H.leaf, H.intermediate, H.root])


async def asked_for(store: Store) -> RequestIssuer:
    await Revisions(store, lambda: NOW).begin(Record(REVISION, spec_hash(ASKED), NOW), key=rsa_key(), csr=CSR)
    return RequestIssuer(store, lambda: NOW)


async def test_a_request_waits_for_an_answer_under_a_key_that_it_names() -> None:
    issuer = await asked_for(Store())
    answer = await issuer.submit(REQUESTED)
    assert answer == Pending(SECRET, f'waits for a certificate under "tls.crt" of Secret "{SECRET}"')
    assert await issuer.poll(REQUESTED, SECRET) == answer


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"not yet", "there is no certificate in it"),
        (certificates.to_pem([H.issue(rsa_key("other"))]), "no certificate of the answer has the key"),
        (certificates.to_pem([H.issue(extensions=[])]), 'does not cover "um.contoso.com"'),
    ],
)
async def test_a_wrong_answer_is_told_and_waits_to_be_replaced(content: bytes, message: str) -> None:
    store = Store()
    issuer = await asked_for(store)
    store.secrets[SECRET][CERTIFICATE] = content
    answer = await issuer.poll(REQUESTED, SECRET)
    assert isinstance(answer, Pending)
    assert message in answer.message
    assert isinstance(await complete(store, REVISION, content, NOW), Denied)
    store.secrets[SECRET][CERTIFICATE] = PEM
    assert isinstance(await issuer.poll(REQUESTED, SECRET), Issued)


async def test_a_request_waits_until_an_answer_is_there_that_can_be_believed() -> None:
    store = Store()
    await asked_for(store)
    never_asked = replace(REVISION, number=99)
    [stored] = await waiting(store, [REVISION, never_asked], NOW)
    assert (stored.record.revision, stored.fact.csr) == (REVISION, stored.csr.decode())
    store.secrets[SECRET][CERTIFICATE] = certificates.to_pem([H.issue(rsa_key("other"))])
    assert len(await waiting(store, [REVISION], NOW)) == 1
    store.secrets[SECRET][CERTIFICATE] = PEM
    assert await waiting(store, [REVISION], NOW) == ()
    settled = await Revisions(store, lambda: NOW).settle(REVISION, Denied("Refused", "by policy"))
    assert settled.fact.csr == ""


async def test_an_answer_is_completed_after_it_was_checked() -> None:
    store = Store()
    issuer = await asked_for(store)
    wrong = await complete(store, REVISION, certificates.to_pem([H.intermediate]), NOW)
    assert isinstance(wrong, Denied)
    assert wrong.reason == "KeyMismatch"
    assert CERTIFICATE not in store.secrets[SECRET]
    completed = await complete(store, REVISION, PEM, NOW)
    assert isinstance(completed, Accepted)
    assert completed.chain.complete
    answer = await issuer.poll(REQUESTED, SECRET)
    assert isinstance(answer, Issued)
    assert answer.certificates == (H.leaf, H.intermediate, H.root)


async def test_a_chain_that_lacks_its_root_is_completed_all_the_same_and_told() -> None:
    store = Store()
    await asked_for(store)
    completed = await complete(store, REVISION, certificates.to_pem([H.leaf]), NOW)
    assert isinstance(completed, Accepted)
    assert 'the certificate of "CN=Issuing" is missing' in completed.message
    assert ROOT not in store.secrets[SECRET]


async def test_a_revision_that_waits_for_no_answer_takes_none() -> None:
    store = Store()
    assert await complete(store, REVISION, PEM, NOW) == Denied(
        "Refused",
        f'Secret "{SECRET}" is not that of revision "um/ex01.contoso.com/3": '
        "revision.json is missing or damaged",
    )
    await asked_for(store)
    await Revisions(store, lambda: NOW).settle(REVISION, Denied("IssuanceDenied", "no"))
    assert await complete(store, REVISION, PEM, NOW) == Denied(
        "Refused", 'revision "um/ex01.contoso.com/3" waits for no answer; it is Denied'
    )
    assert await complete(store, REVISION, b"nonsense", NOW) == Denied(
        "IssuanceFailed",
        "the answer cannot be read: there is no certificate in it, neither PEM, DER nor PKCS#7",
    )


def issuer_of(cert_manager: CertManager) -> CertManagerIssuer:
    return CertManagerIssuer(cert_manager, IssuerReference("contoso", "ClusterIssuer"), lambda: NOW)


async def test_cert_manager_is_asked_for_what_the_request_says_and_answers() -> None:
    cert_manager = CertManager()
    issuer = issuer_of(cert_manager)
    pending = await issuer.submit(REQUESTED)
    [(name, asked)] = cert_manager.asked.items()
    assert re.fullmatch(f"{SECRET}-[0-9a-f]{{8}}", name)
    assert pending == Pending(name, f'CertificateRequest "{name}" waits to be approved')
    assert await issuer.submit(REQUESTED) == pending
    assert await issuer.submit(replace(REQUESTED, at=NOW + timedelta(hours=1))) != pending
    cert_manager.requests = {name: cert_manager.requests[name]}
    assert asked["issuer"] == IssuerReference("contoso", "ClusterIssuer", "cert-manager.io")
    assert asked["duration"] == "8760h"
    assert set(asked["usages"]) == {  # type: ignore[call-overload]
        "digital signature",
        "key encipherment",
        "client auth",
        "server auth",
    }
    cert_manager.sign()
    answer = await issuer.poll(REQUESTED, name)
    assert isinstance(answer, Issued)
    assert answer.certificates[1:] == (H.intermediate, H.root)


async def test_asked_again_cert_manager_has_one_request() -> None:
    cert_manager = CertManager()
    for _ in range(3):
        await issuer_of(cert_manager).submit(REQUESTED)
    assert len(cert_manager.requests) == 1


async def test_a_request_of_the_same_name_for_another_key_is_not_taken_for_ours() -> None:
    cert_manager = CertManager()
    first = await issuer_of(cert_manager).submit(OTHER)
    second = await issuer_of(cert_manager).submit(REQUESTED)
    assert isinstance(first, Pending)
    assert isinstance(second, Pending)
    assert first.request_id != second.request_id
    assert await issuer_of(cert_manager).poll(REQUESTED, first.request_id) == Denied(
        "KeyMismatch", f'CertificateRequest "{first.request_id}" is for another key'
    )


@pytest.mark.parametrize(
    ("conditions", "reason"),
    [
        ([("Denied", "True", "Policy", "not for UM")], "IssuanceDenied"),
        ([("Approved", "True", "", ""), ("Ready", "False", "Denied", "not for UM")], "IssuanceDenied"),
        ([("Approved", "True", "", ""), ("Ready", "False", "Failed", "not for UM")], "IssuanceFailed"),
        ([("InvalidRequest", "True", "Usages", "not for UM")], "IssuanceDenied"),
    ],
)
async def test_what_cert_manager_refuses_is_denied(
    conditions: list[tuple[str, str, str, str]], reason: str
) -> None:
    cert_manager = CertManager()
    pending = await issuer_of(cert_manager).submit(REQUESTED)
    assert isinstance(pending, Pending)
    for condition in conditions:
        cert_manager.say(*condition)
    answer = await issuer_of(cert_manager).poll(REQUESTED, pending.request_id)
    assert answer == Denied(reason, f'CertificateRequest "{pending.request_id}": not for UM')


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ([("Approved", "True", "", "")], "is approved and waits for its issuer"),
        ([("Ready", "False", "Pending", "order is processing")], ": order is processing"),
    ],
)
async def test_what_cert_manager_waits_for_is_told(
    conditions: list[tuple[str, str, str, str]], message: str
) -> None:
    cert_manager = CertManager()
    pending = await issuer_of(cert_manager).submit(REQUESTED)
    assert isinstance(pending, Pending)
    for condition in conditions:
        cert_manager.say(*condition)
    answer = await issuer_of(cert_manager).poll(REQUESTED, pending.request_id)
    assert isinstance(answer, Pending)
    assert answer.message.endswith(message)


async def test_a_request_that_is_ready_without_a_certificate_has_failed() -> None:
    cert_manager = CertManager()
    pending = await issuer_of(cert_manager).submit(REQUESTED)
    assert isinstance(pending, Pending)
    cert_manager.say("Ready", reason="Issued")
    answer = await issuer_of(cert_manager).poll(REQUESTED, pending.request_id)
    assert isinstance(answer, Denied)
    assert answer.reason == "IssuanceFailed"


async def test_a_request_that_was_deleted_has_failed_and_silence_is_unknown() -> None:
    cert_manager = CertManager()
    answer: Answer = await issuer_of(cert_manager).poll(REQUESTED, "gone")
    assert isinstance(answer, Denied)
    assert 'CertificateRequest "gone" was deleted' in answer.message
    cert_manager.away = True
    assert await issuer_of(cert_manager).submit(REQUESTED) == AWAY
    assert await issuer_of(cert_manager).poll(REQUESTED, "gone") == AWAY
