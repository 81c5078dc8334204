from __future__ import annotations

import asyncio
import hashlib
import ssl

import pytest

from probing_support import (
    NAME,
    NOW,
    answering,
    hanging_up,
    identity,
    listening,
    prober,
    root,
    s_server,
    server_context,
    silent,
    tls,
    unknown,
)
from um_operator.observed.fact import Known
from um_operator.observed.hosts import Closed, Plain
from um_operator.probing.identity import ClientIdentity, IdentityError
from um_operator.remoting import connect_to

CA = root()
INTERMEDIATE = CA.issue("Contoso Issuing CA", ca=True)
LEAF = INTERMEDIATE.issue(NAME)
OURS = CA.issue("ex01.contoso.com")
FOREIGN = root("Fabrikam Root").issue("ex01.contoso.com")


def old(context: ssl.SSLContext) -> ssl.SSLContext:
    """Speak what old gear speaks, and only that."""
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1 is deprecated"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    return context


async def test_a_peer_shows_its_leaf_its_chain_as_sent_and_how_it_answers() -> None:
    context = server_context(LEAF, INTERMEDIATE)
    talk = answering(200, "Server: SBC/7.2", provisional=True)
    async with listening(talk, context) as port:
        fact = await prober().tls("127.0.0.1", port, deadline=5)
    seen = tls(fact)
    assert isinstance(fact, Known)
    assert fact.read_at == NOW
    assert (seen.leaf.subject, [one.subject for one in seen.sent]) == (
        f"CN={NAME}",
        ["CN=Contoso Issuing CA"],
    )
    assert (seen.status, seen.server, seen.refusal) == (200, "SBC/7.2", "")
    assert seen.version == "TLSv1.2"
    assert seen.cipher_suite.startswith("ECDHE-RSA")
    assert not seen.requests_client_certificate


async def test_an_intermediate_that_is_not_sent_is_missing_from_what_is_seen() -> None:
    async with listening(answering(), server_context(LEAF)) as port:
        assert tls(await prober().tls("127.0.0.1", port, deadline=5)).sent == ()


async def test_an_expired_certificate_is_seen_as_it_is() -> None:
    leaf = CA.issue(NAME, expired=True)
    async with listening(answering(), server_context(leaf)) as port:
        seen = tls(await prober().tls("127.0.0.1", port, deadline=5))
    assert not seen.leaf.valid_at(seen.leaf.not_after)
    assert (seen.leaf.sha256, seen.status) == (hashlib.sha256(leaf.der).hexdigest(), 200)


async def test_old_gear_is_shaken_hands_with_and_its_version_told() -> None:
    async with listening(answering(), old(server_context(LEAF))) as port:
        seen = tls(await prober().tls("127.0.0.1", port, deadline=5))
    assert (seen.version, seen.status) == ("TLSv1", 200)


async def test_a_peer_that_speaks_only_newer_tls_has_no_version_in_common() -> None:
    context = server_context(LEAF)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    async with listening(answering(), context) as port:
        fact = unknown(await prober().tls("127.0.0.1", port, deadline=5))
    assert fact.reason == "NoCommonProtocol"
    assert fact.message == f'"127.0.0.1" speaks TLS, but no version from 1.0 to 1.2 on port {port}'


async def test_a_peer_that_asks_for_a_certificate_names_its_authorities_and_takes_ours() -> None:
    async with listening(answering(), server_context(LEAF, clients_of=CA)) as port:
        seen = tls(await prober().tls("127.0.0.1", port, identity=identity(OURS), deadline=5))
    assert (seen.requests_client_certificate, seen.status, seen.refusal) == (True, 200, "")
    async with s_server(LEAF, clients_of=CA) as port:
        seen = tls(await prober().tls("127.0.0.1", port, identity=identity(OURS), deadline=1))
    assert seen.accepted_authorities == {"CN=Contoso Root"}
    assert seen.refusal == ""


