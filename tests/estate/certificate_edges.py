"""What goes wrong with a rollout when its order lacks an edge: a scenario for each, in which it is missed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias, get_args

from estate.rollouts import EX01, EX02, QUICK, Rollout, estate, rollout, told
from um_operator.engine.one_pass import Report
from um_operator.lab.estate import EstateSpec
from um_operator.lab.exchange.builder import Secured, ServerSpec
from um_operator.lab.exchange.servers import Release
from um_operator.lab.faults import ALWAYS, Where
from um_operator.lab.hosts.host import COMPONENT_KIND, UM, UM_CALL_ROUTER
from um_operator.lab.hosts.service import KIND as SERVICE_KIND
from um_operator.lab.hosts.times import ServiceTimes, Span
from um_operator.lab.invariants.judge import RulesBrokenError
from um_operator.lab.journal import Effect
from um_operator.lab.wsman.interference import Disturbance
from um_operator.planning.edge import Edge
from um_operator.planning.order import EDGES
from um_operator.planning.plan import Plan
from um_operator.planning.planner import make_plan
from um_operator.planning.steps import CertificateStep, ImportCertificate, InstallChain

Play: TypeAlias = Callable[[Rollout], Awaitable[object]]
Key: TypeAlias = tuple[str, str]
"""An edge by its fact and the step that waits for it."""

OF_CERTIFICATES: Final = frozenset(get_args(CertificateStep))
BY_KEY: Final[Mapping[Key, Edge[Any]]] = {
    (edge.name, edge.after.__name__): edge for edge in EDGES if edge.after in OF_CERTIFICATES
}
HOUR: Final = timedelta(hours=1)
LAG: Final = timedelta(minutes=20)
DRAINED: Final = timedelta(minutes=8)
"""How long a server without calls is out of service at most: two services stop, start and get warm."""
CAS01 = ServerSpec("CAS01", "Berlin", Release.E2013, ("ClientAccess",))
MBX01 = ServerSpec("MBX01", "Berlin", Release.E2013, ("Mailbox",))


@dataclass(frozen=True)
class Scenario:
    """An estate, what is declared, and what happens.

    Attributes:
        play: has the operator work, and the world do what it does.
        certificate: what is declared of it.
        organization: what is declared of the organisation.
        routers: how often the call router may be started, the start of the estate included.
        services: likewise for the UM service.
        tolerates: steps that cannot succeed here.
    """

    play: Play
    spec: EstateSpec = field(default_factory=lambda: estate(EX01))
    times: ServiceTimes = QUICK
    certificate: Mapping[str, Any] = field(default_factory=dict)
    organization: Mapping[str, Any] = field(default_factory=dict)
    routers: int = 2
    services: int = 2
    tolerates: tuple[type[Any], ...] = ()


async def deployed(one: Rollout) -> None:
    """Work until all is done."""
    await one.run(within=HOUR)


async def deployed_under_calls(one: Rollout) -> None:
    """Work while calls are in progress."""
    await one.time.leap(timedelta(minutes=5))
    await one.run(within=HOUR)


async def for_an_hour(one: Rollout) -> None:
    """Work on what cannot be finished."""
    ends = one.lab.clock.now() + HOUR
    await one.run(lambda _: one.lab.clock.now() >= ends, within=2 * HOUR)


async def without_its_issuers(one: Rollout) -> None:
    """Work while nothing can be put into the stores of hosts."""
    one.lab.faults.disturb(Where("Add-UMOperatorTrust", times=ALWAYS), Disturbance.RESET_BEFORE)
    await for_an_hour(one)


def refuse_every_new_key(one: Rollout) -> None:
    """Have no service start with another certificate than it serves now."""
    for fqdn, shown in one.served().items():
        one.lab.host(fqdn).refuses_key = lambda entry, old=shown: entry.thumbprint not in old  # type: ignore[misc]


async def with_a_key_that_does_not_work(one: Rollout) -> None:
    """Work with a certificate with which no service starts."""
    refuse_every_new_key(one)
    await one.run(
        lambda report: told(report).get("Stalled") == "True/Rejected" and _is_idle(report), within=HOUR
    )


async def configured_by_a_person_elsewhere(one: Rollout) -> None:
    """Have somebody write mode and binding at another site, from where they take long to arrive."""
    one.lab.directory.delay("dc01.contoso.com", "dc02.contoso.com", LAG)
    await one.run(lambda report: any(isinstance(step, ImportCertificate) for step, _ in report.ran))
    fqdn = one.fqdns[-1]
    imported = (e.name for e in one.lab.journal.effects if e.cmdlet == IMPORT and e.name.startswith(fqdn))
    thumbprint = next(imported).rpartition("\\")[2]
    for cmdlet, identity in (("Set-UMService", "Identity"), ("Set-UMCallRouterSettings", "Server")):
        parameters = {identity: fqdn, "UMStartupMode": "Dual", "DomainController": "dc01.contoso.com"}
        one.lab.change(cmdlet, **parameters)
    one.lab.change(
        "Enable-ExchangeCertificate",
        Thumbprint=thumbprint,
        Services=["UM", "UMCallRouter"],
        Server=fqdn,
        DomainController="dc01.contoso.com",
    )
    await one.run(within=HOUR)


def with_talk(spec: EstateSpec, talk: timedelta) -> EstateSpec:
    """Return an estate whose calls are long."""
    return replace(spec, devices=tuple(replace(device, talk=talk) for device in spec.devices))


IMPORT: Final = "Import-ExchangeCertificate"
SLOW: Final = ServiceTimes(Span(120, 120), Span(10, 10), Span(60, 60))
SCENARIOS: Final[Mapping[str, Scenario]] = {
    "a first deployment": Scenario(deployed),
    "a renewal": Scenario(deployed, estate(EX01, secured=Secured())),
    "a new chain that no device trusts": Scenario(
        for_an_hour,
        estate(EX01, secured=Secured()),
        certificate={"issuer": {"ca": {}}},
        routers=1,
        services=1,
    ),
    "an answer that takes its time": Scenario(
        for_an_hour, certificate={"issuer": {"request": {}}}, routers=1, services=1
    ),
    "stores that cannot be reached": Scenario(
        without_its_issuers, routers=1, services=1, tolerates=(InstallChain,)
    ),
    "a key that does not work": Scenario(
        with_a_key_that_does_not_work, estate(EX01, secured=Secured()), routers=1, services=4
    ),
    "long calls": Scenario(deployed_under_calls, with_talk(estate(EX01), timedelta(minutes=8))),
    "roles on servers of their own": Scenario(
        deployed, estate(CAS01, MBX01), organization={"disruption": {"soak": "0s", "maxUnavailable": 2}}
    ),
    "slow services": Scenario(deployed, times=SLOW),
    "written at another site": Scenario(configured_by_a_person_elsewhere, estate(EX01, EX02)),
}
HARMED_BY: Final[Mapping[Key, str]] = {
    ("the certificate is issued", "ImportCertificate"): "a first deployment",
    ("the certificate is issued", "InstallChain"): "an answer that takes its time",
    ("the certificate is issued", "ConfigureService"): "a first deployment",
    ("the certificate is imported", "ConfigureService"): "a renewal",
    ("the server trusts the chain", "ConfigureService"): "stores that cannot be reached",
    ("every peer trusts the chain", "ConfigureService"): "a new chain that no device trusts",
    ("mode and binding are written", "DrainServer"): "a new chain that no device trusts",
    ("the UM services behind it are through", "DrainServer"): "roles on servers of their own",
    ("the server is drained", "RestartService"): "long calls",
    ("calls have ended", "RestartService"): "long calls",
    ("the UM service beside it is ready", "RestartService"): "a key that does not work",
    ("the last start had its time", "RestartService"): "a key that does not work",
    ("the service is at rest", "RestartService"): "slow services",
    ("the server is ready", "ActivateServer"): "a first deployment",
}
LOOKED_AT_AGAIN: Final[frozenset[Key]] = frozenset({("nothing uses the certificate", "RemoveCertificate")})
"""Edges whose fact the carrier asks for once more directly before it writes (tests/estate/exchange)."""
OF_LATE_ARRIVALS: Final[frozenset[Key]] = frozenset(
    {("mode and binding have arrived", "DrainServer"), ("mode and binding have arrived", "RestartService")}
)
"""Edges that nobody misses here, where everything is written at the domain controller that the server reads;
the model knows others (tests/unit/planning/rollout/test_replication.py)."""

OF_OTHER_GATEWAYS: Final[frozenset[Key]] = frozenset({("the server trusts the gateways", "ConfigureService")})
"""Edges that nobody misses here, where the CA of every gateway is in the stores from the beginning; the
model knows others (tests/unit/planning/rollout/test_authorities.py)."""


def without(key: Key) -> tuple[Edge[Any], ...]:
    """Return the order that lacks an edge."""
    return tuple(edge for edge in EDGES if edge is not BY_KEY[key])


async def trouble(folder: Path, name: str, edges: tuple[Edge[Any], ...] = EDGES) -> list[str]:
    """Play a scenario; return what was wrong: rules, refused steps, needless starts, time out of service."""
    scenario = SCENARIOS[name]
    found: list[str] = []
    try:
        async with rollout(folder, scenario.spec, times=scenario.times, **scenario.certificate) as one:
            one.operator.planner = partial(backwards, edges=edges)
            one.organization = dict(scenario.organization)
            one.declare()
            try:
                await scenario.play(one)
            except (AssertionError, ArithmeticError) as error:
                found.append(str(error))
            found += _seen(one, scenario)
    except RulesBrokenError as broken:
        found += map(str, broken.violations)
    return found


def backwards(*arguments: Any, **named: Any) -> Plan:
    """Plan, but list the steps the other way round: their order is nobody's promise."""
    plan = make_plan(*arguments, **named)
    return replace(plan, steps=plan.steps[::-1])


