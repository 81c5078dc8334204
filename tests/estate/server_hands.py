"""A person who changes servers past the operator: what is written, what is bound, when services start."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from estate.rollouts import Rollout
from um_operator.lab.exchange.objects import Kind
from um_operator.lab.gateways.desks import settings_of
from um_operator.lab.hosts.stores import StoredCertificate
from um_operator.lab.powershell import Value

KINDS = (Kind.UM_SERVICE, Kind.CALL_ROUTER)
AWHILE = timedelta(minutes=6)
POLLED = timedelta(minutes=16)
"""After that every server has read what was written."""


@dataclass
class ServerHands:
    """A person at work on the servers of an estate.

    Attributes:
        work: the operator beside him, whose servers they are.
        leaves: what each server showed in the beginning, by FQDN.
    """

    work: Rollout
    leaves: dict[str, StoredCertificate] = field(init=False)

    def __post_init__(self) -> None:
        self.lab = self.work.lab
        self.leaves = {}
        for fqdn, served in self.work.served().items():
            leaf = self.lab.host(fqdn).stores.my.find(next(shown for shown in served if shown))
            assert leaf is not None
            self.leaves[fqdn] = leaf

    def write(self, kinds: tuple[Kind, ...] = KINDS, **attributes: object) -> None:
        """Write attributes of services of every server, known everywhere at once."""
        self._write(kinds, lambda _: attributes)

    def bind(self, of: Callable[[str], str | None], kinds: tuple[Kind, ...] = KINDS) -> None:
        """Bind the services of each server."""
        self._write(kinds, lambda fqdn: {"UMCertificateThumbprint": of(fqdn)})

    async def restart(self) -> None:
        """Restart every server."""
        tasks = [self.lab.reboot(fqdn, timedelta(seconds=30)) for fqdn in self.work.fqdns]
        await self.work.time.leap(AWHILE)
        await asyncio.gather(*tasks)

    async def by_cmdlet(self, cmdlet: str, *positional: Value, **parameters: Value) -> None:
        """Change something by a cmdlet, and let every server read it."""
        self.lab.change(cmdlet, *positional, **parameters)
        self.lab.directory.replicate_now()
        await self.work.time.leap(POLLED)

    def _write(self, kinds: tuple[Kind, ...], of: Callable[[str], dict[str, object]]) -> None:
        for fqdn in self.work.fqdns:
            server = self.lab.organization.um_servers[fqdn]
            for kind in kinds:
                settings = settings_of(server, kind)
                assert settings is not None
                self.lab.directory.modify(server.domain_controllers[0], settings.guid, of(fqdn))
        self.lab.directory.replicate_now()
