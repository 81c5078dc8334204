"""Where gateways are looked at: the port that speaks TLS with us or is to, else that of plain SIP."""

from __future__ import annotations

from dataclasses import replace

import pytest

from model_estate import gateway_fact, plan_fact
from planning_support import NOW, group_fact
from um_operator.api.meta import ObjectKey
from um_operator.observed.fact import Known, Unknown
from um_operator.observed.snapshot import Snapshot
from um_operator.planning.places import places
from um_operator.planning.scope import GatewayScope, Scope

SBC = ObjectKey("UMIPGateway", "sbc01")
NOT_READ = Unknown("NotRead", "not understood", NOW)


def snapshot(security: str | None, *, port: int = 5060, linked: bool = True, exists: bool = True) -> Snapshot:
    """What Exchange has: a gateway at sbc01.contoso.com, linked to one plan, not understood if ``None``."""
    plan = Known(plan_fact("pbx", voipSecurity=security), NOW) if security else NOT_READ
    return replace(
        Snapshot.unread("NotRead", "not read", NOW),
        dial_plans=Known({"pbx": plan}, NOW),
        gateways=Known({"sbc01": Known(gateway_fact("SBC01", port=port), NOW)} if exists else {}, NOW),
        hunt_groups=Known((group_fact("SBC01", "PBX"),) if linked and exists else (), NOW),
    )


def declared(address: str = "new.contoso.com", port: int | None = None) -> GatewayScope:
    return GatewayScope(SBC, "sbc01", address=address, port=port, plans=frozenset({"pbx"}))


def found(snapshot: Snapshot, *gateways: GatewayScope, secured: bool = False) -> list[tuple[str, int, bool]]:
    scope = Scope(None, gateways=gateways, secured_plans=frozenset({"pbx"} if secured else ()))
    return [(place.host, place.port, place.tls) for place in places(scope, snapshot)]


def test_a_gateway_of_a_secured_plan_is_looked_at_where_exchange_has_it() -> None:
    assert found(snapshot("SIPSecured", port=5071), declared(port=5061)) == [
        ("sbc01.contoso.com", 5071, True)
    ]


def test_a_gateway_of_a_plan_that_is_not_understood_counts_as_secured() -> None:
    assert found(snapshot(None)) == [("sbc01.contoso.com", 5060, True)]


@pytest.mark.parametrize(("port", "expected"), [(None, 5061), (5071, 5071)])
def test_before_its_plan_is_secured_it_is_looked_at_where_it_will_be(port: int | None, expected: int) -> None:
    site = snapshot("Unsecured")
    assert found(site, declared(port=port), secured=True) == [("new.contoso.com", expected, True)]


def test_what_nobody_declared_stays_where_it_is_when_its_plan_becomes_secured() -> None:
    assert found(snapshot("Unsecured"), secured=True) == [("sbc01.contoso.com", 5060, True)]


def test_a_gateway_of_plans_that_stay_unsecured_is_asked_in_plain_sip() -> None:
    assert found(snapshot("Unsecured"), declared(port=5070)) == [("sbc01.contoso.com", 5060, False)]


@pytest.mark.parametrize(("secured", "port"), [(True, 5061), (False, 5060)])
def test_a_gateway_that_exchange_does_not_have_yet_is_looked_at_as_declared(secured: bool, port: int) -> None:
    site = snapshot("Unsecured", exists=False)
    assert found(site, declared(), secured=secured) == [("new.contoso.com", port, secured)]


def test_what_is_neither_declared_nor_linked_is_left_alone() -> None:
    assert found(snapshot("SIPSecured", linked=False)) == []
