"""What the topology says: Get-CsSite, Get-CsPool, Get-CsComputer, Get-CsService (field notes 6.5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Final

from um_operator.lab.binding import Parameter
from um_operator.lab.lync.call import LyncCall, cmdlet
from um_operator.lab.lync.deployment import Pool, Service
from um_operator.lab.lync.spec import Edition
from um_operator.lab.powershell import Value
from um_operator.lab.values import STRING, SWITCH

_BY_IDENTITY, _BY_FILTER = frozenset({"Identity"}), frozenset({"Filter"})
_IDENTITY: Final = Parameter("Identity", STRING, position=0, sets=_BY_IDENTITY)
_FILTER: Final = Parameter("Filter", STRING, sets=_BY_FILTER)
_ROLES: Final = (
    "ApplicationDatabase", "ApplicationServer", "CentralManagement", "ConferencingServer", "Director",
    "EdgeServer", "MediationServer", "PstnGateway", "Registrar", "UserDatabase", "UserServer", "WebServer",
)  # fmt: skip
"""The switches of Get-CsService that this deployment could need, each a parameter set of its own."""


async def _get_site(call: LyncCall) -> None:
    names = call.deployment.sites
    asked: str | None = call.value("Identity")
    found = [(n, name) for n, name in enumerate(names, 1) if asked is None or _names_site(asked, name)]
    if asked is not None and not found:
        raise call.not_found("Site", asked)
    for number, name in found:
        of_it = [service for service in call.deployment.services if service.site == name]
        call.output(
            "Xds.DisplaySite",
            f"Site:{name}",
            {
                "Identity": f"Site:{name}",
                "SiteId": number,
                "Services": call.many([service.identity for service in of_it]),
                "Pools": call.many(list(dict.fromkeys(service.pool for service in of_it))),
                "DisplayName": name,
                "Description": None,
            },
        )


def _names_site(asked: str, name: str) -> bool:
    return asked.lower() in (name.lower(), f"site:{name.lower()}")


async def _get_pool(call: LyncCall) -> None:
    pools = dict(_pools(call))
    asked: str | None = call.value("Identity")
    if asked is not None and asked.lower() not in pools:
        raise call.not_found("Pool", asked)
    site: str | None = call.value("Site")
    for fqdn, (services, computers) in pools.items():
        if not _is_meant(call, fqdn) or (site is not None and not _names_site(site, services[0].site)):
            continue
        call.output(
            "Xds.DisplayPool",
            fqdn,
            {
                "Identity": fqdn,
                "Services": call.many([service.identity for service in services]),
                "Computers": call.many(list(computers)),
                "Fqdn": fqdn,
                "Site": f"Site:{services[0].site}",
            },
        )


def _pools(call: LyncCall) -> Iterator[tuple[str, tuple[tuple[Service, ...], tuple[str, ...]]]]:
    for pool in call.deployment.pools.values():
        yield pool.fqdn, (pool.services, tuple(one.fqdn for one in pool.front_ends))
    for other in call.deployment.others:
        yield other.fqdn, ((other.service,), (other.fqdn,))


async def _get_computer(call: LyncCall) -> None:
    """Show computers pool by pool, those of one in the order in which they first appeared."""
    asked: str | None = call.value("Identity")
    wanted: str | None = call.value("Pool")
    if call.value("Local", False):
        asked = call.computer
    known = [(computer, fqdn) for fqdn, (_, computers) in _pools(call) for computer in computers]
    if asked is not None and asked.lower() not in {computer for computer, _ in known}:
        raise call.not_found("Computer", asked)
    if wanted is not None and wanted.lower() not in {fqdn for _, fqdn in known}:
        raise call.not_found("Pool", wanted)
    for computer, fqdn in known:
        meant = asked.lower() == computer if asked is not None else _is_meant(call, computer)
        if meant and (wanted is None or wanted.lower() == fqdn):
            call.output(
                "Xds.DisplayComputer", computer, {"Identity": computer, "Pool": fqdn, "Fqdn": computer}
            )


def _is_meant(call: LyncCall, name: str) -> bool:
    asked, pattern = call.value("Identity"), call.value("Filter")
    if asked is not None:
        return bool(asked.lower() == name)
    return pattern is None or fnmatchcase(name, pattern.lower())


async def _get_service(call: LyncCall) -> None:
    services = list(call.deployment.services)
    if (asked := call.value("Identity")) is not None:
        services = [service for service in services if service.identity.lower() == asked.lower()]
        if not services:
            raise call.not_found("Service", asked)
    for service in _of_role(call, services):
        if (pool := call.value("PoolFqdn")) is None or service.pool == pool.lower():
            call.output("Xds.DisplayService", service.identity, _shown(call, service))


def _of_role(call: LyncCall, services: Iterable[Service]) -> Iterator[Service]:
    asked = next((role for role in _ROLES if call.value(role, False)), None)
    pattern = (call.value("Filter") or "*").lower()
    for service in services:
        if asked in (None, service.role) and fnmatchcase(service.identity.lower(), pattern):
            yield service


def _shown(call: LyncCall, service: Service) -> dict[str, Value]:
    """What every service has; a registrar also says whose user services it uses, and who takes over."""
    shown: dict[str, Value] = {
        "Identity": service.identity,
        "SiteId": f"Site:{service.site}",
        "PoolFqdn": service.pool,
        "Version": service.version,
        "Role": service.role,
    }
    pool = call.deployment.pools.get(service.pool)
    if pool is not None and service.role == "Registrar":
        shown |= {
            "UserServer": f"UserServer:{_user_services(pool)}",
            "BackupRegistrar": f"Registrar:{pool.spec.backup.lower()}" if pool.spec.backup else None,
            "FrontEndPort": 5061,
        }
    if service.role == "MediationServer":
        shown |= {"Registrar": f"Registrar:{service.pool}", "SipServerTlsPort": 5067}
    return shown


def _user_services(pool: Pool) -> str:
    """An appliance has no user services of its own, but those of its backup pool."""
    appliance = pool.spec.edition is Edition.BRANCH_APPLIANCE
    return pool.spec.backup.lower() if appliance else pool.fqdn


CMDLETS = (
    cmdlet("Get-CsSite", _get_site, _IDENTITY, default_set="Identity"),
    cmdlet("Get-CsPool", _get_pool, _IDENTITY, _FILTER, Parameter("Site", STRING), default_set="Identity"),
    cmdlet(
        "Get-CsComputer",
        _get_computer,
        _IDENTITY,
        _FILTER,
        Parameter("Local", SWITCH, sets=frozenset({"Local"})),
        Parameter("Pool", STRING),
        default_set="Identity",
    ),
    cmdlet(
        "Get-CsService",
        _get_service,
        _IDENTITY,
        _FILTER,
        Parameter("PoolFqdn", STRING),
        *(Parameter(role, SWITCH, mandatory=True, sets=frozenset({role})) for role in _ROLES),
        default_set="Identity",
    ),
)
