"""What stands behind every cmdlet of the organisation: the directory and everything beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from um_operator.lab.chance import chance
from um_operator.lab.clock import Clock
from um_operator.lab.exchange.active_calls import ActiveCalls
from um_operator.lab.exchange.bindings import Bindings
from um_operator.lab.exchange.directory import Directory
from um_operator.lab.exchange.um_server import UMServer
from um_operator.lab.hosts.authority import CertificateAuthority
from um_operator.lab.hosts.host import UM, Host
from um_operator.lab.hosts.keys import KeyPool
from um_operator.lab.hosts.service import Status
from um_operator.lab.journal import CONSOLE, Journal
from um_operator.lab.powershell import Caller
from um_operator.lab.variants import Landing, Variants


@dataclass
class Organization:
    """One Exchange organisation.

    Attributes:
        directory: its configuration, one copy a domain controller.
        clock: the estate's clock.
        journal: where every effect is written.
        variants: how the open questions are answered here.
        um_servers: what runs on each machine, by the server's FQDN in lower case.
        active_calls: the calls that the servers hold.
        keys: for certificates that are made here.
        bindings: which certificate the services beside UM use.
        languages: installed UM language packs.
        seed: of everything that is drawn.
        authority: the company's CA, where the servers have had certificates since long.
    """

    directory: Directory
    clock: Clock
    journal: Journal
    variants: Variants = field(default_factory=Variants)
    um_servers: dict[str, UMServer] = field(default_factory=dict)
    active_calls: ActiveCalls = field(default_factory=ActiveCalls)
    languages: tuple[str, ...] = ("en-US", "de-DE", "en-GB", "fr-FR")
    seed: int = 0
    authority: CertificateAuthority | None = None

    def __post_init__(self) -> None:
        self.bindings = Bindings()
        self.keys = KeyPool()
        self._random = chance(self.seed, "request ids")

    def host(self, fqdn: str) -> Host:
        """The machine of that name.

        Raises:
            KeyError: there is none: an Edge server, or a directory entry without a site.
        """
        return self.um_servers[fqdn.lower()].host

    def request_id(self) -> UUID:
        """The id of the next request, as it shows in errors."""
        return UUID(int=self._random.getrandbits(128), version=4)

    def landing(self, caller: Caller) -> str:
        """FQDN of the server that runs the cmdlets of a session.

        A front end proxies the session to whichever server suits it, so it need not be the one dialled.
        """
        able = sorted(fqdn for fqdn, server in self.um_servers.items() if server.runs_cmdlets and server.up)
        if caller.endpoint == CONSOLE or self.variants.landing is Landing.DIALLED or not able:
            return caller.server
        return chance(self.seed, f"landing {caller.account} {caller.server} {caller.session}").choice(able)

    def answers(self, fqdn: str) -> bool:
        """Whether there is a machine of that name that runs."""
        server = self.um_servers.get(fqdn.lower())
        return server is not None and server.up

    def um_service_answers(self, fqdn: str) -> bool:
        """Whether the UM service of a server can be asked; of other releases than ours it always can."""
        if not self.answers(fqdn):
            return False
        service = self.host(fqdn).services.get(UM)
        return service is None or service.status is Status.RUNNING

    def domain_controllers_of(self, server: str) -> tuple[str, ...]:
        """The domain controllers that a server works with: those of its site, else any, that answer."""
        um_server = self.um_servers.get(server.lower())
        near = um_server.domain_controllers if um_server else ()
        usable = [dc for dc in near if self.directory.answers(dc)]
        return tuple(usable or (dc for dc in self.directory.domain_controllers if self.directory.answers(dc)))
