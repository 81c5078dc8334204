"""TLS of a device, as OpenSSL does it: it believes only what is sent and anchored in its own list."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cached_property

from cryptography import x509

from um_operator.lab.gateways.handshakes import TLSFailure
from um_operator.lab.gateways.identities import Demand, Identity, covers, is_for_clients
from um_operator.lab.gateways.network import Secure
from um_operator.lab.gateways.wires import Wires
from um_operator.lab.hosts import chains
from um_operator.lab.hosts.authority import CertificateAuthority
from um_operator.lab.hosts.stores import CertificateStore, MachineStores, StoredCertificate


class DeviceTLS:
    """The certificate of a device, and whom it trusts.

    Attributes:
        trusted: the CAs that it accepts; what an administrator of the device adds counts at once.

    Args:
        fqdn: its name, for which its certificate is.
        wires: makes the handshakes.
        authority: who issued that certificate.
        checks_names: whether a server's certificate has to be for the host that was dialled.
        checks_usages: whether a certificate has to be for clients, too, whoever shows it.
    """

    def __init__(
        self,
        fqdn: str,
        wires: Wires,
        authority: Callable[[], CertificateAuthority],
        *,
        checks_names: bool = True,
        checks_usages: bool = True,
    ) -> None:
        self.trusted = CertificateStore()
        self._fqdn = fqdn
        self._wires = wires
        self._authority = authority
        self._checks_names = checks_names
        self._checks_usages = checks_usages

    @cached_property
    def certificate(self) -> StoredCertificate:
        """What the device shows."""
        return self._authority().issue(self._fqdn)

    def renew(self, begins: datetime) -> None:
        """Have an administrator of the device give it another certificate of the same CA."""
        self.certificate = self._authority().issue(self._fqdn, begins=begins)

    def believes(self, leaf: x509.Certificate, sent: Iterable[x509.Certificate]) -> bool:
        """Whether the device would build a path from a leaf, by what is sent with it, to one of its CAs."""
        above = chains.path(leaf, MachineStores(root=self.trusted), sent)
        return self.trusted.holds(above[-1] if above else leaf) is not None

    def listener(self) -> Secure:
        """How it accepts; OpenSSL itself demands clientAuth of a client."""
        return self._wires.server(self._identity)

    def client(self, host: str) -> Secure:
        """How it connects to a host."""
        return self._wires.client(host, self._identity, self._demand(host))

    def _demand(self, host: str) -> Demand:
        def demand(leaf: x509.Certificate) -> TLSFailure | None:
            if self._checks_names and not covers(leaf, host):
                return TLSFailure.INCORRECT_NAME
            if self._checks_usages and not is_for_clients(leaf):
                return TLSFailure.INVALID_USAGE
            return None

        return demand

    def _identity(self) -> Identity:
        own = self.certificate
        assert own.key is not None
        return Identity(
            leaf=own.certificate,
            key=own.key,
            chain=self._authority().chain[:-1],
            anchors=tuple(entry.certificate for entry in self.trusted),
            names_authorities=True,
            lenient=False,
        )
