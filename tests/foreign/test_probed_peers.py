"""Real peers, each with one thing about it, and what a probe says of each (field notes sip-tls-and-pki 2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

import kamailio
from kamailio import Kamailio, Profile
from peer_certificates import CLIENT, DAY, SERVER, Certified, root, self_signed
from um_operator.observed.der import fact_of
from um_operator.observed.fact import Fact, Known
from um_operator.observed.hosts import TLS, Listener
from um_operator.observed.peers import PeerLook
from um_operator.planning.checks.peer import findings
from um_operator.probing.identity import ClientIdentity
from um_operator.probing.prober import Prober
from um_operator.remoting import connect_to

pytestmark = pytest.mark.skipif(bool(kamailio.missing()), reason=kamailio.missing() or "-")
NAME, US = "sbc01.contoso.com", "ex01.contoso.com"
OLD = "ALL:@SECLEVEL=0"

DEVICES, STRANGERS = root("Devices Root"), root("Fabrikam Root")
DEVICES_BELOW, OURS = DEVICES.issue("Devices Issuing CA", ca=True), root("Contoso Root")
OURS_BELOW = OURS.issue("Contoso Issuing CA", ca=True)
GOOD = DEVICES_BELOW.issue(NAME)
ACCEPTED = OURS.certificate.public_bytes(Encoding.PEM)

MUTUAL = partial(Profile, clients_of=ACCEPTED)
PEERS: dict[str, Profile] = {
    "mutual": MUTUAL(GOOD),
    "verifies nobody": Profile(GOOD),
    "TLS 1.0 only": MUTUAL(GOOD, method="TLSv1", ciphers=OLD),
    "TLS 1.1 only": MUTUAL(GOOD, method="TLSv1.1", ciphers=OLD),
    "TLS 1.2 or newer": MUTUAL(GOOD, method="TLSv1.2+"),
    "static RSA": MUTUAL(GOOD, ciphers="AES128-SHA"),
    "only anonymous ciphers": MUTUAL(GOOD, ciphers="ADH-AES128-SHA256:@SECLEVEL=0"),
    "expired": MUTUAL(DEVICES_BELOW.issue(NAME, begins=-30 * DAY, ends=-DAY)),
    "not valid yet": MUTUAL(DEVICES_BELOW.issue(NAME, begins=DAY)),
    "wrong name": MUTUAL(DEVICES_BELOW.issue("pbx.contoso.com")),
    "wildcard": MUTUAL(DEVICES_BELOW.issue("*.contoso.com")),
    "common name only": MUTUAL(DEVICES_BELOW.issue(NAME, names=())),
    "other CA": MUTUAL(STRANGERS.issue("Fabrikam Issuing CA", ca=True).issue(NAME)),
    "other CA, leaf alone": MUTUAL(STRANGERS.issue(NAME)),
    "self-signed": MUTUAL(self_signed(NAME)),
    "no intermediate": MUTUAL(GOOD.alone()),
    "for clients only": MUTUAL(DEVICES_BELOW.issue(NAME, usages=CLIENT)),
    "for servers only": MUTUAL(DEVICES_BELOW.issue(NAME, usages=SERVER)),
    "plain SIP": Profile(None),
    "plain and silent": Profile(None, does="silent"),
    "403": MUTUAL(GOOD, does=403),
    "404": MUTUAL(GOOD, does=404),
    "405": MUTUAL(GOOD, does=405),
    "481": MUTUAL(GOOD, does=481),
    "503": MUTUAL(GOOD, does=503),
    "silent": MUTUAL(GOOD, does="silent"),
    "closes": MUTUAL(GOOD, does="closes"),
    "closes on strangers": Profile(GOOD, does="closes"),
}
WHO: dict[str, Certified | None] = {
    "ours": OURS_BELOW.issue(US),
    "nobody": None,
    "of another CA": STRANGERS.issue(US),
    "intermediate not sent": OURS_BELOW.issue(US).alone(),
    "for servers only": OURS_BELOW.issue(US, usages=SERVER),
    "for clients only": OURS_BELOW.issue(US, usages=CLIENT),
    "no SAN": OURS_BELOW.issue(US, names=()),
    "expired": OURS_BELOW.issue(US, begins=-30 * DAY, ends=-DAY),
    "not valid yet": OURS_BELOW.issue(US, begins=DAY),
    "self-signed": self_signed(US),
}
ROWS: list[tuple[str, str, list[str]]] = [
    ("mutual", "ours", []),
    ("mutual", "nobody", ["ClientCertificateRequired"]),
    ("mutual", "of another CA", ["ClientCertificateRejected unknown_ca"]),
    ("mutual", "intermediate not sent", ["ClientCertificateRejected unknown_ca"]),
    ("mutual", "for servers only", ["ClientCertificateRejected unsupported_certificate"]),
    ("mutual", "for clients only", []),
    ("mutual", "no SAN", []),
    ("mutual", "expired", ["ClientCertificateRejected certificate_expired"]),
    ("mutual", "not valid yet", ["ClientCertificateRejected bad_certificate"]),
    ("mutual", "self-signed", ["ClientCertificateRejected unknown_ca"]),
    ("TLS 1.2 or newer", "ours", []),
    ("TLS 1.2 or newer", "of another CA", ["ClientCertificateRejected unknown_ca"]),
    ("verifies nobody", "ours", ["ClientCertificateNotRequested"]),
    ("verifies nobody", "nobody", ["ClientCertificateNotRequested"]),
    ("TLS 1.0 only", "ours", ["OldProtocol"]),
    ("TLS 1.0 only", "nobody", ["ClientCertificateRequired", "OldProtocol"]),
    ("TLS 1.1 only", "ours", ["OldProtocol"]),
    ("static RSA", "ours", ["NoForwardSecrecy"]),
    ("only anonymous ciphers", "ours", ["NoCommonCipher"]),
    ("expired", "ours", ["PeerExpired"]),
    ("not valid yet", "ours", ["PeerNotValidYet"]),
    ("wrong name", "ours", ["PeerNameMissing"]),
    ("wildcard", "ours", []),
    ("common name only", "ours", ["PeerNameInSubjectOnly"]),
    ("other CA", "ours", ["PeerIssuerUnknown"]),
    ("other CA, leaf alone", "ours", ["ProbableIntermediateMissing"]),
    ("self-signed", "ours", ["PeerNotForClients", "PeerSelfSigned"]),
    ("no intermediate", "ours", ["ProbableIntermediateMissing"]),
    ("for clients only", "ours", ["PeerNotForServers"]),
    ("for servers only", "ours", ["PeerNotForClients"]),
    ("plain SIP", "ours", ["PlainSIPOnTLSPort"]),
    ("plain and silent", "ours", ["NoAnswer"]),
    ("403", "ours", []),
    ("404", "ours", []),
    ("405", "ours", []),
    ("481", "ours", []),
    ("503", "ours", ["SIPError"]),
    ("silent", "ours", ["SIPSilent"]),
    ("closes", "ours", ["ProbableCertificateRejection"]),
    ("closes on strangers", "ours", ["ProbableAccessControl"]),
]


@dataclass(frozen=True)
class Seen:
    """A look at a peer, and what follows from it."""

    fact: Fact[Listener]
    findings: list[str]

    @property
    def tls(self) -> TLS:
        assert isinstance(self.fact, Known)
        assert isinstance(self.fact.value, TLS)
        return self.fact.value


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kamailio]:
    with kamailio.running(tmp_path_factory.mktemp("kamailio"), PEERS) as running:
        yield running


async def probe(proxy: Kamailio, peer: str, who: str, deadline: float = 5) -> Seen:
    """Probe as one of ours would be: by the name, with SNI, judged by the devices' root."""
    tokens, ours = count(), WHO[who]
    us = ClientIdentity.of(ours.chain_pem, ours.key_pem) if ours else ClientIdentity.nobody()
    prober = Prober(fact_of, lambda: datetime.now(UTC), lambda: f"t{next(tokens)}")
    rules = connect_to.parse([f"{NAME}:5061:{proxy.addresses[peer]}:{proxy.port}"])
    with connect_to.installed(rules):
        fact = await prober.tls(
            NAME, 5061, identity=us.believing([DEVICES.der]), deadline=deadline, whole=True
        )
    shown = "ours" if ours else None
    look = Known(PeerLook(fact.value, shown, NAME, 5061), fact.read_at) if isinstance(fact, Known) else fact
    found = findings(look, NAME, datetime.now(UTC))
    alert = f" {fact.value.refusal}" if isinstance(fact, Known) and isinstance(fact.value, TLS) else ""
    named = [str(one.reason) + (alert if one.reason == "ClientCertificateRejected" else "") for one in found]
    return Seen(fact, named)


