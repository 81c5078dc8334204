"""A machine with Windows: what outlives its services, and the services."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from um_operator.lab.chance import chance
from um_operator.lab.clock import Clock
from um_operator.lab.hosts.components import ComponentStates, Place, State, installed
from um_operator.lab.hosts.event_log import APPLICATION, EventLog
from um_operator.lab.hosts.factory import factory_certificate
from um_operator.lab.hosts.service import Program, WindowsService
from um_operator.lab.hosts.stores import CertificateStore, MachineStores, StoredCertificate
from um_operator.lab.hosts.times import ServiceTimes
from um_operator.lab.journal import Author, Journal

UM: Final = "MSExchangeUM"
UM_CALL_ROUTER: Final = "MSExchangeUMCR"
DISPLAY_NAMES: Final = {
    UM: "Microsoft Exchange Unified Messaging",
    UM_CALL_ROUTER: "Microsoft Exchange Unified Messaging Call Router",
}
COMPONENT_KIND: Final = "ServerComponentState"
r"""Kind of a component's effects in the journal; their name is the server's FQDN."""


class Host:
    """One machine.

    Attributes:
        fqdn: its name, in lower case.
        up: whether it answers at all.
        since: when that began.
        stores: its certificates.
        events: the log of its product.
        components: the states that were asked for.
        component: what this server calls its call router's component.
        services: what is installed on it, by name.
        times: how long its services take; those installed have their own copy.
        rejected_calls: calls that its call router turned away since it started.
        refuses_key: tells certificates whose key SChannel can't use, so that no service starts with one: a
            planned trouble, none by itself.

    Args:
        factory: whether Exchange's set-up has made its certificate there.
        log: name of the log that its product writes.
    """

    def __init__(
        self,
        fqdn: str,
        *,
        clock: Clock,
        journal: Journal,
        component: str = "UMCallRouter",
        times: ServiceTimes | None = None,
        up: bool = True,
        seed: int = 0,
        factory: bool = True,
        log: str = APPLICATION,
    ) -> None:
        self.fqdn = fqdn.lower()
        self.up = up
        self.since = clock.now()
        self.clock = clock
        self.component = component
        self.times = times or ServiceTimes()
        self.services: dict[str, WindowsService] = {}
        self.rejected_calls = 0
        self.refuses_key: Callable[[StoredCertificate], bool] = lambda _: False
        self._journal = journal
        self._seed = seed
        made = [factory_certificate(self.fqdn, clock.now())] if factory else []
        self.stores = MachineStores(my=CertificateStore(made))
        records = chance(seed, f"record ids {self.fqdn}").randrange(10_000, 900_000)
        self.events = EventLog(self.fqdn, clock, journal, first=records, name=log)
        self.components = ComponentStates(clock, installed(component))
        self.components.begin(component)

    def install(self, name: str, program: Program, display_name: str = "") -> WindowsService:
        """Install a service, stopped; those of Exchange have their display names."""
        service = WindowsService(
            self.fqdn,
            name,
            display_name or DISPLAY_NAMES[name],
            program=program,
            clock=self.clock,
            journal=self._journal,
            events=self.events,
            times=self.times,
            random=chance(self._seed, f"service {name} of {self.fqdn}"),
        )
        self.services[name] = service
        return service

    def set_component(
        self,
        by: Author,
        component: str,
        requester: str,
        state: State,
        places: tuple[Place, ...] = ("Local", "Remote"),
    ) -> None:
        """Have somebody say a state of a component as a requester: an effect of his."""
        self._journal.about_to_change(by.caller)
        before = self.components.requested(component, requester)
        self.components.set(component, requester, state, places)
        key = f"{component}\\{requester}"
        self._journal.record_of(
            by,
            kind=COMPONENT_KIND,
            name=self.fqdn,
            before={key: before or "Active"},
            after={key: self.components.requested(component, requester)},
        )

    def takes_new_calls(self) -> bool:
        """Whether nobody has taken the call router out of service."""
        return self.components.state(self.component) == "Active"

    async def run(self) -> None:
        """Have every service run since long ago."""
        for service in self.services.values():
            await service.run()

    async def shut_down(self) -> None:
        """Go away at once: every process ends."""
        self.up, self.since = False, self.clock.now()
        for service in self.services.values():
            await service.kill("the machine went down")

    def boot(self) -> None:
        """Come back; the services start by themselves, in their time."""
        self.up, self.since = True, self.clock.now()
        for service in self.services.values():
            service.boot()
