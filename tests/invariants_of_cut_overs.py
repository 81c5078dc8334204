"""Seeded journals of cut-overs: ports and dial plans, in the right order and in wrong ones (R16, R18)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from invariants_support import DECLARED, Story
from um_operator.lab.invariants.declared import Declared, DialPlan

Tale = Callable[[Any], object]

MINUTE = timedelta(minutes=1)
SERVERS = frozenset({"ex01.contoso.com", "ex02.contoso.com"})
SOAK = replace(DECLARED, servers=SERVERS, soak=10 * MINUTE)
CLOSED = replace(DECLARED, window=lambda _: False)
OBSERVED = replace(DECLARED, writes=False)
NOT_DECLARED = replace(
    DECLARED, gateways={"sbc01": replace(DECLARED.gateways["sbc01"], properties=frozenset())}
)


def port(s: Story, before: int = 5060, after: int = 5061, **by: str) -> Story:
    """Set the port of the gateway of PBX."""
    return s.change("UMIPGateway", "sbc01", "Port", before, after, **by)


def secure(s: Story, plan: str = "PBX", before: str = "Unsecured", after: str = "SIPSecured") -> Story:
    """Set the security of a plan."""
    return s.change("UMDialPlan", plan, "VoIPSecurity", before, after)


def dual(s: Story) -> Story:
    """Have servers speak TLS as well, by a person."""
    for server in sorted(SERVERS):
        for noun in ("UMService", "UMCallRouterSettings"):
            s.change(noun, server, "UMStartupMode", "TCP", "Dual", by="administrator")
            s.change(noun, server, "UMCertificateThumbprint", None, "A1", by="administrator")
    return s


def distrusted(declared: Declared = SOAK) -> Story:
    """Return a story in which the gateway does not believe what servers are bound to."""
    story = Story(declared=declared)
    story.fleet.distrusted["A1"] = ["sbc01"]
    return story


def another_first(s: Story) -> None:
    """Secure another plan, and PBX a minute later."""
    port(s)
    secure(s, "Legacy").wait(MINUTE)
    secure(s)


WRONG: dict[str, tuple[str, Story, Tale]] = {
    "secured_before_the_ports": ("R18", Story(), secure),
    "secured_with_an_address": (
        "R18",
        Story(),
        lambda s: secure(s.change("UMIPGateway", "sbc01", "Address", "sbc01.contoso.com", "10.0.0.7")),
    ),
    "secured_before_trusted": ("R18", distrusted(), lambda s: secure(port(dual(s)))),
    "secured_beside_another": ("R16", Story(declared=SOAK), another_first),
    "port_not_followed": (
        "R18",
        Story(),
        lambda s: secure(port(s).wait(6 * MINUTE), "Legacy", "Secured", "Unsecured"),
    ),
}

ALSO_WRONG: dict[str, tuple[str, Story, Tale]] = {
    "a server in TCP beside others in Dual": (
        "R18",
        Story(declared=SOAK),
        lambda s: secure(
            port(dual(s).change("UMService", "ex02.contoso.com", "UMStartupMode", "Dual", "TCP"))
        ),
    ),
    "a way back long after it worked, outside the window": (
        "R26",
        Story(declared=CLOSED),
        lambda s: secure(secure(port(dual(s))).wait(180 * MINUTE), before="SIPSecured", after="Unsecured"),
    ),
    "another port than before, undeclared": (
        "R2",
        Story(declared=NOT_DECLARED),
        lambda s: port(port(s), 5061, 5070),
    ),
}

RIGHT: dict[str, tuple[Story, Tale]] = {
    "the port, then the plan": (Story(declared=SOAK), lambda s: secure(port(dual(s)))),
    "the port, and back when the plan cannot follow": (
        Story(declared=NOT_DECLARED), lambda s: port(port(dual(s)).wait(MINUTE), 5061, 5060)
    ),
    "the way back when calls fail, whenever that is": (
        Story(declared=NOT_DECLARED),
        lambda s: [
            secure(port(dual(s))).wait(35 * MINUTE),
            s.invariants.declare(replace(CLOSED, writes=False, held={"PBX": None, "sbc01": None})),
            port(secure(s, before="SIPSecured", after="Unsecured"), 5061, 5060),
        ],
    ),
    "a plan that waits for the soak of another one": (
        Story(declared=SOAK),
        lambda s: [
            s.change("UMIPGateway", "legacy-pbx", "Port", 5060, 5061, by="administrator"),
            secure(port(dual(s))).wait(11 * MINUTE),
            s.invariants.declare(replace(SOAK, dial_plans=dict.fromkeys(("PBX", "Legacy"), DialPlan()))),
            secure(s, "Legacy"),
        ],
    ),
}  # fmt: skip
