"""Manifests that nobody in his senses would write, drawn one change after another."""

from __future__ import annotations

import copy
from collections.abc import Callable
from random import Random
from typing import Any

from estate.manifests import dial_plan, gateway, organization
from um_operator.api.meta import ObjectKey

Manifest = dict[str, Any]
Say = Callable[[str], None]

LINES = (("sbc01", "4900"), ("cube01", "4900"), ("cube01", "790"), ("kamailio01", "790"))
"""What the devices of the first steps dial."""
PLANS = {"hq": "Headquarters", "branch": "Branch Office"}
FIELDS: dict[str, tuple[Any, ...]] = {
    "port": (5060, 5070, 5061, 5061),
    "state": ("Enabled", "Disabled", "NoNewCalls"),
    "address": ("sbc01.contoso.com", "CUBE01.contoso.com.", "10.9.9.9", "legacy-pbx.contoso.com"),
    "ipAddressFamily": ("Any", "IPv4Only"),
    "outcallsAllowed": (True, False),
    "unlistedHuntGroups": ("Keep", "Remove"),
    "deletionPolicy": ("Orphan", "Delete"),
    "mode": ("Observe", "Plan", "Enforce"),
    "suspend": (True, False),
    "ignoreDrift": (["port"], ["state"], ["dialPlanRefs"]),
}
PLAN_FIELDS: dict[str, tuple[Any, ...]] = {
    "voipSecurity": ("Unsecured", "SIPSecured", "Secured"),
    "numberOfDigitsInExtension": (4, 5),
    "uriType": ("TelephoneExtension", "SipName"),
    "maxRecordingDuration": ("10m", "20m"),
    "deletionPolicy": ("Orphan", "Delete"),
    "mode": ("Observe", "Enforce"),
    "name": ("Headquarters", "BRANCH OFFICE", "Legacy"),
}
ORGANIZATION_FIELDS: dict[str, tuple[Any, ...]] = {
    "mode": ("Enforce", "Enforce", "Observe", "Plan"),
    "maintenanceWindows": (
        [{"name": "night", "schedule": "0 22 * * *", "duration": "4h", "timeZone": "Europe/Berlin"}],
        [{"name": "hourly", "schedule": "0 * * * *", "duration": "45m", "timeZone": "UTC"}],
    ),
    "suspend": (True, False),
}
HOLD = "unifiedmessaging.dev/hold"
REFS: tuple[list[tuple[str, str]], ...] = (
    [],
    [("hq", "4900")],
    [("branch", "790")],
    [("hq", "4900"), ("branch", "790")],
    [("hq", "4901")],
    [("hq", "")],
    [("branch", "4900")],
    [("nowhere", "1"), ("hq", "4900")],
)


