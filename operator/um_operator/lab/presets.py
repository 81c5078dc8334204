"""Estates with a name: the one of the first steps, a larger one, and one with split roles.

Each has the company around it that an operator must leave alone (lab L13): a server of 2010 and one of 2019,
an Edge server, a directory entry whose machine is gone, an Unsecured plan that nobody declares and that has
calls, a PBX that UM places calls through.
"""

from __future__ import annotations

from datetime import timedelta

from um_operator.lab.chance import chance
from um_operator.lab.estate import EstateSpec
from um_operator.lab.exchange.builder import (
    GatewaySpec,
    MailboxSpec,
    OrganizationSpec,
    PlanSpec,
    ServerSpec,
)
from um_operator.lab.exchange.directory import Replication, Site
from um_operator.lab.exchange.rbac import Account
from um_operator.lab.exchange.servers import Release
from um_operator.lab.gateways.device import Device, Line
from um_operator.lab.winrm.roles import CAPABILITIES

DOMAIN = "contoso.com"
BERLIN = Site("Berlin", ("dc01.contoso.com",))
HAMBURG = Site("Hamburg", ("dc02.contoso.com",))

_BYSTANDERS = (
    ServerSpec("EX2010", "Berlin", Release.E2010, ("Mailbox", "ClientAccess", "UnifiedMessaging")),
    ServerSpec("EX2019", "Hamburg", Release.E2019),
    ServerSpec("EDGE01", None, Release.E2016, ("Edge",)),
    ServerSpec("EXOLD", "Berlin", alive=False),
)
_COMBINED = (
    ServerSpec("EX01", "Berlin"),
    ServerSpec("EX02", "Berlin"),
    ServerSpec("EX03", "Hamburg", held=(("PopProxy", "HealthApi", "Inactive"),)),
    ServerSpec("EX04", "Hamburg", sip_tls_port=5161, held=(("ImapProxy", "Maintenance", "Inactive"),)),
)
_SPLIT = (
    ServerSpec("CAS01", "Berlin", Release.E2013, ("ClientAccess",)),
    ServerSpec("CAS02", "Hamburg", Release.E2013, ("ClientAccess",)),
    ServerSpec("MBX01", "Berlin", Release.E2013, ("Mailbox",)),
    ServerSpec("MBX02", "Hamburg", Release.E2013, ("Mailbox",)),
)
_LEGACY_PLAN = PlanSpec("Legacy", {"AccessTelephoneNumbers": ("6000",)}, attendants=("Legacy Attendant",))
_LEGACY_PBX = GatewaySpec("legacy-pbx", "legacy-pbx.contoso.com", (("legacy", "Legacy", "6000"),))


def first_steps(seed: int = 0) -> EstateSpec:
    """Four servers in two sites; three gateways that call, but that Exchange does not know yet."""
    return _estate(
        _COMBINED,
        seed,
        devices=(
            _device("sbc01", Line("4900", "Headquarters")),
            _device("cube01", Line("4900", "Headquarters"), Line("790", "Branch Office")),
            _device("kamailio01", Line("790", "Branch Office")),
        ),
    )


def contoso(seed: int = 0) -> EstateSpec:
    """The estate of the larger example: the same servers, three gateways of one plan with two pilots."""
    return _estate(_COMBINED, seed, devices=_contoso_devices(("EX01", "EX02", "EX03", "EX04")))


def split_roles(seed: int = 0) -> EstateSpec:
    """Exchange 2013 with call routers and Mailbox servers on different machines."""
    return _estate(_SPLIT, seed, devices=_contoso_devices(("CAS01", "CAS02")), routers=("CAS01", "CAS02"))


PRESETS = {"first-steps": first_steps, "contoso": contoso, "split-roles": split_roles}
"""By the name that ``umctl lab`` takes."""


def _estate(
    servers: tuple[ServerSpec, ...],
    seed: int,
    *,
    devices: tuple[Device, ...],
    routers: tuple[str, ...] = ("EX01", "EX02", "EX03", "EX04"),
) -> EstateSpec:
    homes = [server.name for server in servers if "Mailbox" in server.roles]
    users = (("Anna", "6001"), ("Bernd", "6002"), ("Clara", "6003"))
    legacy = Line("6000", "Legacy", tuple(extension for _, extension in users))
    return EstateSpec(
        OrganizationSpec(
            name="Contoso",
            domain=DOMAIN,
            sites=(BERLIN, HAMBURG),
            servers=(*servers, *_BYSTANDERS),
            plans=(_LEGACY_PLAN,),
            gateways=(_LEGACY_PBX,),
            mailboxes=tuple(
                MailboxSpec(name, homes[index % len(homes)], "Legacy", extension)
                for index, (name, extension) in enumerate(users)
            ),
            accounts=_accounts(seed),
            replication=Replication(between_sites=timedelta(minutes=3)),
        ),
        devices=(_device("legacy-pbx", legacy, routers=routers), *devices),
    )


def _contoso_devices(routers: tuple[str, ...]) -> tuple[Device, ...]:
    main, branch = Line("4900", "Contoso-PBX"), Line("4950", "Contoso-PBX")
    return (
        _device("sbc01", main, routers=routers),
        _device("cube01", main, routers=routers[:2]),
        _device("kamailio01", main, branch, routers=routers),
    )


def _device(name: str, *lines: Line, routers: tuple[str, ...] = ("EX01", "EX02", "EX03", "EX04")) -> Device:
    hosts = tuple(f"{router.lower()}.{DOMAIN}" for router in routers)
    return Device(name=name, fqdn=f"{name}.{DOMAIN}", lines=lines, call_routers=hosts)


def _accounts(seed: int) -> tuple[Account, ...]:
    """The operator, a reader, one without role, an operator who is no administrator of the hosts."""
    roles = {
        "svc-um-operator": ("UM Management", "Server Management"),
        "svc-um-reader": ("View-Only Organization Management",),
        "svc-nobody": (),
        "svc-um-jea": ("UM Management", "Server Management"),
    }
    return tuple(
        Account(
            name=f"CONTOSO\\{user}",
            password=f"{chance(seed, f'password of {user}').getrandbits(80):020x}",
            upn=f"{user}@{DOMAIN.upper()}",
            role_groups=groups,
            local_administrator=user == "svc-um-operator",
            jea_roles=tuple(CAPABILITIES) if user in ("svc-um-operator", "svc-um-jea") else (),
        )
        for user, groups in roles.items()
    )
