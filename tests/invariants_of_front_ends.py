"""Seeded journals of front ends: what an operator might do to pools that carry emergency calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Self

from invariants_support import DECLARED, SBC01, Story
from um_operator.lab.invariants.declared import Gateway
from um_operator.lab.invariants.judge import Invariants
from um_operator.lab.invariants.pools import PoolView
from um_operator.lab.journal import Readable

POOL, DIRECTOR = "lyncpool01.contoso.com", "lyncdir01.contoso.com"
STANDARD, BRANCH = "lyncse01.contoso.com", "lyncsba01.contoso.com"
FE = tuple(f"lyncfe0{n}.contoso.com" for n in range(1, 6))
HOUR = timedelta(hours=1)
APPROVED = replace(
    DECLARED,
    approved_front_ends=frozenset(FE),
    front_ends=frozenset(FE),
    gateways={name: Gateway() for name in ("sbc01", "pool", "director")},
    outbound=frozenset({"PBX"}),
    max_unavailable=2,
)
HEALTHY = PoolView(POOL, tuple((one,) for one in FE), frozenset(FE), 2, frozenset(FE))
Tale = Callable[[Any], object]


@dataclass
class Pooled(Story):
    """A story with a pool of five front ends; what stands in it also happens to them."""

    view: PoolView = HEALTHY
    held: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.stopped: dict[str, dict[str, datetime]] = {one: {} for one in FE}
        beginning: list[tuple[str, str, Mapping[str, Readable]]] = [
            ("UMDialPlan", "PBX", {"VoIPSecurity": "Unsecured"}),
            ("UMIPGateway", "sbc01", SBC01),
            ("UMIPGateway", "pool", {**SBC01, "Address": POOL, "OutcallsAllowed": False}),
            ("UMIPGateway", "director", {**SBC01, "Address": DIRECTOR, "OutcallsAllowed": False}),
            *(
                ("UMHuntGroup", f"{name}\\main", {"UMDialPlan": "PBX", "PilotIdentifier": "4900"})
                for name in ("sbc01", "pool")
            ),
        ]
        self.invariants.close()
        self.invariants = Invariants(self.journal, iter(beginning), self, self.fleet, self)
        if self.declared is not None:
            self.invariants.declare(self.declared)

    def of(self, computer: str) -> PoolView | None:
        return self._now() if computer in FE else None

    def named(self, fqdn: str) -> PoolView | None:
        return {POOL: self.view, DIRECTOR: replace(self.view, serves=False)}.get(fqdn)

    def unready(self, computer: str) -> Mapping[str, datetime]:
        return self.stopped[computer]

    def sessions(self, computer: str) -> int:
        return self.held.get(computer, 0)

    def stop(self, computer: str = FE[0], *services: str) -> Self:
        """Stop services, the dependent one first; the pool still counts the computer while it stops."""
        for service in services or ("RTCRGS", "RTCSRV"):
            self.stopped[computer][service] = self.clock.now()
            self._control(computer, service, "Running", "StopPending")
        return self

    def start(self, computer: str = FE[0], *services: str) -> Self:
        for service in services or ("RTCSRV", "RTCRGS"):
            self._control(computer, service, "Stopped", "StartPending")
            self.stopped[computer].pop(service, None)
        return self

    def drain(self, computer: str = FE[0]) -> Self:
        self.effect(
            "Stop-CsWindowsService",
            f"{computer}\\RTCSRV",
            {"Draining": False},
            {"Draining": True},
            kind="CsWindowsService",
        )
        return self

    def stop_by_hand(self, computer: str = FE[0], *services: str) -> Self:
        """Have a person stop services."""
        for service in services or ("RTCRGS",):
            self.stopped[computer][service] = self.clock.now()
            self._control(computer, service, "Running", "StopPending", by="administrator")
        return self

    def _control(self, computer: str, service: str, before: str, after: str, by: str = "operator") -> None:
        self.effect(
            "Stop-CsWindowsService",
            f"{computer}\\{service}",
            {"Status": before},
            {"Status": after},
            kind="Service",
            by=by,
        )

    def _now(self) -> PoolView:
        """The view, without those that have stopped before the last effect."""
        last = self.journal.effects[-1].name.partition("\\")[0] if self.journal.effects else ""
        gone = {one for one, names in self.stopped.items() if "RTCSRV" in names and one != last}
        return replace(self.view, running=self.view.running - gone, margin=self.view.margin - len(gone))


def pooled(**changes: Any) -> Pooled:
    """A story in which everything was approved, and the pool differs in something."""
    return Pooled(declared=APPROVED, view=replace(HEALTHY, **changes))


def approved(**changes: Any) -> Pooled:
    """A story in which something else was declared."""
    return Pooled(declared=replace(APPROVED, **changes))


def permissions(s: Pooled) -> Story:
    """The script is run; a server is a member of plan "Lync" alone."""
    s.effect("New", "ex01.contoso.com", None, {"DialPlans": ["Lync"]}, by="administrator", kind="UMService")
    return s.effect("Add-ADPermission", "UM DialPlan Container\\RTC", None, {})


def begun_on_exchange(s: Pooled) -> Story:
    """We stop the UM service of a server, and it does not come back."""
    s.fleet.lost["ex01.contoso.com"]["MSExchangeUM"] = s.clock.now()
    return s.effect(
        "Restart-Service",
        "ex01.contoso.com\\MSExchangeUM",
        {"Status": "Running"},
        {"Status": "StopPending"},
        kind="Service",
    )


def script_made(s: Pooled, address: str) -> Story:
    """ExchUcUtil.ps1 makes the gateway of a pool, and lets calls out through it."""
    made = {**SBC01, "Address": address}
    return s.effect("Invoke-UmExchUcUtil", "1:3", None, made, kind="UMIPGateway")


def joined(s: Pooled, *plans: str) -> Story:
    """A server becomes a member of plans, beside the one that it has."""
    before: dict[str, Readable] = {"DialPlans": ["Lync"]}
    return s.effect("Set-UMService", "ex01.contoso.com", before, {"DialPlans": ["Lync", *plans]})


WRONG: dict[str, tuple[str, Story, Tale]] = {
    "stopped_without_approval": ("R22", approved(approved_front_ends=frozenset()), lambda s: s.stop()),
    "other_service_stopped": ("R22", pooled(), lambda s: s.stop(FE[0], "RTCMEDSRV")),
    "sessions_ended": (
        "R22",
        Pooled(declared=APPROVED, held={FE[0]: 3}),
        lambda s: s.drain().wait(HOUR / 2).stop(),
    ),
    "stopped_beside_exchange": ("R22", pooled(), lambda s: (begun_on_exchange(s), s.stop())),
    "begun_beside_front_ends": ("R22", pooled(), lambda s: begun_on_exchange(s.stop())),
    "begun_where_nothing_may_be": ("R3", approved(writes=False), lambda s: s.stop()),
    "begun_while_held": ("R25", approved(held={FE[0]: None}), lambda s: s.drain()),
    "started_what_a_person_stopped": (
        "R14",
        pooled(),
        lambda s: s.stop_by_hand().wait(HOUR).stop(FE[0], "RTCSRV").start(),
    ),
    "below_quorum": ("R23", pooled(margin=1), lambda s: s.stop()),
    "pool_too_small": (
        "R23",
        pooled(domains=((FE[0],), (FE[1],)), running=frozenset(FE[:2]), margin=1),
        lambda s: s.stop(),
    ),
    "routing_group_lost": ("R23", pooled(unsound=frozenset({FE[0]})), lambda s: s.stop()),
    "stopped_beside_another": ("R23", pooled(running=frozenset(FE[:4])), lambda s: s.stop()),
    "stopped_before_ready": ("R23", pooled(ready=False), lambda s: s.stop()),
    "next_domain_too_soon": (
        "R23", pooled(), lambda s: s.stop().start().wait(timedelta(minutes=19)).stop(FE[1])
    ),
    "front_end_outside_the_window": ("R26", approved(window=lambda _: False), lambda s: s.stop()),
    "lync_changed": (
        "R2",
        pooled(),
        lambda s: s.effect("New-CsExUmContact", "sip:sa@contoso.com", None, {"DisplayNumber": "+49"}),
    ),
    "permissions_granted_unasked": (
        "R2", pooled(), permissions
    ),
    "permissions_before_members": (
        "half-made", approved(permissions=True, outbound=frozenset({"Lync", "PBX"})), permissions
    ),
    "script_made_what_was_declared": (
        "R2", approved(permissions=True, pools=frozenset({STANDARD})), lambda s: script_made(s, STANDARD)
    ),
    "nobody_calls_out": (
        "R20", pooled(), lambda s: s.change("UMIPGateway", "sbc01", "OutcallsAllowed", True, False)
    ),
    "calls_out_where_nobody_serves": (
        "R20", pooled(), lambda s: s.change("UMIPGateway", "director", "OutcallsAllowed", False, True)
    ),
}  # fmt: skip
ALSO_WRONG: dict[str, tuple[str, Story, Tale]] = {
    "a service that a person stopped after our restart": (
        "R14",
        pooled(),
        lambda s: s.stop().start().wait(HOUR).stop_by_hand().wait(HOUR).start(FE[0], "RTCRGS"),
    ),
    "a service that a person stopped on a front end which we never touched": (
        "R14", pooled(), lambda s: s.stop_by_hand().start(FE[0], "RTCRGS")
    ),
    "a front end that is stopped again without a new approval": (
        "R22",
        pooled(),
        lambda s: (
            s.stop().start(),
            s.invariants.declare(replace(APPROVED, approved_front_ends=frozenset(FE[1:]))),
            s.wait(HOUR).stop(),
        ),
    ),
    "a pool whose computers have not all of the topology": (
        "R23", pooled(lagging=frozenset({FE[4]})), lambda s: s.stop()
    ),
    "a server that becomes a member of a plan that Lync does not share": (
        "R2", approved(servers=frozenset({"ex01.contoso.com"})), lambda s: joined(s, "PBX", "Legacy")
    ),
    "outgoing calls of a gateway that no plan has which Lync shares": (
        "R2", pooled(), lambda s: s.change("UMIPGateway", "legacy-pbx", "OutcallsAllowed", True, False)
    ),
    "a script that nobody asked for": ("R2", approved(), lambda s: script_made(s, BRANCH)),
    "sessions that nobody waited for": (
        "R22", Pooled(declared=APPROVED, held={FE[0]: 1}), lambda s: s.stop()
    ),
}  # fmt: skip
RIGHT: dict[str, tuple[Story, Tale]] = {
    "a service that a person stopped when we had begun": (
        pooled(),
        lambda s: s.drain().wait(HOUR).stop_by_hand().stop(FE[0], "RTCSRV").wait(HOUR).start(),
    ),
    "a front end that is finished where nothing may be written any more": (
        pooled(),
        lambda s: (
            s.stop(),
            s.invariants.declare(replace(APPROVED, writes=False, held={FE[0]: None})),
            s.wait(HOUR).start(),
        ),
    ),
    "front ends one after the other, twenty minutes apart": (
        pooled(),
        lambda s: [s.stop(one).start(one).wait(timedelta(minutes=20)) for one in FE],
    ),
    "the last but one of the quorum, where that was approved": (
        Pooled(declared=replace(APPROVED, exactly_quorum=frozenset({POOL})), view=replace(HEALTHY, margin=1)),
        lambda s: s.stop(),
    ),
    "two of one upgrade domain": (
        pooled(domains=((FE[0], FE[1]), FE[2:]), margin=3),
        lambda s: s.stop(FE[0]).stop(FE[1]).start(FE[0]).start(FE[1]),
    ),
    "sessions that had their time": (
        Pooled(declared=APPROVED, held={FE[0]: 3}),
        lambda s: s.drain().wait(HOUR).stop(),
    ),
    "a front end that does not count for the quorum": (
        pooled(voters=frozenset(FE[1:]), margin=1),
        lambda s: s.stop(FE[0]),
    ),
    "outgoing calls moved to the pool": (
        pooled(),
        lambda s: s.change("UMIPGateway", "pool", "OutcallsAllowed", False, True).change(
            "UMIPGateway", "sbc01", "OutcallsAllowed", True, False
        ),
    ),
    "a server that becomes a member of a plan that Lync shares": (
        approved(servers=frozenset({"ex01.contoso.com"})),
        lambda s: joined(s, "PBX"),
    ),
    "outgoing calls taken from a gateway of a shared plan that nobody declared": (
        approved(gateways={}),
        lambda s: s.effect("Set-UMIPGateway", "pool", {"OutcallsAllowed": True}, {"OutcallsAllowed": False}),
    ),
    "what ExchUcUtil.ps1 makes for a branch that nobody declared": (
        approved(permissions=True, pools=frozenset({STANDARD})),
        lambda s: script_made(s, BRANCH),
    ),
    "permissions that somebody named": (
        approved(permissions=True),
        lambda s: s.effect(
            "Invoke-UmExchUcUtil", "UM DialPlan Container\\RTC", None, {}, kind="ADPermission"
        ),
    ),
}
