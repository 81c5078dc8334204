"""A device under management: what is in force, what is stored, who else is at work on it.

Each change of that is an effect in the journal, with everything before and after, so that an onlooker sees
what a change did to others: the carrier's trunk, and the edits of another administrator (lab L14, R24).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from um_operator.lab.devices.spec import ManagedDevice
from um_operator.lab.devices.trunk import CarrierTrunk
from um_operator.lab.gateways.device import Gateway
from um_operator.lab.journal import CONSOLE, Author, Journal, Readable

KIND = "ManagedDevice"
COLLEAGUE = "anna"
"""Another administrator of the devices."""


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of a certificate, in hex."""
    return certificate.fingerprint(hashes.SHA256()).hex()


class Box:
    """What all devices have in common.

    Attributes:
        spec: how it is managed.
        trunk: the carrier's.
        interruptions: how often its calls over TLS were ended so far, as its product does it.
        sensitive: whether the trunk does not survive that the TLS context is read anew, whatever is in it: a
            fault of the device, which nobody sees in advance.
    """

    def __init__(self, spec: ManagedDevice, gateway: Gateway, trunk: CarrierTrunk, journal: Journal) -> None:
        self.spec = spec
        self.trunk = trunk
        self.interruptions = 0
        self.sensitive = False
        self._gateway = gateway
        self._journal = journal
        self._from_configuration: frozenset[str] = frozenset()
        self._first: frozenset[str] = frozenset()
        self._effects = asyncio.Lock()
        self._heard: tuple[object, str] = (None, "")

    async def start(self) -> None:
        """Come up with what is stored."""
        raise NotImplementedError

    def close(self) -> None:
        """Leave nothing behind."""

    def saved(self) -> Iterable[x509.Certificate]:
        """The CAs with which it would come up again."""
        raise NotImplementedError

    def locked_by(self) -> str:
        """Who keeps everybody else from changing it; empty: nobody."""
        raise NotImplementedError

    def unsaved(self) -> list[str]:
        """What others have changed that is not in force, or not saved, yet."""
        raise NotImplementedError

    @property
    def trusted(self) -> frozenset[str]:
        """SHA-256 of the CAs that its TLS accepts now."""
        return frozenset(fingerprint(entry.certificate) for entry in self._gateway.tls.trusted)

    @asynccontextmanager
    async def effect(self, command: str, caller: str = "") -> AsyncIterator[None]:
        """Have what is done inside stand in the journal, if it makes a difference.

        Args:
            command: what does it.
            caller: who; the one who logs on unless another is named, who then is at the device himself.
        """
        by = Author(caller or self.spec.user, self.spec.fqdn, CONSOLE if caller else "ssh", command)
        async with self._effects:
            self._journal.about_to_change(by.caller)
            before = await self._state()
            yield
            after = await self._state()
            if before == after:
                return
            self._journal.record_of(
                by,
                kind=KIND,
                name=self.spec.device,
                before=before,
                after=after,
            )

    def put_in_force(self, certificates: Iterable[x509.Certificate]) -> None:
        """Trust what the configuration says now, in place of what it said before."""
        wanted = {fingerprint(certificate): certificate for certificate in certificates}
        store = self._gateway.tls.trusted
        for entry in store:
            sha256 = fingerprint(entry.certificate)
            if sha256 in self._from_configuration and sha256 not in wanted:
                store.remove(entry.thumbprint)
        for certificate in wanted.values():
            store.trust(certificate)
        self._from_configuration = frozenset(wanted)

    def in_force(self) -> list[x509.Certificate]:
        """The CAs that its TLS accepts now."""
        return [entry.certificate for entry in self._gateway.tls.trusted]

    async def come_up(self) -> None:
        """Take the carrier's calls for the first time."""
        self._first = self.trusted
        await self.trunk.open()

    async def read_anew(self, *, broken: bool = False) -> None:
        """See what becomes of the trunk now that the TLS context was read anew.

        Args:
            broken: whether what was read has no such trunk.
        """
        if broken or (self.sensitive and self.trusted != self._first):
            await self.trunk.close()
        else:
            await self.trunk.open()

    async def _state(self) -> dict[str, Readable]:
        return {
            "Trusted": [*sorted(self.trusted)],
            "Saved": [*sorted(map(fingerprint, self.saved()))],
            "LockedBy": self.locked_by(),
            "Unsaved": list(self.unsaved()),
            "Trunk": await self._heard_on_the_trunk(),
            "Interruptions": self.interruptions,
        }

    async def _heard_on_the_trunk(self) -> str:
        """What the carrier hears; he tries it when something about it has changed."""
        about = (self.trusted, self.trunk.is_open)
        if self._heard[0] != about:
            self._heard = (about, "Up" if await self.trunk.works() else "Down")
        return self._heard[1]
