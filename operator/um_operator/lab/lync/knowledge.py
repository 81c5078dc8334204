"""What a front end knows of Unified Messaging: dial plans since its start, servers and contacts as they are.

A front end finds Unified Messaging when its Front-End service starts, if Lync may read Exchange's containers
by then and its site's domain controller knows it (lab L12, field notes 6.1).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from um_operator.lab.exchange.dial_plan_properties import URI_TYPE
from um_operator.lab.exchange.directory import Directory
from um_operator.lab.exchange.objects import DirectoryObject, Kind
from um_operator.lab.exchange.permissions import missing
from um_operator.lab.exchange.replica import Replica
from um_operator.lab.lync.contacts import Contact, Contacts
from um_operator.lab.variants import ContactsSeen

FRONT_PORT = 5061


class Knowledge:
    """The knowledge of one front end.

    Args:
        site: whose domain controller it asks.
        seen: when contacts are noticed.
    """

    def __init__(self, directory: Directory, site: str, contacts: Contacts, seen: ContactsSeen) -> None:
        self._directory = directory
        self._controller = directory.site(site).domain_controllers[0]
        self._contacts = contacts
        self._seen = seen
        self._plans: dict[str, UUID] = {}
        self._since: datetime | None = None

    def load(self, now: datetime) -> None:
        """Read the dial plans, as the service does when it starts."""
        self._since = now
        copy = self._copy
        readable = () if missing(copy) else copy.all(Kind.DIAL_PLAN)
        sip = URI_TYPE("SipName")
        self._plans = {plan.name.casefold(): plan.guid for plan in readable if plan["URIType"] == sip}

    def plan(self, name: str) -> DirectoryObject | None:
        """A dial plan that was there when the service started, as it is by now."""
        return self._copy.get(self._plans.get(name.casefold()))

    def contact(self, number: str, pool: str) -> Contact | None:
        """The contact of a number that is homed on a pool and leads to a server of ours."""
        found = self._contacts.with_number(number)
        if found is None or found.is_hosted or found.pool.lower() != pool:
            return None
        late = self._since is None or found.created > self._since
        return None if late and self._seen is ContactsSeen.AT_START else found

    def servers(self, kind: Kind, plan: DirectoryObject | None = None) -> list[tuple[str, int]]:
        """FQDNs and TLS ports of the services that belong to a plan, or to any that is known."""
        plans = {plan.guid} if plan is not None else set(self._plans.values())
        return list(self._members(kind, plans))

    def _members(self, kind: Kind, plans: set[UUID]) -> Iterator[tuple[str, int]]:
        for settings in self._copy.all(kind):
            server = self._copy.get(settings["Parent"])
            if server is not None and plans.intersection(settings["DialPlans"] or ()):
                yield str(server["Fqdn"]).lower(), int(settings["SipTlsListeningPort"] or FRONT_PORT)

    def trusts(self, host: str) -> bool:
        """Whether a host is one of Unified Messaging: a member of a plan that is known (field notes 2.1)."""
        return any(
            host.lower() == fqdn
            for kind in (Kind.UM_SERVICE, Kind.CALL_ROUTER)
            for fqdn, _ in self.servers(kind)
        )

    @property
    def _copy(self) -> Replica:
        return self._directory.copy(self._controller)
