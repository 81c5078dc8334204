"""Each issuer by itself: what it takes, what it waits for, and how it says what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pki_support import ASKED, NOW, certificate, hierarchy, rsa_key, san
from pki_world import AWAY, Keys, Server, Store, csr_of
from um_operator.observed.der import fact_of
from um_operator.observed.fact import Known, Unknown
from um_operator.observed.revision import Revision
from um_operator.pki import certificates, chains, keys, pfx
from um_operator.pki.issuers.authority import AuthorityIssuer
from um_operator.pki.issuers.existing import ExistingIssuer
from um_operator.pki.issuers.secret import SecretIssuer
from um_operator.pki.issuers.self_signed import SelfSignedIssuer
from um_operator.pki.ports import Answer, Denied, Issued, Pending, Request

H = hierarchy()
SHARED = Revision("um", 1)
REQUEST = Request(SHARED, ASKED, NOW, csr_of(ASKED, "leaf"))
EC_KEY = ec.generate_private_key(ec.SECP256R1())
EC_PEM = EC_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def now() -> object:
    return NOW


def issued(answer: Answer) -> Issued:
    assert isinstance(answer, Issued), answer
    return answer


def unknown(answer: object) -> Unknown:
    assert isinstance(answer, Unknown), answer
    return answer


async def test_a_self_signed_certificate_needs_its_own_key() -> None:
    async def forgotten(_: Revision) -> None:
        return None

    told = unknown(await SelfSignedIssuer(forgotten, lambda: NOW).submit(REQUEST))
    assert told.message == 'the key of revision "um/1" is gone'


async def test_the_operators_ca_is_made_once_and_signs_everything() -> None:
    store = Store()
    issuer = AuthorityIssuer(store, "um-ca", lambda: NOW, "um", Keys("authority"))
    first = issued(await issuer.submit(REQUEST))
    ca = store.secrets["um-ca"]
    assert store.kinds["um-ca"] == "kubernetes.io/tls"
    assert store.labels["um-ca"]["unifiedmessaging.dev/certificate"] == "um"
    other = AuthorityIssuer(store, "um-ca", lambda: NOW, "um", Keys("another"))
    second = issued(await other.submit(Request(SHARED, ASKED, NOW, csr_of(ASKED, "second"))))
    assert store.secrets["um-ca"] == ca
    root = first.certificates[1]
    assert second.certificates[1] == root
    assert certificates.read(ca["ca.crt"]) == (root,)
    for leaf in (first.certificates[0], second.certificates[0]):
        assert chains.verify(leaf, [], [root], NOW) is None


def authority(**changes: bytes) -> Mapping[str, bytes]:
    """Return the Secret of an intermediate CA with its root."""
    data = {
        "tls.crt": certificates.to_pem([H.intermediate, H.root]),
        "tls.key": keys.to_pem(rsa_key("issuing")),
    }
    return {name.replace("_", "."): value for name, value in {**data, **changes}.items()}


async def test_a_ca_in_a_secret_signs_and_hands_over_its_own_issuers() -> None:
    store = Store(secrets={"issuing-ca": dict(authority())})
    answer = issued(await AuthorityIssuer(store, "issuing-ca", lambda: NOW).submit(REQUEST))
    leaf, *issuers = answer.certificates
    assert issuers == [H.intermediate, H.root]
    assert chains.verify(leaf, [H.intermediate], [H.root], NOW) is None
    assert fact_of(leaf).extended_key_usages == {"clientAuth", "serverAuth"}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "tls.key: not a PEM private key"),
        (authority(tls_key=EC_PEM), "tls.key: not an RSA key"),
        (authority(tls_key=keys.to_pem(rsa_key("other"))), "tls.key is not the key of the first certificate"),
        (authority(tls_crt=b"nonsense"), "tls.crt or ca.crt: there is no certificate"),
        (
            authority(tls_crt=certificates.to_pem([H.leaf]), tls_key=keys.to_pem(rsa_key())),
            '"CN=ex01.contoso.com" is not a CA',
        ),
        (
            authority(
                tls_crt=certificates.to_pem([certificate("Old", key=rsa_key("issuing"), ca=True, end=NOW)])
            ),
            'CA "CN=Old" is valid from 2026-11-13 to 2026-11-14 only',
        ),
    ],
)
async def test_a_secret_that_holds_no_usable_ca_is_told_until_it_does(
    data: Mapping[str, bytes], message: str
) -> None:
    store = Store(secrets={"issuing-ca": dict(data)})
    issuer = AuthorityIssuer(store, "issuing-ca", lambda: NOW)
    told = unknown(await issuer.submit(REQUEST))
    assert told.reason == "InvalidIssuer"
    assert f'Secret "issuing-ca": {message}' in told.message
    store.secrets["issuing-ca"] = dict(authority())
    issued(await issuer.submit(REQUEST))


async def test_the_secret_of_a_persons_ca_is_waited_for_and_never_made() -> None:
    store = Store()
    told = unknown(await AuthorityIssuer(store, "issuing-ca", lambda: NOW).submit(REQUEST))
    assert (told.reason, told.message) == (
        "DependencyNotFound",
        'there is no Secret "issuing-ca" with the CA',
    )
    assert store.secrets == {}


PEM = {
    "tls.crt": certificates.to_pem([H.leaf, H.intermediate]),
    "tls.key": keys.to_pem(rsa_key()),
    "ca.crt": certificates.to_pem([H.root]),
}
PFX = pfx.export(
    pfx.Profile.AES256, rsa_key(), (H.leaf, H.intermediate, H.root), friendly_name="x", password=b"pass"
)


@pytest.mark.parametrize(
    ("data", "pfx_key", "password_key"),
    [(PEM, None, None), ({"um.pfx": PFX, "password": b"pass"}, "um.pfx", "password")],
)
async def test_certificate_and_key_are_taken_from_a_secret(
    data: dict[str, bytes], pfx_key: str | None, password_key: str | None
) -> None:
    store = Store(secrets={"bought": data})
    issuer = SecretIssuer(store, "bought", lambda: NOW, pfx_key, password_key)
    answer = issued(await issuer.submit(REQUEST))
    assert set(answer.certificates) == {H.leaf, H.intermediate, H.root}
    assert answer.key is not None
    assert answer.key.private_numbers() == rsa_key().private_numbers()
    offered = await issuer.offered()
    assert isinstance(offered, Known)
    assert offered.value == fact_of(H.leaf)


@pytest.mark.parametrize(
    ("data", "pfx_key", "reason", "message"),
    [
        (None, None, "CertificateNotFound", 'there is no Secret "bought"'),
        ({}, None, "InvalidIssuer", "tls.crt or ca.crt: there is no certificate in it"),
        ({**PEM, "tls.key": b"?"}, None, "InvalidIssuer", "tls.key: not a PEM private key"),
        ({"um.pfx": PFX}, "um.pfx", "InvalidIssuer", "um.pfx: not a PFX, or its password is another one"),
        ({}, "um.pfx", "InvalidIssuer", "um.pfx: not a PFX"),
    ],
)
async def test_what_a_secret_lacks_is_told(
    data: dict[str, bytes] | None, pfx_key: str | None, reason: str, message: str
) -> None:
    store = Store(secrets={"bought": data} if data is not None else {})
    issuer = SecretIssuer(store, "bought", lambda: NOW, pfx_key, "password" if pfx_key else None)
    told = unknown(await issuer.offered())
    assert (told.reason, message in told.message) == (reason, True)
    assert await issuer.submit(REQUEST) == Pending("bought", told.message, reason)
    store.secrets["bought"] = {**PEM, "um.pfx": PFX, "password": b"pass"}
    issued(await issuer.poll(REQUEST, "bought"))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"end": NOW}, "Expired"), ({"extensions": [san("other.contoso.com")]}, "NameMissing")],
)
async def test_a_certificate_that_is_not_what_was_asked_for_is_waited_to_be_replaced(
    changes: Any, reason: str
) -> None:
    unfit = certificates.to_pem([H.issue(**changes)])
    store = Store(secrets={"bought": {**PEM, "tls.crt": unfit}})
    issuer = SecretIssuer(store, "bought", lambda: NOW)
    told = await issuer.submit(REQUEST)
    assert isinstance(told, Pending)
    assert (told.reason, told.message.startswith('Secret "bought": ')) == (reason, True)
    store.secrets["bought"] = PEM
    issued(await issuer.poll(REQUEST, told.request_id))


async def test_a_secret_whose_certificate_is_of_another_key_offers_nothing() -> None:
    store = Store(secrets={"bought": {**PEM, "tls.key": keys.to_pem(rsa_key("other"))}})
    told = unknown(await SecretIssuer(store, "bought", lambda: NOW).offered())
    assert 'Secret "bought" holds no certificate of the key beside it' in told.message


OTHER = "ex02.contoso.com"


def existing(server: Server, *others: str, thumbprint: str = fact_of(H.leaf).thumbprint) -> ExistingIssuer:
    return ExistingIssuer(
        server, thumbprint, "ex01.contoso.com", others, lambda: NOW, lambda: b"random password"
    )


def with_certificate(certificate: bytes = H.leaf, *, exportable: bool = True) -> Server:
    held = {fact_of(H.leaf).thumbprint: certificate}
    return Server(certificates=held, lacking=frozenset({OTHER}), exportable=exportable)


async def test_a_certificate_that_is_there_is_used_where_it_is_and_its_key_stays() -> None:
    server = with_certificate()
    for others in ((), ("ex03.contoso.com",)):
        answer = issued(await existing(server, *others).submit(REQUEST))
        assert (answer.certificates, answer.key, server.exports) == ((H.leaf,), None, 0)


async def test_it_is_exported_where_a_server_that_is_to_have_it_lacks_it() -> None:
    answer = issued(await existing(with_certificate(), "ex03.contoso.com", OTHER).submit(REQUEST))
    assert set(answer.certificates) == {H.leaf, H.intermediate}
    assert answer.key is not None
    assert answer.key.private_numbers() == rsa_key().private_numbers()


async def test_a_key_that_cannot_be_exported_is_told_and_no_server_gets_the_certificate() -> None:
    told = unknown(await existing(with_certificate(exportable=False), OTHER).submit(REQUEST))
    assert told.reason == "KeyNotExportable"
    assert told.message == (
        f'the key of certificate "{fact_of(H.leaf).thumbprint[:8]}" cannot be exported from '
        '"ex01.contoso.com", so "ex02.contoso.com" cannot have it'
    )


async def test_a_certificate_that_is_not_there_is_looked_for_again() -> None:
    told = unknown(await existing(Server()).submit(REQUEST))
    assert told.reason == "CertificateNotFound"
    assert told.message.endswith("and its private key")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"end": NOW}, "Expired"), ({"extensions": [san("other.contoso.com")]}, "NameMissing")],
)
async def test_the_key_of_a_certificate_that_cannot_be_used_stays_where_it_is(
    changes: Any, reason: str
) -> None:
    unfit = H.issue(**changes)
    thumbprint = fact_of(unfit).thumbprint
    server = Server(certificates={thumbprint: unfit}, lacking=frozenset({OTHER}))
    answer = await existing(server, OTHER, thumbprint=thumbprint).submit(REQUEST)
    assert isinstance(answer, Denied)
    assert (answer.reason, server.exports) == (reason, 0)
    assert await existing(Server(away=True)).submit(REQUEST) == AWAY


async def test_another_certificate_than_the_one_named_is_not_taken() -> None:
    answer = await existing(with_certificate(H.intermediate)).submit(REQUEST)
    assert answer == Denied("IssuanceFailed", '"ex01.contoso.com" showed another certificate')