@pytest.mark.parametrize(("peer", "who", "expected"), ROWS, ids=[f"{peer}, {who}" for peer, who, _ in ROWS])
async def test_each_symptom_of_a_real_proxy_is_told_for_what_it_is(
    proxy: Kamailio, peer: str, who: str, expected: list[str]
) -> None:
    slow = PEERS[peer].does == "silent" or PEERS[peer].own is None
    assert (await probe(proxy, peer, who, deadline=0.8 if slow else 5)).findings == expected


async def test_a_certificate_that_is_replaced_while_the_proxy_runs_is_seen_by_the_next_look(
    tmp_path: Path,
) -> None:
    with kamailio.running(tmp_path, {"expired": PEERS["expired"]}) as alone:
        before = await probe(alone, "expired", "ours")
        alone.show("expired", DEVICES_BELOW.issue(NAME))
        after = await probe(alone, "expired", "ours")
    assert (before.findings, after.findings) == (["PeerExpired"], [])
    assert before.tls.leaf.sha256 != after.tls.leaf.sha256


async def test_a_proxy_names_the_cas_that_it_accepts_before_it_is_shown_a_certificate_of_them(
    proxy: Kamailio,
) -> None:
    seen = (await probe(proxy, "mutual", "nobody")).tls
    assert (seen.requests_client_certificate, seen.accepted_authorities) == (
        True,
        frozenset({"CN=Contoso Root"}),
    )
    assert (seen.leaf.dns_names, [one.subject for one in seen.sent]) == ((NAME,), ["CN=Devices Issuing CA"])
    assert seen.path_errors == ()
