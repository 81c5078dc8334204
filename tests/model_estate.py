"""A pure model of an Exchange organisation: what each step does to it, and what it refuses.

It knows the refusals of field notes 3 and 4, so that a plan which ignores the order of things fails here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from um_operator.api.dial_plan import UMDialPlanProperties
from um_operator.api.ip_gateway import UMIPGatewayProperties
from um_operator.observed.exchange import (
    CallRouterFact,
    DialPlanFact,
    GatewayFact,
    HuntGroupFact,
    MailboxPolicyFact,
    OrganizationFact,
    ServerFact,
    StartupMode,
    UMServiceFact,
)
from um_operator.observed.fact import Known
from um_operator.observed.snapshot import Snapshot
from um_operator.observed.values import PropertyValue, name_key
from um_operator.planning.steps import (
    CreateDialPlan,
    CreateGateway,
    CreateHuntGroup,
    RemoveDialPlan,
    RemoveGateway,
    RemoveHuntGroup,
    RemoveMailboxPolicy,
    SetDialPlan,
    SetGateway,
    SetGatewayPort,
    SetGatewayState,
    SetVoIPSecurity,
    Step,
)

PLAN_FIELDS = tuple(info.alias or name for name, info in UMDialPlanProperties.model_fields.items())
GATEWAY_FIELDS = tuple(info.alias or name for name, info in UMIPGatewayProperties.model_fields.items())
PLAN_DEFAULTS: Mapping[str, PropertyValue] = {
    **dict.fromkeys(PLAN_FIELDS),
    "faxEnabled": True,
    "defaultLanguage": "en-US",
    "maxCallDuration": "30m",
    "accessTelephoneNumbers": (),
}
GATEWAY_DEFAULTS: Mapping[str, PropertyValue] = {
    **dict.fromkeys(GATEWAY_FIELDS),
    "ipAddressFamily": "IPv4Only",
    "outcallsAllowed": True,
    "messageWaitingIndicatorAllowed": True,
    "simulator": False,
}

PLAN_SHOWN = {*PLAN_FIELDS, "uriType", "numberOfDigitsInExtension"}


class RefusedError(Exception):
    """The step is impossible in the state that the estate is in."""


def plan_fact(name: str, **properties: PropertyValue) -> DialPlanFact:
    """Return a live plan, made with Exchange's defaults."""
    have = {**PLAN_DEFAULTS, "uriType": "TelephoneExtension", "numberOfDigitsInExtension": 4}
    have |= {"countryOrRegionCode": "49", "voipSecurity": "Unsecured", **properties}
    return DialPlanFact(
        name=name,
        guid=f"guid-of-{name}",
        uri_type=str(have["uriType"]),
        digits=have["numberOfDigitsInExtension"],  # type: ignore[arg-type]
        voip_security=have["voipSecurity"],  # type: ignore[arg-type]
        properties=have,
    )


def gateway_fact(name: str, **properties: PropertyValue) -> GatewayFact:
    """Return a live gateway, made with Exchange's defaults."""
    have = {
        **GATEWAY_DEFAULTS,
        "address": f"{name}.contoso.com",
        "port": 5060,
        "state": "Enabled",
        **properties,
    }
    return GatewayFact(
        name=name,
        guid=f"guid-of-{name}",
        address=str(have["address"]),
        port=have["port"],  # type: ignore[arg-type]
        state=have["state"],  # type: ignore[arg-type]
        properties=have,
    )