class Drafts:
    """The manifests as they are now, and what became of those that are gone."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.organization: Manifest = organization(disruption={"drainTimeout": "30m"})
        self.plans: dict[str, Manifest] = {key: dial_plan(key, name=name) for key, name in PLANS.items()}
        self.gateways: dict[str, Manifest] = {
            "sbc01": gateway("sbc01", ("hq", "4900")),
            "cube01": gateway("cube01", ("hq", "4900"), ("branch", "790")),
            "kamailio01": gateway("kamailio01", ("branch", "790")),
        }
        self.going: set[str] = set()
        """Gateways whose deletion with policy Delete may not have come to its end."""
        self._before = self._copy()

    def documents(self) -> list[Manifest]:
        """Return everything that is declared now."""
        return [self.organization, *self.plans.values(), *self.gateways.values()]

    def change(self, say: Say) -> frozenset[ObjectKey]:
        """Change something, or several things at once; return what is deleted by it."""
        self._before = self._copy()
        gone: set[ObjectKey] = set()
        for _ in range(self._random.choice((1, 1, 2, 3))):
            kind = self._random.choice(("gateway",) * 6 + ("refs",) * 2 + ("plan", "organization", "hold"))
            getattr(self, f"_change_{kind}")(say)
        if self._random.random() < 0.25:
            gone.add(self._go(say))
        self.going -= set(self.gateways)
        for key, plan in PLANS.items():
            if key not in self.plans and ObjectKey("UMDialPlan", key) not in gone:
                self.plans[key] = dial_plan(key, name=plan)
                say(f"{key} is declared again")
        for key, made in (("sbc01", [("hq", "4900")]), ("kamailio01", [("branch", "790")])):
            returns = self._random.random() < 0.5
            if returns and key not in self.gateways and ObjectKey("UMIPGateway", key) not in gone:
                self.gateways[key] = gateway(key, *made)
                say(f"{key} is declared again")
        return frozenset(gone)

    def take_back(self) -> None:
        """Undo the last change: it was refused as a whole."""
        self.organization, self.plans, self.gateways = self._before

    def promises(self, name: str, pilot: str, gone: frozenset[ObjectKey]) -> bool:
        """Tell whether the manifests let calls of a leg that works go on, read as a person reads them."""
        declared = self.gateways.get(name)
        if ObjectKey("UMIPGateway", name) in gone:
            declared = declared or self._before[2].get(name)
            return declared is None or declared["spec"].get("deletionPolicy") != "Delete"
        if declared is None:
            return name not in self.going
        spec = declared["spec"]
        if spec.get("state", "Enabled") != "Enabled" or spec["address"].lower().rstrip(".") != (
            f"{name}.contoso.com"
        ):
            return False
        listed = {ref.get("pilotIdentifier", "") for ref in spec.get("dialPlanRefs", ())}
        return bool(listed & {pilot, ""}) or spec.get("unlistedHuntGroups", "Keep") == "Keep"

    def _change_gateway(self, say: Say) -> None:
        if self.gateways:
            name = self._random.choice(sorted(self.gateways))
            self._set(self.gateways[name]["spec"], FIELDS, name, say)

    def _change_plan(self, say: Say) -> None:
        if self.plans:
            name = self._random.choice(sorted(self.plans))
            self._set(self.plans[name]["spec"], PLAN_FIELDS, name, say)

    def _change_organization(self, say: Say) -> None:
        self._set(self.organization["spec"], ORGANIZATION_FIELDS, "organization", say)

    def _change_refs(self, say: Say) -> None:
        if self.gateways:
            name = self._random.choice(sorted(self.gateways))
            refs = self._random.choice(REFS)
            say(f"{name}: dialPlanRefs {refs}")
            self.gateways[name]["spec"]["dialPlanRefs"] = [
                {"name": plan, "pilotIdentifier": pilot} for plan, pilot in refs
            ]

    def _change_hold(self, say: Say) -> None:
        if self.gateways:
            name = self._random.choice(sorted(self.gateways))
            annotations = self.gateways[name]["metadata"].setdefault("annotations", {})
            until = self._random.choice(("2026-01-05T12:00:00Z", "2026-01-08T00:00:00Z"))
            annotations[HOLD] = f"{until} somebody works on it"
            say(f"{name}: held until {until}")

    def _set(self, spec: Manifest, fields: dict[str, tuple[Any, ...]], name: str, say: Say) -> None:
        field = self._random.choice(sorted(fields))
        if field in spec and field not in NEVER_ABSENT and self._random.random() < 0.5:
            del spec[field]
            say(f"{name}: {field} is not declared any more")
            return
        if field == "address" and self._random.random() < 0.5:
            spec[field] = f"{name}.contoso.com"
        else:
            spec[field] = copy.deepcopy(self._random.choice(fields[field]))
        say(f"{name}: {field} {spec[field]}")

    def _go(self, say: Say) -> ObjectKey:
        """Delete a resource, or take its manifest away without a word."""
        name = self._random.choice(sorted([*self.gateways, *self.plans]))
        held = self.gateways if name in self.gateways else self.plans
        key = ObjectKey("UMIPGateway" if held is self.gateways else "UMDialPlan", name)
        if held is self.gateways and self._random.random() < 0.7:
            held[name]["spec"]["deletionPolicy"] = "Delete"
        policy = held[name]["spec"].get("deletionPolicy", "Orphan")
        say(f"{name} is deleted, with {policy}")
        if self._random.random() < 0.7:
            say(f"{name}: the manifest is taken away")
            self._before[1 if held is self.plans else 2][name] = held.pop(name)
            if policy == "Delete":
                self.going.add(name)
        return key

    def _copy(self) -> tuple[Manifest, dict[str, Manifest], dict[str, Manifest]]:
        return copy.deepcopy((self.organization, self.plans, self.gateways))


NEVER_ABSENT = frozenset({"address", "voipSecurity", "numberOfDigitsInExtension", "mode"})
