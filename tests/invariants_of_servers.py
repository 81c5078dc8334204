"""Seeded journals of servers' sequences: services, component states, modes, bindings, certificates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from invariants_fleet import EX01, EX02
from invariants_support import DECLARED, Story
from um_operator.lab.hosts.host import UM, UM_CALL_ROUTER
from um_operator.lab.journal import Readable

MINUTE = timedelta(minutes=1)
ALLOWED = replace(DECLARED, servers=frozenset({EX01, EX02}))
CLOSED = replace(ALLOWED, window=lambda _: False)
SETTINGS = {UM: "UMService", UM_CALL_ROUTER: "UMCallRouterSettings"}
OLD, NEW = "A" * 40, "B" * 40


class Rollout(Story):
    """A story about servers."""

    def settings(
        self, name: str, before: Readable, after: Readable, server: str = EX01, late: bool = False
    ) -> Rollout:
        """Write a mode or a binding of both services; ``late``: it does not arrive in the server's site."""
        for service, kind in SETTINGS.items():
            if not late:
                self.fleet.views.setdefault((server, service), {})[name] = after
            self.effect(f"Set-{kind}", server, {name: before}, {name: after}, kind=kind)
        return self

    def mode(self, after: str = "Dual", before: str = "TCP", server: str = EX01) -> Rollout:
        return self.settings("UMStartupMode", before, after, server)

    def bind(self, after: str = NEW, before: str | None = None, server: str = EX01) -> Rollout:
        return self.settings("UMCertificateThumbprint", before, after, server)

    def stop(self, service: str = UM, server: str = EX01, by: str = "operator") -> Rollout:
        self.fleet.lost[server][service] = self.clock.now()
        self.effect(
            "Stop-Service", f"{server}\\{service}", {"Status": "Running"}, {"Status": "StopPending"}, by=by,
            kind="Service",
        )  # fmt: skip
        return self

    def start(self, service: str = UM, server: str = EX01) -> Rollout:
        name = f"{server}\\{service}"
        self.effect("Start", name, {"Status": "Stopped"}, {"Status": "StartPending"}, kind="Service")
        return self

    def ready(self, server: str = EX01) -> Rollout:
        self.fleet.lost[server].clear()
        return self

    def say(
        self,
        state: str,
        before: str = "Active",
        server: str = EX01,
        who: str = "Sidelined",
        by: str = "operator",
    ) -> Rollout:
        entry = f"UMCallRouter\\{who}"
        self.fleet.held[server].pop(entry, None)
        if state != "Active":
            self.fleet.held[server][entry] = state
        self.effect(
            "Set-ServerComponentState", server, {entry: before}, {entry: state}, by=by,
            kind="ServerComponentState",
        )  # fmt: skip
        return self

    def drain(self, server: str = EX01) -> Rollout:
        return self.say("Draining", server=server)

    def activate(self, server: str = EX01) -> Rollout:
        return self.say("Active", "Draining", server)

    def restart(self, server: str = EX01) -> Rollout:
        """All of a server's sequence, as it should be."""
        self.drain(server)
        for service in SETTINGS:
            self.stop(service, server).start(service, server)
        return self.ready(server).activate(server)

    def certificate(self, thumbprint: str, *, gone: bool, by: str = "operator") -> Rollout:
        subject: dict[str, Readable] = {"Subject": "CN=ex01"}
        before, after = (subject, None) if gone else (None, subject)
        name = f"{EX01}\\{thumbprint}"
        self.effect("Remove" if gone else "Import", name, before, after, by=by, kind="ExchangeCertificate")
        return self

    def outage(self, server: str = EX02, since: timedelta = MINUTE) -> Rollout:
        self.fleet.down[server] = self.clock.now() - since
        return self

    def calls_on(self, server: str = EX01) -> Rollout:
        self.fleet.calls[server] = 2
        return self

    def alone(self, service: str = UM) -> Rollout:
        """Have ex01 be the only one with a service."""
        self.fleet.services[EX02] -= {service}
        return self

    def believe(self, thumbprint: str) -> Rollout:
        """Have sbc01 not believe a certificate."""
        self.fleet.distrusted[thumbprint] = ["sbc01"]
        return self


