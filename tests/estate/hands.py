"""Changes that someone makes by hand, drawn by lot, and what of them a pass has to find."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from estate.fields import GATEWAY, PLAN, REQUIRED, TOGETHER, Field, for_object
from estate.harness import text
from estate.manifests import dial_plan, gateway
from um_operator.api.meta import ObjectKey
from um_operator.lab.estate import Lab

Found = tuple[ObjectKey, str]
"""A resource and the path of a difference."""

PLANS = tuple(f"plan-{number}" for number in range(4))
GATEWAYS = tuple(f"gateway-{number}" for number in range(8))
LONELY = tuple(f"lonely-{number}" for number in range(4))
"""Plans without gateways, which can be removed by hand."""
DOOMED = tuple(f"doomed-{number}" for number in range(4))
"""Gateways that are removed by hand, or lose or get a hunt group."""
PILOTS = ("4900", "4950")


@dataclass(frozen=True)
class Change:
    """One command at the console, and the difference that it makes to what is declared, if any."""

    cmdlet: str
    parameters: Mapping[str, Any]
    found: Found | None

    def make(self, lab: Lab) -> None:
        lab.change(self.cmdlet, **self.parameters)


def manifests() -> list[dict[str, Any]]:
    """Return the manifests: each field is declared by every other object, and not by the rest."""
    return [
        *(dial_plan(name, **_declared(PLAN, name, number)) for number, name in enumerate(PLANS)),
        *(
            gateway(name, *_refs(), **_declared(GATEWAY, name, number))
            for number, name in enumerate(GATEWAYS)
        ),
        *(dial_plan(name) for name in LONELY),
        *(gateway(name, *_refs(), unlistedHuntGroups="Remove") for name in DOOMED),
    ]


def drawn(lab: Lab, chance: random.Random, declared: int, undeclared: int) -> list[Change]:
    """Draw so many changes of what is declared, and so many of what is not, in any order.

    A fifth of those of what is declared are of whole objects: plans, gateways, hunt groups.
    """
    fields = [*_of_fields("UMDialPlan", PLAN, PLANS), *_of_fields("UMIPGateway", GATEWAY, GATEWAYS)]
    ours = [change for change in fields if change.found]
    others = [change for change in fields if not change.found]
    whole = list(_of_objects(lab))
    objects = chance.sample(whole, declared // 5)
    changes = [
        *objects,
        *chance.sample(ours, declared - len(objects)),
        *chance.sample([*others, *_of_strangers()], undeclared),
    ]
    chance.shuffle(changes)
    return changes


def _refs() -> Iterator[tuple[str, str]]:
    yield from ((PLANS[index], pilot) for index, pilot in enumerate(PILOTS))


def _is_declared(field: Field, index: int, number: int) -> bool:
    """Whether the object of that number names the field of that index."""
    return field.path in REQUIRED or (number + (0 if field in TOGETHER else index)) % 2 == 0


def _declared(fields: Sequence[Field], name: str, number: int) -> dict[str, Any]:
    return {
        field.path: for_object(field.declared, name)
        for index, field in enumerate(fields)
        if _is_declared(field, index, number)
    }


def _of_fields(kind: Any, fields: Sequence[Field], names: Sequence[str]) -> Iterator[Change]:
    for number, name in enumerate(names):
        for index, field in enumerate(fields):
            declared = _is_declared(field, index, number)
            values = field.by_hand if declared else field.undeclared or field.by_hand
            parameters = {key: for_object(value, name) for key, value in values.items()}
            found = (ObjectKey(kind, name), field.path) if declared else None
            yield Change(f"Set-{kind}", {"Identity": name, **parameters}, found)


def _of_objects(lab: Lab) -> Iterator[Change]:
    """Yield one change of each object that stands ready for it."""
    for name in LONELY[:2]:
        lab.change("Remove-UMMailboxPolicy", Identity=f"{name} Default Policy")
        yield Change("Remove-UMDialPlan", {"Identity": name}, (ObjectKey("UMDialPlan", name), "name"))
    for name in LONELY[2:]:
        renamed = {"Identity": name, "Name": f"{name} renamed"}
        yield Change("Set-UMDialPlan", renamed, (ObjectKey("UMDialPlan", name), "name"))
    for name in DOOMED[:1]:
        renamed = {"Identity": name, "Name": f"{name} renamed"}
        yield Change("Set-UMIPGateway", renamed, (ObjectKey("UMIPGateway", name), "name"))
    for name in DOOMED[1:]:
        key = ObjectKey("UMIPGateway", name)
        for group, plan, pilot in _groups_of(lab, name):
            yield Change("Remove-UMHuntGroup", {"Identity": f"{name}\\{group}"}, (key, _ref(plan, pilot)))
        more = {"Name": "by hand", "UMIPGateway": name, "UMDialPlan": PLANS[2], "PilotIdentifier": "4999"}
        yield Change("New-UMHuntGroup", more, (key, _ref(PLANS[2], "4999")))


def _of_strangers() -> Iterator[Change]:
    """Yield changes of objects that nobody declared."""
    yield Change("Set-UMDialPlan", {"Identity": "Legacy", "MaxCallDuration": 60}, None)
    yield Change("Set-UMIPGateway", {"Identity": "legacy-pbx", "Port": 5090}, None)
    for name in GATEWAYS:
        more = {"Name": "by hand", "UMIPGateway": name, "UMDialPlan": PLANS[3], "PilotIdentifier": "4998"}
        yield Change("New-UMHuntGroup", more, None)


def _groups_of(lab: Lab, gateway: str) -> Iterator[tuple[str, str, str]]:
    """Yield name, plan and pilot of each hunt group of a gateway."""
    for row in lab.console().run("Get-UMHuntGroup").rows:
        shown = {name: text(value) for name, value in row.properties.items()}
        if shown["UMIPGateway"] == gateway:
            yield shown["Name"], shown["UMDialPlan"], shown["PilotIdentifier"]


def _ref(plan: str, pilot: str) -> str:
    return f"dialPlanRefs[name={plan},pilotIdentifier={pilot}]"
