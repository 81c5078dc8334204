"""ExchUcUtil.ps1: what it does to the directory, and the endpoint through which it is run (field notes 6.1).

It grants read access, makes a gateway for each pool, and for each gateway and SIP dial plan a hunt group
whose pilot identifier is the plan's name. What exists is left as it is. Names of gateways, and that a
branch's has no outgoing calls, are common knowledge.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from um_operator.lab.binding import Declaration, Parameter
from um_operator.lab.exchange import dial_plan_properties, ip_gateways, permissions, wire
from um_operator.lab.exchange.objects import DirectoryObject, Kind
from um_operator.lab.exchange.organization import Organization
from um_operator.lab.exchange.properties import defaults
from um_operator.lab.exchange.replica import Replica
from um_operator.lab.journal import Author
from um_operator.lab.lync.deployment import Deployment, Pool
from um_operator.lab.lync.spec import Edition
from um_operator.lab.values import STRING
from um_operator.lab.variants import PermissionScript
from um_operator.lab.winrm.call import HostCall, HostCmdlet
from um_operator.lab.winrm.roles import RoleCapability

CONFIGURATION: Final = "UMOperatorPermissions"
INVOKE: Final = "Invoke-UmExchUcUtil"
UM_OPERATOR_PERMISSIONS: Final = RoleCapability("UMOperatorPermissions", functions=frozenset({INVOKE}))


class ExchUcUtil:
    """One run of the script on a server.

    Args:
        everywhere: for what was run since long: every copy of the directory knows it.
    """

    def __init__(
        self, organization: Organization, deployment: Deployment, author: Author, *, everywhere: bool = False
    ) -> None:
        self._organization = organization
        self._directory = organization.directory
        self._deployment = deployment
        self._author = author
        self._everywhere = everywhere
        controllers = organization.domain_controllers_of(author.server)
        self._domain_controller = controllers[0]

    @property
    def _copy(self) -> Replica:
        return self._directory.copy(self._domain_controller)

    def run(self) -> Iterator[str]:
        """Do it, and say line by line what was done."""
        yield f"Using Global Catalog: GC://{wire.domain_dn(self._directory.domain)}"
        for group, container in permissions.missing(self._copy):
            self._create(
                Kind.PERMISSION,
                {
                    "Name": permissions.entry_name(group, container),
                    "Group": group,
                    "Container": container,
                },
            )
            yield f"{container}: the appropriate permissions were missing for {group}. Added."
        plans = [
            plan
            for plan in self._copy.all(Kind.DIAL_PLAN)
            if plan["URIType"] == dial_plan_properties.URI_TYPE("SipName")
        ]
        for number, pool in enumerate(self._deployment.pools.values(), 1):
            gateway = self._gateway(pool, f"1:{number}")
            for plan in plans:
                self._link(gateway, plan)
            yield f"{pool.fqdn} {gateway.name} {{{', '.join(plan.name for plan in plans)}}}"

    def _gateway(self, pool: Pool, name: str) -> DirectoryObject:
        known = (g for g in self._copy.all(Kind.IP_GATEWAY) if str(g["Address"]).lower() == pool.fqdn)
        if (found := next(known, None)) is not None:
            return found
        tls = self._deployment.variants.permission_script is PermissionScript.TLS
        calls_out = pool.spec.edition is not Edition.BRANCH_APPLIANCE
        return self._create(
            Kind.IP_GATEWAY,
            {
                **defaults(ip_gateways.PROPERTIES),
                "Name": name,
                "Address": pool.fqdn,
                "Port": 5061 if tls else 5060,
                "OutcallsAllowed": calls_out,
                "MessageWaitingIndicatorAllowed": calls_out,
            },
        )

    def _link(self, gateway: DirectoryObject, plan: DirectoryObject) -> None:
        groups = self._copy.referring(Kind.HUNT_GROUP, "Parent", gateway.guid)
        if any(group["UMDialPlan"] == plan.guid for group in groups):
            return
        self._create(
            Kind.HUNT_GROUP,
            {
                "Name": plan.name,
                "Parent": gateway.guid,
                "UMDialPlan": plan.guid,
                "PilotIdentifier": plan.name,
            },
        )

    def _create(self, kind: Kind, attributes: dict[str, Any]) -> DirectoryObject:
        if self._everywhere:
            return self._directory.create(self._domain_controller, kind, attributes, everywhere=True)
        journal = self._organization.journal
        journal.about_to_change(self._author.caller)
        made = self._directory.create(self._domain_controller, kind, attributes)
        journal.record(
            server=self._author.server,
            domain_controller=self._domain_controller,
            caller=self._author.caller,
            endpoint=self._author.endpoint,
            cmdlet=self._author.cmdlet,
            kind=kind.value,
            name=wire.identity_text(made, self._copy),
            before=None,
            after={name: self._readable(value) for name, value in attributes.items()},
        )
        return made

    def _readable(self, value: Any) -> Any:
        found = self._copy.get(value) if not isinstance(value, tuple) else None
        return wire.identity_text(found, self._copy) if found is not None else wire.readable(value)


def host_cmdlet(organization: Organization, deployment: Deployment) -> HostCmdlet:
    """The function of deploy/jea that runs the script, by the endpoint's group managed service account."""

    async def invoke(call: HostCall) -> None:
        forest = call.arguments["Forest"]
        if forest.lower() != organization.directory.domain.lower():
            raise call.error("ForestNotFound", f'There is no forest "{forest}".', category="ObjectNotFound")
        for line in ExchUcUtil(organization, deployment, call.author).run():
            call.streams.output(line)

    return HostCmdlet(Declaration(INVOKE, INVOKE, (Parameter("Forest", STRING, mandatory=True),)), invoke)
