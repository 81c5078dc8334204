"""Sites on the way to secured plans, and what may come in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from manifests_support import gateway
from planning_support import PBX
from secure_support import MINUTE, REFS, Secured, site, speaks_tls
from um_operator.observed.hosts import Plain
from um_operator.observed.ledger import BeforeSecure
from um_operator.planning.conditions import statuses
from um_operator.planning.steps import SetGatewayPort, SetVoIPSecurity

EFFECTIVE = timedelta(minutes=25)
SOAK = timedelta(minutes=10)
WINDOW = {"name": "night", "schedule": "0 22 * * *", "duration": "2h", "timeZone": "UTC"}
DEAD = "the gateway sbc01 at sbc01.contoso.com:5061 does not answer OPTIONS"


def secured(**manifests: Any) -> Secured:
    return site(**manifests).ran_all().ran_all()


def judged(found: Secured) -> Secured:
    """Return the site once it was read that every server knows of the plan, and the soak is over."""
    effective: Secured = found.later(EFFECTIVE + MINUTE)
    return effective.later(SOAK + MINUTE)


def conditions(found: Secured) -> dict[str, str]:
    status = statuses(found.desired, found.snapshot, found.ledger, found.plan, {}, {}, found.now)[PBX]
    return {one.type: f"{one.status}/{one.reason}" for one in status.conditions}


def remembered(found: Any) -> BeforeSecure:
    assert found.entry.before_secure is not None
    return found.entry.before_secure  # type: ignore[no-any-return]


def cut_over(found: Secured) -> list[object]:
    """Return what the steps on plans' security and gateways' ports want that may run now."""
    return [one.step.want for one in found.ready if isinstance(one.step, SetGatewayPort | SetVoIPSecurity)]


def with_gateway(**spec: Any) -> Callable[[Secured], Secured]:
    def change(found: Secured) -> Secured:
        others = [one for one in found.resources if one.kind != "UMIPGateway"]
        return found.declaring(*others, gateway(dialPlanRefs=list(REFS), **spec))

    return change


def unread(found: Secured) -> Secured:
    return replace(found, unseen=frozenset({"sbc01"}))


def undeclared(found: Secured) -> Secured:
    return found.declaring(*[one for one in found.resources if one.kind != "UMIPGateway"])


def closed_window(found: Secured) -> Secured:
    return found.ruled(maintenanceWindows=[WINDOW])


def mode_plan(found: Secured) -> Secured:
    return found.ruled(mode="Plan")


TROUBLE: dict[str, Callable[[Secured], Any]] = {
    "an event": lambda s: s.reporting(DEAD),
    "rejected calls": lambda s: s.reporting(rejected=3),
    "plain SIP": lambda s: s.showing("sbc01", Plain(200)),
    "a refusal": lambda s: s.showing("sbc01", speaks_tls("sbc01", s.now, refusal="unknown_ca")),
}
