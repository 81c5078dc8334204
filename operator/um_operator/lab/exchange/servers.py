"""Get-ExchangeServer and Get-OrganizationConfig: which servers there are, and of what kind."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from um_operator.lab.binding import Parameter
from um_operator.lab.exchange import wire
from um_operator.lab.exchange.call import Call
from um_operator.lab.exchange.identity import ORGANIZATION, SERVER
from um_operator.lab.exchange.nouns import cmdlet, identity_parameter, selected
from um_operator.lab.exchange.objects import DirectoryObject, Kind
from um_operator.lab.powershell import EnumValue, PSObject, Value
from um_operator.lab.values import SWITCH, EnumType

_SYSTEM = "Microsoft.Exchange.Management.SystemConfigurationTasks"
_ROLE_BITS = {"Mailbox": 2, "ClientAccess": 4, "UnifiedMessaging": 16, "HubTransport": 32, "Edge": 64}
_EDITION = EnumType.of(
    "Microsoft.Exchange.Data.ServerEditionType", "Unknown", "Standard", "StandardEvaluation"
)
_ROLE = "Microsoft.Exchange.Data.Directory.SystemConfiguration.ServerRole"


class Release(Enum):
    """A version of Exchange, by the number that AdminDisplayVersion shows."""

    E2010 = (14, 3, 123, 4)
    E2013 = (15, 0, 1497, 2)
    E2016 = (15, 1, 2507, 6)
    E2019 = (15, 2, 1544, 4)


@dataclass(frozen=True, slots=True)
class Roles:
    """What a server of a release and its installed roles has of Unified Messaging."""

    release: Release
    installed: tuple[str, ...]

    @property
    def um_service(self) -> bool:
        """Whether MSExchangeUM runs there (field notes 5.1); gone with Exchange 2019."""
        if self.release is Release.E2010:
            return "UnifiedMessaging" in self.installed
        return "Mailbox" in self.installed and self.release is not Release.E2019

    @property
    def call_router(self) -> bool:
        """Whether MSExchangeUMCR runs there: 2013 on client access, 2016 on mailbox servers."""
        if self.release is Release.E2013:
            return "ClientAccess" in self.installed
        return self.release is Release.E2016 and "Mailbox" in self.installed


def roles_of(server: DirectoryObject) -> Roles:
    """The roles of a server object."""
    return Roles(server["Release"], server["Roles"])


def _get_server(call: Call) -> None:
    for server in selected(call, Kind.SERVER):
        _show_server(call, server)


def _show_server(call: Call, server: DirectoryObject) -> None:
    replica, domain = call.replica, call.organization.directory.domain
    roles = roles_of(server)
    release = server["Release"]
    fqdn = server["Fqdn"]
    call.output(
        "Microsoft.Exchange.Data.Directory.Management.ExchangeServer",
        server.name,
        {
            **wire.common_properties(server, replica, domain, call.domain_controller),
            "Name": server.name,
            "DataPath": "C:\\Program Files\\Microsoft\\Exchange Server\\V15\\Mailbox",
            "Domain": domain,
            "Edition": _EDITION("Standard"),
            "ExchangeLegacyDN": server["ExchangeLegacyDN"],
            "ExchangeLegacyServerRole": 0,
            "Fqdn": fqdn,
            "CustomerFeedbackEnabled": None,
            "InternetWebProxy": None,
            "InternetWebProxyBypassList": None,
            "IsHubTransportServer": bool({"Mailbox", "HubTransport"} & set(roles.installed)),
            "IsClientAccessServer": "ClientAccess" in roles.installed or roles.call_router,
            "IsExchange2007OrLater": True,
            "IsEdgeServer": "Edge" in roles.installed,
            "IsMailboxServer": "Mailbox" in roles.installed,
            "IsE14OrLater": True,
            "IsE15OrLater": release is not Release.E2010,
            "IsProvisionedServer": False,
            "IsUnifiedMessagingServer": roles.um_service,
            "IsFrontendTransportServer": roles.call_router,
            "NetworkAddress": [
                f"ncacn_vns_spp:{server.name}",
                f"netbios:{server.name}",
                f"ncacn_ip_tcp:{fqdn}",
            ],
            "OrganizationalUnit": f"{domain}/{server.name}",
            "AdminDisplayVersion": wire.server_version(*release.value),
            "Site": _site(call, server["Site"]),
            "ServerRole": _server_role(roles.installed),
            "ErrorReportingEnabled": None,
            **_domain_controllers(call, server),
            "ProductID": "",
            "IsExchangeTrialEdition": False,
            "IsExpiredExchangeTrialEdition": False,
            "RemainingTrialPeriod": "00:00:00",
        },
    )


def _domain_controllers(call: Call, server: DirectoryObject) -> dict[str, Value]:
    """What the server uses now, asked from the server itself: only with -Status, only of one that answers."""
    fqdn = str(server["Fqdn"])
    asked = call.value("Status", False) and call.organization.answers(fqdn)
    used: list[Value] = list(call.organization.domain_controllers_of(fqdn)) if asked else []
    return {
        "StaticDomainControllers": [],
        "StaticGlobalCatalogs": [],
        "StaticConfigDomainController": "",
        "StaticExcludedDomainControllers": [],
        "CurrentDomainControllers": used,
        "CurrentGlobalCatalogs": used,
        "CurrentConfigDomainController": used[0] if used else "",
    }


def _site(call: Call, name: str | None) -> PSObject | None:
    if name is None:
        return None
    domain = call.organization.directory.domain
    dn = f"CN={name},CN=Sites,CN=Configuration,{wire.domain_dn(domain)}"
    path = f"{domain}/Configuration/Sites/{name}"
    return PSObject(wire.AD_OBJECT_ID, path, {"Rdn": f"CN={name}", "DistinguishedName": dn, "Name": name})


def _server_role(installed: tuple[str, ...]) -> EnumValue:
    return EnumValue(_ROLE, ", ".join(installed), sum(_ROLE_BITS[role] for role in installed))


def _get_organization(call: Call) -> None:
    for organization in selected(call, Kind.ORGANIZATION):
        domain = call.organization.directory.domain
        call.output(
            "Microsoft.Exchange.Data.Directory.Management.ADOrganizationConfig",
            organization.name,
            {
                **wire.common_properties(organization, call.replica, domain, call.domain_controller),
                "DefaultPublicFolderAgeLimit": None,
                "IsMixedMode": False,
                "MailTipsAllTipsEnabled": True,
                "MaxConcurrentMigrations": wire.unlimited("System.Int32", None),
                "LegacyExchangeDN": f"/o={organization.name}",
                "OrganizationSummary": [],
            },
        )


CMDLETS = (
    cmdlet(
        "Get-ExchangeServer",
        _get_server,
        identity_parameter(SERVER, mandatory=False),
        Parameter("Status", SWITCH),
        namespace=_SYSTEM,
    ),
    cmdlet(
        "Get-OrganizationConfig",
        _get_organization,
        identity_parameter(ORGANIZATION, mandatory=False),
        namespace=_SYSTEM,
    ),
)
