"""A peer of another TLS library has other alerts for the same: they are told for what they mean."""

from __future__ import annotations

from pathlib import Path

import pytest

import gnutls_peer
from peer_certificates import Certified, root

DEVICES, OURS, STRANGERS = root("Devices Root"), root("Contoso Root"), root("Fabrikam Root")
WHY = gnutls_peer.missing()


@pytest.mark.skipif(bool(WHY), reason=WHY or "-")
def test_the_alerts_of_gnutls_mean_what_those_of_openssl_do(tmp_path: Path) -> None:
    own = DEVICES.issue("sbc01.contoso.com")
    below = OURS.issue("Contoso Issuing CA", ca=True)
    who: dict[str, Certified] = {
        "ours": below.issue("ex01.contoso.com"),
        "stranger": STRANGERS.issue("ex01.contoso.com"),
        "alone": below.issue("ex01.contoso.com").alone(),
    }
    (tmp_path / "own.pem").write_bytes(own.chain_pem)
    (tmp_path / "own.key").write_bytes(own.key_pem)
    (tmp_path / "ca.pem").write_bytes(OURS.chain_pem)
    for name, one in who.items():
        (tmp_path / f"{name}.pem").write_bytes(one.chain_pem + one.key_pem)
    assert gnutls_peer.found(tmp_path, "ours", "nobody", "stranger", "alone") == {
        "ours": [],
        "nobody": ["ClientCertificateRequired certificate_required"],
        "stranger": ["ClientCertificateRejected access_denied"],
        "alone": ["ClientCertificateRejected access_denied"],
    }
