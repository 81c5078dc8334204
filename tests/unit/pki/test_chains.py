"""Chains: in order whatever the order, and judged with OpenSSL's codes."""

from __future__ import annotations

import itertools
from datetime import timedelta
from pathlib import Path

import pytest
from asn1crypto import x509 as asn1

from pki_support import NOW, certificate, hierarchy, openssl, rsa_key, told
from um_operator.observed.der import fact_of
from um_operator.pki import certificates, chains

H = hierarchy()
STRANGER = certificate("Stranger", key=rsa_key("stranger"), ca=True)
NAMESAKE = certificate(
    "Issuing", key=rsa_key("stranger"), issuer="Root", signed_with=rsa_key("root"), ca=True
)


@pytest.mark.parametrize("others", [*itertools.permutations([H.intermediate, H.root, STRANGER, NAMESAKE])])
def test_a_chain_is_found_in_any_order_among_strangers_and_namesakes(others: tuple[bytes, ...]) -> None:
    chain = chains.ordered(H.leaf, others)
    assert chain.certificates == (H.leaf, H.intermediate, H.root)
    assert chain.complete


def test_a_chain_ends_where_an_issuer_is_missing() -> None:
    chain = chains.ordered(H.leaf, [H.intermediate, STRANGER])
    assert (chain.certificates, chain.complete) == ((H.leaf, H.intermediate), False)
    assert chains.ordered(H.leaf, [H.root]).certificates == (H.leaf,)


def test_of_two_ways_the_one_to_a_root_is_taken() -> None:
    crossed = certificate(
        "Root", key=rsa_key("root"), issuer="Older root", signed_with=rsa_key("older"), ca=True
    )
    chain = chains.ordered(H.leaf, [H.intermediate, crossed, H.root])
    assert chain.complete
    assert chain.certificates[-1] == H.root
    assert chains.ordered(H.leaf, [H.intermediate, crossed]).certificates[-1] == crossed


def test_a_self_signed_leaf_is_its_own_chain() -> None:
    own = certificate()
    assert chains.ordered(own, [H.root]) == chains.Chain((own,), complete=True)


def test_a_certificate_that_only_says_that_it_signed_itself_has_not() -> None:
    forged = certificate("Root", key=rsa_key("stranger"), issuer="Root", signed_with=rsa_key("leaf"), ca=True)
    assert not chains.is_self_signed(forged)
    assert chains.is_self_signed(H.root)


def test_a_path_is_valid_where_the_root_is_trusted_and_the_intermediate_sent() -> None:
    assert chains.verify(H.leaf, [H.intermediate], [H.root], NOW) is None


def test_signatures_with_sha1_still_make_a_chain(tmp_path: Path) -> None:
    """The library does not verify them; an old PKI has them all the same."""
    paths = [str(tmp_path / name) for name in ("root.key", "root.pem", "leaf.key", "leaf.csr", "leaf.pem")]
    root_key, root, leaf_key, csr, leaf = paths
    new = ("-newkey", "rsa:2048", "-nodes", "-sha1")
    told(openssl("req", "-x509", *new, "-keyout", root_key, "-out", root, "-subj", "/CN=Old root"))
    told(openssl("req", *new, "-keyout", leaf_key, "-out", csr, "-subj", "/CN=old"))
    signed = ("-CA", root, "-CAkey", root_key, "-CAcreateserial", "-sha1")
    told(openssl("x509", "-req", "-in", csr, *signed, "-out", leaf))
    (own,), (anchor,) = (certificates.read(Path(path).read_bytes()) for path in (leaf, root))
    assert chains.ordered(own, [anchor]).complete
    assert fact_of(own).signature_hash == "sha1"


@pytest.mark.parametrize(
    ("situation", "code"),
    [
        ("intermediate missing", 20),
        ("root not trusted", 19),
        ("expired", 10),
        ("not yet valid", 9),
        ("signature spoilt", 7),
        ("self-signed and not trusted", 18),
        ("issuer is no CA", 79),
    ],
)
def test_why_a_peer_would_not_trust_is_said_with_openssls_code(situation: str, code: int) -> None:
    spoilt = asn1.Certificate.load(H.leaf)
    spoilt["tbs_certificate"]["serial_number"] = 6
    no_ca = certificate("Issuing", key=rsa_key("issuing"), issuer="Root", signed_with=rsa_key("root"))
    at = {"expired": NOW + timedelta(days=400), "not yet valid": NOW - timedelta(days=2)}.get(situation, NOW)
    leaf, sent, trusted = {
        "intermediate missing": (H.leaf, [], [H.root]),
        "root not trusted": (H.leaf, [H.intermediate, H.root], [STRANGER]),
        "expired": (H.leaf, [H.intermediate], [H.root]),
        "not yet valid": (H.leaf, [H.intermediate], [H.root]),
        "signature spoilt": (bytes(spoilt.dump(force=True)), [H.intermediate], [H.root]),
        "self-signed and not trusted": (certificate(), [], []),
        "issuer is no CA": (H.leaf, [no_ca], [H.root]),
    }[situation]
    fault = chains.verify(leaf, sent, trusted, at)
    assert fault is not None
    assert fault.code == code, fault


def test_a_self_signed_leaf_is_trusted_by_who_has_it() -> None:
    own = certificate()
    assert chains.verify(own, [], [own], NOW) is None