def soaked(rollout: Rollout, between: timedelta) -> Rollout:
    """Two servers in turn."""
    rollout.restart().wait(between)
    return rollout.restart(EX02)


Tale = Callable[[Rollout], object]

WRONG: dict[str, tuple[str, Story, Tale]] = {
    "bound_certificate_removed": (
        "R7", Rollout(), lambda s: s.certificate(NEW, gone=False).bind().certificate(NEW, gone=True)
    ),
    "foreign_certificate_removed": (
        "R2", Rollout(declared=ALLOWED), lambda s: s.certificate(OLD, gone=True)
    ),
    "trust_taken_away": (
        "R7",
        Rollout(),
        lambda s: s.effect("Remove-Item", f"{EX01}\\Root\\{OLD}", {"Subject": "CN=CA"}, None,
                           kind="TrustedCertificate"),
    ),
    "bound_before_trusted": ("R6", Rollout(declared=ALLOWED).believe(NEW), lambda s: s.bind()),
    "service_without_certificate": ("R8", Rollout(), lambda s: s.mode().drain().stop()),
    "mode_and_binding_apart": ("R8", Rollout(), lambda s: s.mode().mode(server=EX02)),
    "restarted_before_it_arrived": (
        "R9",
        Rollout(),
        lambda s: s.mode().bind(OLD).settings("UMCertificateThumbprint", OLD, NEW, late=True).stop(),
    ),
    "calls_cut": ("R10", Rollout(declared=ALLOWED).calls_on(), lambda s: s.drain().stop()),
    "call_router_undrained": ("R10", Rollout(declared=ALLOWED), lambda s: s.stop(UM_CALL_ROUTER)),
    "over_budget": ("R11", Rollout(declared=ALLOWED).outage(), lambda s: s.drain()),
    "last_of_its_service": (
        "R11",
        Rollout(declared=replace(ALLOWED, max_unavailable=2)).outage(),
        lambda s: s.stop(),
    ),
    "only_one_outside_the_window": ("R12", Rollout(declared=CLOSED).alone(), lambda s: s.stop()),
    "begun_outside_the_window": ("R26", Rollout(declared=CLOSED), lambda s: s.drain()),
    "foreign_requester": ("R14", Rollout(declared=ALLOWED), lambda s: s.say("Draining", who="Maintenance")),
    "touched_in_maintenance": (
        "R14",
        Rollout(declared=ALLOWED),
        lambda s: s.say("Inactive", who="Maintenance", by="administrator").drain(),
    ),
    "activated_before_ready": (
        "R15", Rollout(declared=ALLOWED), lambda s: s.drain().stop().start().activate()
    ),
    "begun_before_the_soak_was_over": (
        "R16", Rollout(declared=replace(ALLOWED, soak=10 * MINUTE)), lambda s: soaked(s, 9 * MINUTE)
    ),
    "tried_again": ("R17", Rollout(), lambda s: s.bind(NEW, OLD).bind(OLD, NEW).bind(NEW, OLD)),
}  # fmt: skip

