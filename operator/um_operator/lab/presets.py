"""Estates with a name: one server or twelve, roles together or apart, before certificates or on TLS.

Each has the company around it that an operator must leave alone (lab L13): a server of 2010 and one of 2019,
an Edge server, a directory entry whose machine is gone, an Unsecured plan that nobody declares and that has
calls, a PBX that UM places calls through. Only the smallest is without the entry whose machine is gone: it
would hold every restart there until somebody excludes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from um_operator.lab.devices.spec import ManagedDevice, Product
from um_operator.lab.estate import EstateSpec
from um_operator.lab.exchange.builder import (
    GatewaySpec,
    MailboxSpec,
    OrganizationSpec,
    PlanSpec,
    Secured,
    ServerSpec,
)
from um_operator.lab.exchange.dial_plan_properties import URI_TYPE, VOIP_SECURITY
from um_operator.lab.exchange.directory import Replication, Site
from um_operator.lab.exchange.servers import Release, Roles
from um_operator.lab.gateways.device import Device, Line
from um_operator.lab.lync.contoso import LYNC
from um_operator.lab.lync.spec import ContactSpec, Edition, LyncSpec
from um_operator.lab.people import accounts, password

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
_OF_2013 = (
    *(
        ServerSpec(f"{prefix}{number:02}", site, Release.E2013, roles)
        for prefix, roles in (("CAS", ("ClientAccess",)), ("MBX", ("Mailbox",)))
        for number, site in enumerate(("Berlin", "Hamburg", "Berlin"), 1)
    ),
    ServerSpec("EX01", "Berlin", Release.E2013, ("Mailbox", "ClientAccess")),
    ServerSpec("EX02", "Hamburg", Release.E2013, ("Mailbox", "ClientAccess")),
)
_MIXED = (*_OF_2013, *(replace(server, name=f"EX1{n}") for n, server in enumerate(_COMBINED)))
_LEGACY_PLAN = PlanSpec("Legacy", {"AccessTelephoneNumbers": ("6000",)}, attendants=("Legacy Attendant",))
_LEGACY_PBX = GatewaySpec("legacy-pbx", "legacy-pbx.contoso.com", (("legacy", "Legacy", "6000"),))


def first_steps(seed: int = 0) -> EstateSpec:
    """Four servers in two sites; three gateways that call, but that Exchange does not know yet."""
    return _first_steps(_COMBINED, seed)


def two_servers(seed: int = 0) -> EstateSpec:
    """The first steps on as few servers as can be restarted without a call being lost."""
    return _first_steps(_COMBINED[:2], seed)


def contoso(seed: int = 0) -> EstateSpec:
    """The estate of the larger example: the same servers, three gateways of one plan with two pilots."""
    estate = managed(_estate(_COMBINED, seed, devices=_contoso_devices(_COMBINED)), seed)
    return replace(with_lync(estate), group_policy=True)


def split_roles(seed: int = 0) -> EstateSpec:
    """Exchange 2013 with call routers and Mailbox servers on different machines."""
    return _estate(_SPLIT, seed, devices=_contoso_devices(_SPLIT))


def smallest(seed: int = 0) -> EstateSpec:
    """One server, and a gateway that calls, but that Exchange does not know yet."""
    bystanders = tuple(server for server in _BYSTANDERS if server.alive)
    device = _device("sbc01", Line("4900", "pbx"), servers=_COMBINED[:1])
    return _estate(_COMBINED[:1], seed, devices=(device,), bystanders=bystanders)


def mixed(seed: int = 0) -> EstateSpec:
    """Twelve servers: Exchange 2013 with roles apart and together, Exchange 2016. Calls on TCP everywhere."""
    return with_calls(_MIXED, seed)


def on_tls(seed: int = 0) -> EstateSpec:
    """The servers of the larger example with certificates since long, a secured plan, devices on TLS."""
    return managed(with_calls(_COMBINED, seed, secured=Secured()), seed)


def mixed_on_tls(seed: int = 0) -> EstateSpec:
    """The twelve servers with certificates since long, a secured plan, devices on TLS."""
    return with_calls(_MIXED, seed, secured=Secured())


def integrated(seed: int = 0) -> EstateSpec:
    """The servers on TLS, and pools that know them since long: a SIP plan, a contact, trust both ways."""
    plan, number, pool = "Contoso-Lync", "+4989555004900", LYNC.pools[0].fqdn
    contact = ContactSpec(f"{plan}-SA", "sip:contoso-lync-sa@contoso.com", pool, number, plan)
    lync = replace(LYNC, trusts_exchange=True, integrated=True, contacts=(contact,))
    return integrating(on_tls(seed), lync, {plan: number})


def integrating(estate: EstateSpec, lync: LyncSpec, numbers: Mapping[str, str]) -> EstateSpec:
    """An estate on TLS that works with pools; ``numbers`` are those of subscriber access, by SIP plan."""
    plans = tuple(
        PlanSpec(
            name,
            {
                "URIType": URI_TYPE("SipName"),
                "VoIPSecurity": VOIP_SECURITY("Secured"),
                "AccessTelephoneNumbers": (number,),
            },
            joined=True,
        )
        for name, number in numbers.items()
    )
    gateways = tuple(
        GatewaySpec(
            pool.fqdn,
            pool.fqdn,
            tuple((plan.name, plan.name, plan.name) for plan in plans),
            {"Port": 5061, "OutcallsAllowed": pool is lync.pools[0]},
        )
        for pool in lync.pools
        if pool.edition in (Edition.ENTERPRISE, Edition.STANDARD)
    )
    organization = replace(
        estate.organization,
        plans=(*estate.organization.plans, *plans),
        gateways=(*estate.organization.gateways, *gateways),
    )
    return with_lync(replace(estate, organization=organization), lync)


PRESETS = {
    "smallest": smallest,
    "two-servers": two_servers,
    "first-steps": first_steps,
    "contoso": contoso,
    "split-roles": split_roles,
    "mixed": mixed,
    "on-tls": on_tls,
    "mixed-on-tls": mixed_on_tls,
    "integrated": integrated,
}
"""By the name that ``umctl lab`` takes."""


def _first_steps(servers: tuple[ServerSpec, ...], seed: int) -> EstateSpec:
    return _estate(
        servers,
        seed,
        devices=(
            _device("sbc01", Line("4900", "Headquarters"), servers=servers),
            _device("cube01", Line("4900", "Headquarters"), Line("790", "Branch Office"), servers=servers),
            _device("kamailio01", Line("790", "Branch Office"), servers=servers),
        ),
    )


def _estate(
    servers: tuple[ServerSpec, ...],
    seed: int,
    *,
    devices: tuple[Device, ...],
    bystanders: tuple[ServerSpec, ...] = _BYSTANDERS,
) -> EstateSpec:
    homes = _homes(servers)
    users = (("Anna", "6001"), ("Bernd", "6002"), ("Clara", "6003"))
    legacy = Line("6000", "Legacy", tuple(extension for _, extension in users))
    return EstateSpec(
        OrganizationSpec(
            name="Contoso",
            domain=DOMAIN,
            sites=(BERLIN, HAMBURG),
            servers=(*servers, *bystanders),
            plans=(_LEGACY_PLAN,),
            gateways=(_LEGACY_PBX,),
            mailboxes=tuple(
                MailboxSpec(name, homes[index % len(homes)], "Legacy", extension)
                for index, (name, extension) in enumerate(users)
            ),
            accounts=accounts(seed, DOMAIN),
            replication=Replication(between_sites=timedelta(minutes=3)),
        ),
        devices=(_device("legacy-pbx", legacy, servers=servers), *devices),
    )


def with_calls(servers: tuple[ServerSpec, ...], seed: int, secured: Secured | None = None) -> EstateSpec:
    """An estate whose devices are gateways of a plan that exists, with a mailbox on each Mailbox server."""
    users = tuple((f"User {n}", home, str(1000 + n)) for n, home in enumerate(_homes(servers), 1))
    extensions = tuple(extension for _, _, extension in users)
    estate = _estate(servers, seed, devices=_contoso_devices(servers, extensions))
    security, port = ("SIPSecured", 5061) if secured else ("Unsecured", 5060)
    plan = PlanSpec("Contoso-PBX", {"VoIPSecurity": VOIP_SECURITY(security)})
    gateways = tuple(
        GatewaySpec(
            device.name,
            device.fqdn,
            tuple((f"pilot {line.pilot}", plan.name, line.pilot) for line in device.lines),
            {"Port": port},
        )
        for device in estate.devices[1:]
    )
    mailboxes = tuple(MailboxSpec(name, home, plan.name, extension) for name, home, extension in users)
    organization = replace(
        estate.organization,
        plans=(*estate.organization.plans, plan),
        gateways=(*estate.organization.gateways, *gateways),
        mailboxes=(*estate.organization.mailboxes, *mailboxes),
        secured=secured,
    )
    legacy, *others = estate.devices
    on_tls = tuple(replace(device, transport="tls") for device in others) if secured else tuple(others)
    return EstateSpec(organization, (legacy, *on_tls))


def managed(estate: EstateSpec, seed: int = 0) -> EstateSpec:
    """The estate with the devices of the larger example managed over SSH; an Asterisk if it has one."""
    products: dict[str, tuple[Product, str]] = {
        "cube01": ("CiscoCUBE", "cube01-mgmt"),
        "kamailio01": ("Kamailio", "kamailio01"),
        "asterisk01": ("Asterisk", "asterisk01"),
    }
    found = [(device.name, *products[device.name]) for device in estate.devices if device.name in products]
    return replace(
        estate,
        managed=tuple(
            ManagedDevice(
                device=name,
                product=product,
                fqdn=f"{host}.{DOMAIN}",
                carrier=f"{name}-carrier.{DOMAIN}",
                password=password(seed, name),
            )
            for name, product, host in found
        ),
    )


def with_lync(estate: EstateSpec, lync: LyncSpec = LYNC) -> EstateSpec:
    """The estate with the pools of the larger example beside it."""
    return replace(estate, lync=lync)


def _homes(servers: tuple[ServerSpec, ...]) -> list[str]:
    return [server.name for server in servers if "Mailbox" in server.roles]


def _contoso_devices(servers: tuple[ServerSpec, ...], extensions: tuple[str, ...] = ()) -> tuple[Device, ...]:
    main, branch = Line("4900", "Contoso-PBX", extensions), Line("4950", "Contoso-PBX", extensions)
    return (
        _device("sbc01", main, servers=servers),
        _device("cube01", main, servers=servers, knows=2),
        _device("kamailio01", main, branch, servers=servers),
    )


def _device(
    name: str, *lines: Line, servers: tuple[ServerSpec, ...] = _COMBINED, knows: int | None = None
) -> Device:
    """A device that knows the call routers among servers, or the first of them."""
    routers = [s for s in servers if Roles(s.release, s.roles).call_router][:knows]
    hosts = [(f"{router.name.lower()}.{DOMAIN}", router.sip_tls_port) for router in routers]
    return Device(
        name=name,
        fqdn=f"{name}.{DOMAIN}",
        lines=lines,
        call_routers=tuple(host for host, _ in hosts),
        secure_call_routers=tuple(f"{host}:{port}" for host, port in hosts),
    )
