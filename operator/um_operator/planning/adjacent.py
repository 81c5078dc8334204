"""A gateway's port and its plan's security: changed one directly after the other, or not at all (R18).

The steps of a cut-over are the ports of the gateways and the security of the plans that share them. They
begin when none of them is held back by anything but the others, one cut-over at a time. If the security does
not follow the ports, these go back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.observed.fact import Known
from um_operator.planning import cut_over_gateways, securing, sharing
from um_operator.planning.checks.links import gateways_of, tls_port
from um_operator.planning.plan import Need, PlannedStep, Wait
from um_operator.planning.steps import SetGatewayPort, SetVoIPSecurity, Step, subjects
from um_operator.planning.view import View

READING: Final = frozenset[str]({Reason.WAITING_FOR_READING})
"""What ends with the next reading: it breaks no cut-over off."""


def before(step: Step, view: View) -> Iterator[Wait]:
    """Yield what a step of a cut-over comes directly after."""
    yield from ports_before(step, view)
    yield from plans_before(step, view)


def ports_before(step: Step, view: View) -> Iterator[Wait]:
    """Yield the gateways whose ports have to be written before a plan is secured."""
    if not isinstance(step, SetVoIPSecurity) or not step.secures:
        return
    for name in gateways_of(view, step.dial_plan):
        live = view.gateway(name)
        fact = live.value if isinstance(live, Known) else None
        port = tls_port(view, name, fact)
        if fact is not None and fact.port != port:
            yield Wait(
                Reason.WAITING_FOR_GATEWAYS,
                f'its port is "{fact.port}", not "{port}" yet',
                cut_over_gateways.shown(view, name),
                Reason.WAITING_FOR_SECURE,
                needs=(Need(subjects.of_gateway(fact.name), frozenset({"port"})),),
            )


def plans_before(step: Step, view: View) -> Iterator[Wait]:
    """Yield the plans that have to be Unsecured before the port of plain SIP follows them back."""
    if not isinstance(step, SetGatewayPort) or not step.back:
        return
    for key in step.plans:
        plan = view.dial_plan(view.plan_name(key))
        live = plan.value if isinstance(plan, Known) else None
        if live is not None and live.voip_security != "Unsecured":
            message = f'dial plan "{live.name}" is still "{live.voip_security}"'
            needs = (Need(subjects.of_dial_plan(live.name), frozenset({"voipSecurity"})),)
            yield Wait(Reason.WAITING_FOR_DIAL_PLAN, message, str(key), needs=needs)


@dataclass(frozen=True, slots=True)
class CutOver:
    """What is secured together: plans that share gateways, and the ports of these.

    Attributes:
        plans: the resources of the plans.
        securities: their steps.
        ports: those that are still to be written.
    """

    plans: frozenset[ObjectKey]
    securities: tuple[PlannedStep, ...]
    ports: tuple[PlannedStep, ...]

    @property
    def held(self) -> tuple[Wait, ...]:
        """Return what holds it back as a whole."""
        of_plans = (wait for one in self.securities for wait in one.waits if not _is_for_ports(wait))
        return (*self._missing, *of_plans, *(wait for one in self.ports for wait in one.waits))

    @property
    def _missing(self) -> Iterator[Wait]:
        """Yield the plans that nothing is to be done about now, though they share a gateway."""
        for key in sorted(self.plans - {one.step.owner for one in self.securities}, key=str):
            message = f'dial plan "{key.name}", which shares a gateway, is not to be secured now'
            yield Wait(Reason.WAITING_FOR_SECURE, message, str(key))

    def is_begun(self, view: View) -> bool:
        """Whether a port of it was written."""
        return any(securing.ports_of(view.ledger.entry(key)) for key in self.plans)

    def follows(self) -> bool:
        """Whether what is begun goes on: now, or once it was read what it rests on."""
        return all(wait.reason in READING for wait in self.held)


def together(planned: Sequence[PlannedStep], view: View) -> tuple[PlannedStep, ...]:
    """Return the steps of a plan, those of cut-overs held back until all of theirs may run.

    Ports go back only where their cut-over does not go on; steps that are not meant now are left out.
    """
    cut_overs = sorted(
        _cut_overs(planned, view), key=lambda one: (not one.is_begun(view), sorted(map(str, one.plans)))
    )
    free = next((one for one in cut_overs if not one.held), None)
    following = frozenset(key for one in cut_overs if one.follows() for key in one.plans)
    of_plan = {key: one for one in cut_overs for key in one.plans}
    return tuple(
        _held_together(one, of_plan.get(one.step.owner), free)
        for one in planned
        if not (isinstance(one.step, SetGatewayPort) and one.step.back and following & set(one.step.plans))
    )


def _held_together(planned: PlannedStep, own: CutOver | None, free: CutOver | None) -> PlannedStep:
    step = planned.step
    is_port = isinstance(step, SetGatewayPort) and not step.back
    secures = isinstance(step, SetVoIPSecurity) and step.secures
    if own is None or not (is_port or secures) or planned.waits or own is free:
        return planned
    if own.held:
        first = own.held[0]
        message = f"it is written together with {_named(own.plans)}, which waits: {first.message}"
        wait = Wait(Reason.WAITING_FOR_SECURE, message, first.object)
    else:
        assert free is not None
        message = f"{_named(free.plans)} is secured first"
        wait = Wait(Reason.WAITING_FOR_SOAK, message, str(min(free.plans, key=str)))
    return replace(planned, waits=(wait,))


def _cut_overs(planned: Sequence[PlannedStep], view: View) -> Iterator[CutOver]:
    securities = {
        one.step.owner: (one, _secured_along(one.step, view))
        for one in planned
        if isinstance(one.step, SetVoIPSecurity) and one.step.secures
    }
    ports = [
        (one, frozenset(one.step.plans))
        for one in planned
        if isinstance(one.step, SetGatewayPort) and not one.step.back
    ]
    for plans in _joined([*(along for _, along in securities.values()), *(along for _, along in ports)]):
        own = tuple(one for key, (one, _) in securities.items() if key in plans)
        yield CutOver(plans, own, tuple(one for one, along in ports if along <= plans))


def _secured_along(step: SetVoIPSecurity, view: View) -> frozenset[ObjectKey]:
    """Return the plans that are secured together with one, itself included."""
    along = sharing.companions(view, step.dial_plan) if step.before == "Unsecured" else ()
    return frozenset({step.owner, *(plan.key for plan, _ in along)})


def _joined(sets: Iterable[frozenset[ObjectKey]]) -> list[frozenset[ObjectKey]]:
    """Return the sets, those united that have something in common."""
    joined: list[frozenset[ObjectKey]] = []
    for one in sets:
        others = [known for known in joined if known.isdisjoint(one)]
        joined = [*others, one.union(*(known for known in joined if not known.isdisjoint(one)))]
    return joined


def _is_for_ports(wait: Wait) -> bool:
    return wait.reason == Reason.WAITING_FOR_GATEWAYS and wait.detail == Reason.WAITING_FOR_SECURE


def _named(plans: Iterable[ObjectKey]) -> str:
    return " and ".join(f'dial plan "{name}"' for name in sorted(key.name for key in plans))