ALSO_WRONG: dict[str, tuple[str, Story, Tale]] = {
    "a drain between mode and binding": ("R8", Rollout(declared=ALLOWED), lambda s: s.mode().drain()),
    "a start without a certificate": ("R8", Rollout(declared=ALLOWED), lambda s: s.mode().start()),
    "a second server right after the first": (
        "R11", Rollout(declared=ALLOWED), lambda s: s.drain().stop().drain(EX02)
    ),
    "two UM services at once with a larger budget": (
        "R11",
        Rollout(declared=replace(ALLOWED, max_unavailable=2)),
        lambda s: s.drain().stop().drain(EX02).stop(server=EX02),
    ),
    "calls cut before the time to wait was over": (
        "R10",
        Rollout(declared=replace(ALLOWED, cuts_calls=True)).calls_on(),
        lambda s: s.drain().wait(29 * MINUTE).stop(),
    ),
    "a person's drain with our requester ended": (
        "R14",
        Rollout(declared=ALLOWED),
        lambda s: s.say("Draining", by="administrator").activate(),
    ),
    "a server that is not in scope": (
        "R2", Rollout(declared=replace(ALLOWED, servers=frozenset({EX02}))), lambda s: s.drain()
    ),
    "a server taken out while nothing may be written": (
        "R3", Rollout(declared=replace(ALLOWED, writes=False)), lambda s: s.drain()
    ),
    "a sequence begun while the server is held": (
        "R25", Rollout(declared=replace(ALLOWED, held={EX01: None})), lambda s: s.drain()
    ),
    "a mode tried again after it was taken back": (
        "R17", Rollout(), lambda s: s.mode().mode("TCP", "Dual").mode()
    ),
    "another property of a service": (
        "R2",
        Rollout(declared=ALLOWED),
        lambda s: s.change("UMService", EX01, "MaxCallsAllowed", 100, 50),
    ),
}  # fmt: skip

RIGHT: dict[str, tuple[Story, Tale]] = {
    "a certificate imported, mode and binding as a unit, then the sequence": (
        Rollout(declared=ALLOWED), lambda s: s.certificate(NEW, gone=False).mode().bind().restart()
    ),
    "two servers in turn with a soak between": (
        Rollout(declared=replace(ALLOWED, soak=10 * MINUTE)), lambda s: soaked(s, 10 * MINUTE)
    ),
    "a rollback to what was there": (
        Rollout(declared=ALLOWED), lambda s: s.bind(NEW, OLD).restart().bind(OLD, NEW).restart()
    ),
    "calls cut where that is allowed when the time to wait is over": (
        Rollout(declared=replace(ALLOWED, cuts_calls=True)).calls_on(),
        lambda s: s.drain().wait(30 * MINUTE).stop(),
    ),
    "the only server inside the window": (
        Rollout(declared=ALLOWED).alone().alone(UM_CALL_ROUTER), lambda s: s.restart()
    ),
    "an outage that began just now": (
        Rollout(declared=ALLOWED).outage(since=MINUTE / 2), lambda s: s.drain()
    ),
    "a server finished although another one went down since it was begun": (
        Rollout(declared=ALLOWED),
        lambda s: s.drain().wait(5 * MINUTE).outage(since=2 * MINUTE).stop().start(),
    ),
    "an outage of a server that is not in scope": (
        Rollout(declared=replace(ALLOWED, servers=frozenset({EX01}))).outage(), lambda s: s.drain()
    ),
    "a restart by a person, of everything at once": (
        Rollout(declared=CLOSED),
        lambda s: s.stop(by="administrator").stop(server=EX02, by="administrator"),
    ),
    "a maintenance that a person begins while we have the server": (
        Rollout(declared=ALLOWED),
        lambda s: s.drain().say("Inactive", who="Maintenance", by="administrator").stop().start(),
    ),
    "a device that does not believe, of which somebody says that it may": (
        Rollout(declared=replace(ALLOWED, attested=frozenset({"sbc01"}))).believe(NEW), lambda s: s.bind()
    ),
    "a renewal for a device that believed the certificate before as little": (
        Rollout(declared=ALLOWED).believe(NEW).believe(OLD), lambda s: s.bind(NEW, OLD)
    ),
    "a certificate of ours removed when nothing uses it": (
        Rollout(declared=ALLOWED),
        lambda s: s.certificate(OLD, gone=False).certificate(OLD, gone=True),
    ),
}  # fmt: skip