def _seen(one: Rollout, scenario: Scenario) -> Iterator[str]:
    for step, outcome in one.ran:
        if outcome.kind != "Done" and not isinstance(step, scenario.tolerates):
            yield f"{outcome.kind}: {step.sentence} {outcome.message}"
    for service, count in one.starts().items():
        if count > (scenario.routers if service.endswith("UMCR") else scenario.services):
            yield f"{service} was started {count} times"
    yield from _before_its_backends(one)
    yield from (f"{name} was out of service for {span}" for name, span in _drained(one) if span > DRAINED)


def _before_its_backends(one: Rollout) -> Iterator[str]:
    """Yield call routers that were stopped while UM services on servers of their own were not through."""
    effects = [(e.name.partition("\\")[0], e.name.rpartition("\\")[2]) for e in _stops(one)]
    routers = {fqdn for fqdn, service in effects if service == UM_CALL_ROUTER}
    behind = {fqdn for fqdn, service in effects if service == UM} - routers
    for place, (fqdn, service) in enumerate(effects):
        late = behind & {other for other, _ in effects[place:]}
        if service == UM_CALL_ROUTER and late and (fqdn, UM) not in effects:
            yield f"the call router of {fqdn} was stopped before {sorted(late)[0]} was through"


def _stops(one: Rollout) -> Iterator[Effect]:
    """Yield each order to stop a service."""
    for effect in one.lab.journal.effects:
        if effect.kind == SERVICE_KIND and (effect.after or {}).get("Status") == "StopPending":
            yield effect


def _drained(one: Rollout) -> Iterator[tuple[str, timedelta]]:
    """Yield each time that a server was out of service by us."""
    since: dict[str, datetime] = {}
    for effect in one.lab.journal.effects:
        if effect.kind == COMPONENT_KIND and "Draining" in (effect.after or {}).values():
            since[effect.name] = effect.time
        elif effect.kind == COMPONENT_KIND and effect.name in since:
            yield effect.name, effect.time - since.pop(effect.name)


def _is_idle(report: Report) -> bool:
    return not report.ran and not any(planned.ready for planned in report.plan.steps)