@dataclass(frozen=True)
class ModelEstate:
    """One organisation; plans and gateways by ``name_key``."""

    plans: Mapping[str, DialPlanFact] = field(default_factory=dict)
    gateways: Mapping[str, GatewayFact] = field(default_factory=dict)
    groups: tuple[HuntGroupFact, ...] = ()
    policies: tuple[MailboxPolicyFact, ...] = ()
    startup_mode: StartupMode = "TCP"
    calls: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        *objects: DialPlanFact | GatewayFact | HuntGroupFact | MailboxPolicyFact,
        startup_mode: StartupMode = "TCP",
    ) -> ModelEstate:
        """Return an estate that has these objects."""
        return cls(
            plans={name_key(one.name): one for one in objects if isinstance(one, DialPlanFact)},
            gateways={name_key(one.name): one for one in objects if isinstance(one, GatewayFact)},
            groups=tuple(one for one in objects if isinstance(one, HuntGroupFact)),
            policies=tuple(one for one in objects if isinstance(one, MailboxPolicyFact)),
            startup_mode=startup_mode,
        )

    def read(self, at: datetime) -> Snapshot:
        """Return everything, as read at an instant."""
        server = ServerFact("ex01.contoso.com", "Munich", (15, 1, 2507, 6), frozenset({"Mailbox"}))
        service = UMServiceFact(server.fqdn, self.startup_mode, frozenset())
        router = CallRouterFact(server.fqdn, self.startup_mode, 5060, 5061, frozenset())
        return Snapshot(
            organization=Known(OrganizationFact("CN=Contoso", "guid-of-contoso"), at),
            servers=Known({server.fqdn: server}, at),
            dial_plans=Known({key: Known(plan, at) for key, plan in self.plans.items()}, at),
            gateways=Known({key: Known(gateway, at) for key, gateway in self.gateways.items()}, at),
            hunt_groups=Known(self.groups, at),
            mailbox_policies=Known(self.policies, at),
            um_services={server.fqdn: Known(service, at)},
            call_routers={server.fqdn: Known(router, at)},
            active_calls={key: Known(self.calls.get(key, 0), at) for key in self.gateways},
            endpoint="https://ex01.contoso.com/PowerShell/",
        )

    def after(self, step: Step) -> ModelEstate:
        """Return the estate after a step.

        Raises:
            RefusedError: Exchange would refuse it.
        """
        match step:
            case (
                CreateDialPlan()
                | SetDialPlan()
                | SetVoIPSecurity()
                | RemoveMailboxPolicy()
                | RemoveDialPlan()
            ):
                return self._plan_step(step)
            case CreateGateway() | SetGateway() | SetGatewayPort() | SetGatewayState() | RemoveGateway():
                return self._gateway_step(step)
            case CreateHuntGroup():
                self._refuse_unless(name_key(step.gateway) in self.gateways, "no such gateway")
                self._refuse_unless(name_key(step.dial_plan) in self.plans, "no such plan")
                self._refuse_unless(
                    all(step.name != group.name for group in self.groups), "the name is taken"
                )
                group = HuntGroupFact(step.name, step.gateway, step.dial_plan, step.pilot_identifier)
                return replace(self, groups=(*self.groups, group))
            case RemoveHuntGroup():
                left = tuple(
                    one for one in self.groups if (one.gateway, one.name) != (step.gateway, step.name)
                )
                self._refuse_unless(len(left) < len(self.groups), "no such hunt group")
                return replace(self, groups=left)
            case _:
                raise AssertionError(f"no step on plans, gateways or hunt groups: {step.sentence}")

    def _plan_step(
        self, step: CreateDialPlan | SetDialPlan | SetVoIPSecurity | RemoveMailboxPolicy | RemoveDialPlan
    ) -> ModelEstate:
        key = name_key(step.dial_plan)
        self._refuse_unless((key in self.plans) != isinstance(step, CreateDialPlan), "wrong existence")
        match step:
            case CreateDialPlan():
                new = {
                    path: value
                    for path, value in step.properties.items()
                    if path != "generateUMMailboxPolicy"
                }
                policy = MailboxPolicyFact(f"{step.dial_plan} Default Policy", step.dial_plan)
                made = step.properties.get("generateUMMailboxPolicy", True)
                estate = self._with_plan(plan_fact(step.dial_plan, **new))
                return replace(estate, policies=(*self.policies, policy)) if made else estate
            case SetDialPlan():
                changed = {change.path: change.want for change in step.changes}
                return self._with_plan(plan_fact(step.dial_plan, **{**self.plans[key].properties, **changed}))
            case SetVoIPSecurity():
                have = {**self.plans[key].properties, "voipSecurity": step.security}
                return self._with_plan(plan_fact(step.dial_plan, **have))
            case RemoveMailboxPolicy():
                return replace(self, policies=tuple(one for one in self.policies if one.name != step.policy))
            case RemoveDialPlan():
                used = {one.dial_plan for one in self.groups} | {one.dial_plan for one in self.policies}
                self._refuse_unless(step.dial_plan not in used, "in use")
                return replace(self, plans={name: plan for name, plan in self.plans.items() if name != key})

    def _gateway_step(
        self, step: CreateGateway | SetGateway | SetGatewayPort | SetGatewayState | RemoveGateway
    ) -> ModelEstate:
        key = name_key(step.gateway)
        self._refuse_unless((key in self.gateways) != isinstance(step, CreateGateway), "wrong existence")
        match step:
            case CreateGateway():
                family = step.ip_address_family or "IPv4Only"
                new = gateway_fact(step.gateway, address=step.address, ipAddressFamily=family)
                return self._with_gateway(new)
            case SetGateway():
                changed = {change.path: change.want for change in step.changes}
                have = {**self.gateways[key].properties, **changed}
                return self._with_gateway(gateway_fact(step.gateway, **have))
            case SetGatewayPort():
                have = {**self.gateways[key].properties, "port": step.port}
                return self._with_gateway(gateway_fact(step.gateway, **have))
            case SetGatewayState():
                have = {**self.gateways[key].properties, "state": step.state}
                return self._with_gateway(gateway_fact(step.gateway, **have))
            case RemoveGateway():
                used = [name_key(one.gateway) for one in self.groups]
                self._refuse_unless(key not in used, "in use")
                left = {name: gateway for name, gateway in self.gateways.items() if name != key}
                return replace(self, gateways=left)
            case _:
                raise AssertionError(f"not a step on plans or gateways: {step.sentence}")

    def _with_plan(self, plan: DialPlanFact) -> ModelEstate:
        return replace(self, plans={**self.plans, name_key(plan.name): plan})

    def _with_gateway(self, gateway: GatewayFact) -> ModelEstate:
        return replace(self, gateways={**self.gateways, name_key(gateway.name): gateway})

    @staticmethod
    def _refuse_unless(fine: bool, why: str) -> None:
        if not fine:
            raise RefusedError(why)