async def test_our_own_intermediate_is_sent_along() -> None:
    ours = INTERMEDIATE.issue("ex02.contoso.com")
    async with listening(answering(), server_context(LEAF, clients_of=CA)) as port:
        with_it = await prober().tls("127.0.0.1", port, identity=identity(ours, INTERMEDIATE), deadline=5)
        without = await prober().tls("127.0.0.1", port, identity=identity(ours), deadline=5)
    assert (tls(with_it).status, tls(with_it).refusal) == (200, "")
    assert (tls(without).status, tls(without).refusal) == (None, "unknown_ca")


async def test_a_peer_that_wants_a_certificate_and_gets_none_shows_its_own_all_the_same() -> None:
    async with listening(answering(), server_context(LEAF, clients_of=CA)) as port:
        seen = tls(await prober().tls("127.0.0.1", port, deadline=5))
    assert seen.leaf.subject == f"CN={NAME}"
    assert (seen.requests_client_certificate, seen.refusal, seen.status) == (
        True,
        "certificate_required",
        None,
    )


async def test_a_certificate_of_an_authority_that_the_peer_does_not_know_is_refused_by_name() -> None:
    async with listening(answering(), server_context(LEAF, clients_of=CA)) as port:
        seen = tls(await prober().tls("127.0.0.1", port, identity=identity(FOREIGN), deadline=5))
    assert (seen.leaf.subject, seen.refusal) == (f"CN={NAME}", "unknown_ca")


async def test_a_peer_that_hangs_up_after_the_handshake_has_refused_us() -> None:
    async with listening(hanging_up, server_context(LEAF)) as port:
        seen = tls(await prober().tls("127.0.0.1", port, deadline=5))
    assert (seen.refusal, seen.status) == ("closed", None)


async def test_a_peer_that_is_silent_after_the_handshake_is_seen_within_the_deadline() -> None:
    async with listening(silent, server_context(LEAF)) as port, asyncio.timeout(3):
        seen = tls(await prober().tls("127.0.0.1", port, deadline=0.5))
    assert (seen.leaf.subject, seen.status, seen.refusal) == (f"CN={NAME}", None, "")


@pytest.mark.parametrize("status", [403, 404, 503])
async def test_any_final_answer_is_one(status: int) -> None:
    async with listening(answering(status, "User-Agent: Mediant"), server_context(LEAF)) as port:
        seen = tls(await prober().tls("127.0.0.1", port, deadline=5))
    assert (seen.status, seen.server) == (status, "Mediant")


async def test_a_name_is_asked_for_wherever_it_leads_and_an_address_is_not() -> None:
    asked: list[str | None] = []
    context = server_context(LEAF)
    context.sni_callback = lambda _, name, __: asked.append(name)
    async with listening(answering(), context) as port:
        with connect_to.installed(connect_to.parse([f"{NAME}:5061:127.0.0.1:{port}"])):
            assert tls(await prober().tls(NAME, 5061, deadline=5)).status == 200
        assert tls(await prober().tls("127.0.0.1", port, deadline=5)).status == 200
    assert asked == [NAME, None]


async def test_one_identity_serves_many_probes_at_once() -> None:
    ours = identity(OURS)
    async with listening(answering(), server_context(LEAF, clients_of=CA)) as port:
        many = await asyncio.gather(
            *(prober().tls("127.0.0.1", port, identity=ours, deadline=10) for _ in range(20))
        )
    assert {tls(fact).status for fact in many} == {200}
    assert all(tls(fact).requests_client_certificate for fact in many)


async def test_a_tls_port_that_nobody_listens_on_is_closed() -> None:
    async with listening(silent) as port:
        pass
    assert await prober().tls("127.0.0.1", port, deadline=5) == Known(Closed(), NOW)


async def test_plain_sip_on_a_port_meant_for_tls_is_found_out() -> None:
    async with listening(answering(200)) as port:
        fact = await prober().tls("127.0.0.1", port, deadline=1)
    assert fact == Known(Plain(200), NOW)


def test_a_key_of_another_certificate_is_no_identity_and_is_not_shown() -> None:
    other = root("Other")
    while other.key is OURS.key:
        other = root("Other")
    for certificate, key in ((OURS.pem, other.key_pem), (b"nonsense", OURS.key_pem), (OURS.pem, b"nonsense")):
        with pytest.raises(IdentityError) as error:
            ClientIdentity.of(certificate, key)
        assert "BEGIN" not in str(error.value)
