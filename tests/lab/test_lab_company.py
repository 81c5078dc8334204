"""The CAs of the company: whom a Group Policy brings to its servers, and what its lab hands out of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.hosts.times import INSTANT
from um_operator.lab.presets import smallest, with_lync

SERVER = "ex01.contoso.com"


@pytest.mark.parametrize("group_policy", [True, False])
async def test_a_group_policy_brings_the_roots_of_devices_and_front_ends_to_servers(
    group_policy: bool,
) -> None:
    spec = replace(with_lync(smallest()), group_policy=group_policy)
    async with Lab.start(spec, clock=Clock.frozen(), times=INSTANT) as lab:
        assert lab.lync is not None
        roots = (lab.calls.device_authority.root, lab.lync.deployment.authority.root)
        held = [lab.host(SERVER).stores.root.holds(root) is not None for root in roots]
        assert held == [group_policy, group_policy]
        handed_out = x509.load_pem_x509_certificates(lab.authority.pem + lab.company.pem)
        assert handed_out[1:] == [*roots], "whoever has no Group Policy can be told of them"
        files = lab.company.issuing.files
        own = x509.load_pem_x509_certificate(files["tls.crt"])
        key = load_pem_private_key(files["tls.key"], None)
        assert key.public_key() == own.public_key()
        assert lab.host(SERVER).stores.root.holds(own) is None, "nobody trusts it yet"
