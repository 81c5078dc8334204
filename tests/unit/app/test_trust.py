"""CA certificates by name: what peers are told to trust only grows, and gateways' CAs get onto servers."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import pytest

from hosts_support import HOST, HostTable
from pki_support import NOW, certificate, hierarchy, rsa_key
from um_operator.api.meta import ObjectKey
from um_operator.api.references import CARef
from um_operator.app.trust import Authorities, Trusting
from um_operator.hosts.carrier import HostsCarrier
from um_operator.local.key_values import KeyValues
from um_operator.local.secret_files import SecretFiles
from um_operator.local.secrets import LocalSecrets
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.pki import certificates
from um_operator.planning.outcome import Outcome
from um_operator.planning.scope import CertificateScope, GatewayScope
from um_operator.planning.steps import PublishAuthorities, TrustGateway
from um_operator.remoting.session import Command

UM, SBC = ObjectKey("UMCertificate", "um"), ObjectKey("UMIPGateway", "sbc01")
ROOT = hierarchy().root
THEIRS = certificate("Theirs", key=rsa_key("theirs"), ca=True)
NAME = "um/ex01.contoso.com/1"
DEVICES = GatewayScope(SBC, "sbc01", authorities=CARef(name="devices"))


def digest(der: bytes) -> str:
    return sha256(der).hexdigest()


class Issuers:
    """Knows the issuers of one revision."""

    async def issuers(self, certificate: str) -> Mapping[str, bytes] | None:
        return {digest(ROOT): ROOT} if certificate == NAME else None


class World:
    """ConfigMaps in a folder and in the state, a host's stores, and who works on them."""

    def __init__(self, state: Path, **config_maps: KeyValues) -> None:
        files, kept = SecretFiles(state, ""), SecretFiles(state, "", "ConfigMap")
        self.secrets = LocalSecrets({}, config_maps, files, writable=True, config_maps=kept)
        self.authorities = Authorities(self.secrets, lambda: NOW)
        self.host = HostTable()
        self.trusting = Trusting(self.authorities, Issuers(), HostsCarrier(self.host, Issuers()))

    async def published(self) -> Fact[frozenset[str]]:
        scope = CertificateScope(UM, None, frozenset())  # type: ignore[arg-type]
        return (await self.authorities.bundles([scope]))[UM]

    async def publish(self, *missing: bytes) -> Outcome:
        step = PublishAuthorities(
            owner=UM,
            config_map="um-trust",
            revision=1,
            certificates=(NAME,),
            missing=tuple(map(digest, missing)),
        )
        return await self.trusting.carry(step, None)

    async def trust(self, *missing: bytes) -> Outcome:
        digests = tuple(map(digest, missing))
        step = TrustGateway(owner=SBC, server=HOST, gateway="sbc01", authorities=digests, missing=digests)
        return await self.trusting.carry(step, None)


async def test_a_ca_is_published_once(tmp_path: Path) -> None:
    world = World(tmp_path)
    assert await world.published() == Known(frozenset(), NOW)
    assert [await world.publish(ROOT), await world.publish(ROOT)] == [Outcome("Done"), Outcome("Done")]
    assert await world.published() == Known(frozenset({digest(ROOT)}), NOW)
    held = await world.secrets.config_map("um-trust")
    assert held == {"ca.crt": certificates.to_pem([ROOT])}


async def test_what_is_published_already_stays(tmp_path: Path) -> None:
    text = b"# kept by hand\n" + certificates.to_pem([THEIRS]).rstrip()
    world = World(tmp_path, **{"um-trust": {"ca.crt": text, "note": b"read me"}})
    await world.publish(ROOT)
    assert await world.published() == Known(frozenset({digest(ROOT), digest(THEIRS)}), NOW)
    held = await world.secrets.config_map("um-trust")
    assert held == {"ca.crt": text + b"\n" + certificates.to_pem([ROOT]), "note": b"read me"}


async def test_what_holds_no_certificates_is_left_as_it_is(tmp_path: Path) -> None:
    world = World(tmp_path, **{"um-trust": {"ca.crt": b"to be done"}})
    fact = await world.published()
    assert isinstance(fact, Unknown)
    assert fact.message.startswith('ConfigMap "um-trust" holds something else under "ca.crt"')
    assert (await world.publish(ROOT)).kind == "NotSent"
    assert await world.secrets.config_map("um-trust") == {"ca.crt": b"to be done"}


async def test_a_ca_that_cannot_be_read_any_more_is_not_published(tmp_path: Path) -> None:
    outcome = await World(tmp_path).publish(THEIRS)
    assert (outcome.kind, outcome.reason) == ("NotSent", "NotRead")


async def test_who_signed_a_gateways_certificate_is_read_and_added_to_the_stores(tmp_path: Path) -> None:
    world = World(tmp_path, devices={"ca.crt": certificates.to_pem([THEIRS, hierarchy().intermediate])})
    fact = (await world.authorities.of_peers([DEVICES, GatewayScope(UM, "other")]))[SBC]
    assert isinstance(fact, Known)
    assert [one.sha256 for one in fact.value] == [digest(THEIRS), digest(hierarchy().intermediate)]
    world.trusting.remember([DEVICES])
    assert await world.trust(THEIRS, hierarchy().intermediate) == Outcome("Done")
    assert world.host.writes == [
        Command("Add-UMOperatorTrust", {"Store": "Root", "RawData": THEIRS}),
        Command("Add-UMOperatorTrust", {"Store": "CA", "RawData": hierarchy().intermediate}),
    ]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, 'trust.caRef: there is no ConfigMap "devices" with key "ca.crt"'),
        ({"other": b""}, 'trust.caRef: there is no ConfigMap "devices" with key "ca.crt"'),
        (
            {"ca.crt": b"none"},
            'trust.caRef: ConfigMap "devices", key "ca.crt": there is no certificate in it',
        ),
    ],
)
async def test_a_reference_that_leads_nowhere_is_said_and_adds_nothing(
    tmp_path: Path, data: KeyValues | None, said: str
) -> None:
    world = World(tmp_path, **({"devices": data} if data else {}))
    fact = (await world.authorities.of_peers([DEVICES]))[SBC]
    assert isinstance(fact, Unknown)
    assert fact.reason == "DependencyNotFound"
    assert fact.message.startswith(said)
    world.trusting.remember([DEVICES])
    assert (await world.trust(THEIRS)).kind == "NotSent"
    assert world.host.writes == []
