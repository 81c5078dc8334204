"""The CAs of the company: whom a Group Policy brings to the members of its domain, and who issues for UM."""

from __future__ import annotations

from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from um_operator.lab.exchange.organization import Organization
from um_operator.lab.gateways.calls import Calls
from um_operator.lab.hosts.authority import CertificateAuthority
from um_operator.lab.lync.endpoints import LyncEndpoints


class Company:
    """What CAs the company has.

    Args:
        name: of the company.
        group_policy: whether those who signed the certificates of devices and front ends come to all servers.
    """

    def __init__(
        self,
        name: str,
        organization: Organization,
        calls: Calls,
        lync: LyncEndpoints | None,
        *,
        group_policy: bool,
    ) -> None:
        self._name = name
        self._organization = organization
        self._calls = calls
        self._lync = lync
        self._group_policy = group_policy

    @property
    def roots(self) -> tuple[x509.Certificate, ...]:
        """Who signed the certificates of devices and front ends."""
        devices = self._calls.device_authority.root
        return (devices, self._lync.deployment.authority.root) if self._lync else (devices,)

    @property
    def pem(self) -> bytes:
        """The same, as a file."""
        return b"".join(one.public_bytes(Encoding.PEM) for one in self.roots)

    @cached_property
    def issuing(self) -> CertificateAuthority:
        """The CA that is lent to whoever issues for Unified Messaging; nobody trusts it yet."""
        now = self._organization.clock.now()
        return CertificateAuthority(f"{self._name} Issuing CA", now, intermediate=False)

    def apply(self) -> None:
        """Bring the roots to the Root store of every Exchange server, where a Group Policy does that."""
        if not self._group_policy:
            return
        for server in self._organization.um_servers.values():
            for root in self.roots:
                server.host.stores.root.trust(root)
