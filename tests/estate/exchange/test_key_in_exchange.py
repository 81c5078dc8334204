"""A key that is made in Exchange and never leaves it: request, answer, import; over real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from certificate_bench import EX01, PASSWORD, certify, intermediate
from estate.rooms import NAME, Rooms, at_work
from um_operator.api.meta import ObjectKey
from um_operator.exchange.certificate_carrier import Bundle, CertificateCarrier
from um_operator.exchange.removal import Removal
from um_operator.exchange.server_keys import ServerKeys
from um_operator.exchange.stored_certificates import CertificateReader
from um_operator.lab.estate import Lab
from um_operator.lab.variants import Variants
from um_operator.observed.der import fact_of
from um_operator.observed.fact import Known
from um_operator.planning.asked import Asked, SubjectParts
from um_operator.planning.steps.certificate import ImportCertificate

ASKED = Asked(
    issuer="{}",
    common_name=EX01,
    duration=timedelta(days=365),
    dns_names=("um.contoso.com",),
    subject=SubjectParts(organizations=("Contoso GmbH",), countries=("DE",)),
)


@pytest.fixture(params=[Variants(), Variants.others()], ids=["defaults", "others"])
def variants(request: pytest.FixtureRequest) -> Variants:
    chosen: Variants = request.param
    return chosen


@pytest.fixture
async def rooms(lab: Lab) -> AsyncIterator[Rooms]:
    async with at_work(lab, "Microsoft.PowerShell") as rooms:
        yield rooms


class Answered:
    """What an issuer answered: the certificate, without a key."""

    def __init__(self, certificate: bytes) -> None:
        self.certificate = certificate

    async def bundle(self, _: str) -> Bundle:
        return Bundle(self.certificate)


async def test_a_request_is_made_found_again_and_completed_by_its_answer(rooms: Rooms) -> None:
    reader = CertificateReader(fact_of)
    keys = ServerKeys(rooms.reader, reader)
    before = await keys.stored(EX01)
    made = await keys.make(EX01, ASKED, f"um-operator {NAME}")
    after = await keys.stored(EX01)
    assert isinstance(before, Known)
    assert isinstance(made, Known)
    assert isinstance(after, Known)
    [new] = after.value - before.value
    found = await keys.request(EX01, new)
    assert isinstance(found, Known)
    assert found.value == made.value

    request = x509.load_der_x509_csr(made.value)
    assert {one.rfc4514_attribute_name: one.value for one in request.subject} == {
        "C": "DE",
        "O": "Contoso GmbH",
        "CN": EX01,
    }
    names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(names.get_values_for_type(x509.DNSName)) == {EX01, "um.contoso.com"}

    issued = certify(EX01, intermediate(), public=request.public_key())
    pem = issued.certificate.public_bytes(Encoding.PEM)
    removal = Removal(reader, rooms.of_exchange.own)
    carrier = CertificateCarrier(
        rooms.of_exchange.invoker, rooms.reader, rooms.of_exchange.own, removal, Answered(pem)
    )
    step = ImportCertificate(
        owner=ObjectKey("ExchangeOrganization", "contoso"), server=EX01, certificate=NAME
    )
    assert (await carrier.carry(step, None)).kind == "Done"
    stored = await keys.find(EX01, issued.thumbprint)
    assert isinstance(stored, Known)
    assert stored.value == issued.der
    kept = await keys.export(EX01, issued.thumbprint, PASSWORD.plain.encode())
    assert isinstance(kept, Known)
    assert kept.value is None, "the key may not leave its server"
