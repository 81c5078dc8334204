"""Twelve servers of 2013 and 2016, roles apart and together, brought to certificates and to the next ones.

While calls go on, one manifest leads from factory defaults to what is wanted on every wire. Only the lab's
onlooker judges what was allowed to happen on the way.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from estate.harness import Operator, declaring
from estate.test_certificates import ORGANIZATION, document, told
from estate.wire import on_the_wire
from um_operator.lab.clock import Clock
from um_operator.lab.estate import EstateSpec, Lab
from um_operator.lab.hosts.times import ServiceTimes
from um_operator.lab.presets import mixed
from um_operator.lab.variants import Variants

pytestmark = pytest.mark.timeout(1800)

CALL_ROUTERS = [f"cas0{number}.contoso.com" for number in range(1, 4)]
MAILBOX = [f"mbx0{number}.contoso.com" for number in range(1, 4)]
BOTH_ROLES = [f"ex{number}.contoso.com" for number in ("01", "02", 10, 11, 12, 13)]
SERVERS = [*CALL_ROUTERS, *MAILBOX, *BOTH_ROLES]
OTHER_PORT = {"ex13.contoso.com": 5161}
"""Of call routers whose SipTlsListeningPort is not the default."""
ENDPOINTS = [f"http://ex1{number}.contoso.com/PowerShell/" for number in range(4)]
ORGANIZATION_OF_TWELVE: dict[str, Any] = {
    **ORGANIZATION,
    "exchange": {**ORGANIZATION["exchange"], "endpoints": ENDPOINTS},
    "servers": {"exclude": ["exold.contoso.com"]},
}
CERTIFICATE = {"issuer": {"ca": {}}, "servers": {"include": SERVERS}}
WITHIN = timedelta(hours=12)
VARIANTS = dict(Variants.each())


def documents(**annotations: str) -> tuple[dict[str, Any], ...]:
    return (
        document("ExchangeOrganization", "default", ORGANIZATION_OF_TWELVE),
        document("UMCertificate", "um", CERTIFICATE, **annotations),
    )


def started(estate: EstateSpec, variants: Variants) -> Any:
    times = ServiceTimes.fixed(5)
    return Lab.start(estate, clock=Clock(rate=10.0), variants=variants, times=times, seed=7)


async def deploy(lab: Lab, operator: Operator) -> dict[str, str]:
    """Return what each server shall serve, once it does."""
    status = told(await operator.apply(within=WITHIN))
    assert [(one.type, one.status) for one in status.conditions] == [("Ready", "True")]
    wanted = {row.name: row.wanted or "" for row in status.servers}
    for fqdn, thumbprint in wanted.items():
        assert {await on_the_wire(lab, fqdn, port) for port in ports(fqdn)} == {thumbprint}
    return wanted


def ports(fqdn: str) -> list[int]:
    """Return where a server speaks TLS, by its roles."""
    um = [] if fqdn in CALL_ROUTERS else [5063]
    return um if fqdn in MAILBOX else [*um, OTHER_PORT.get(fqdn, 5061)]


@pytest.mark.parametrize("name", VARIANTS)
async def test_one_manifest_leads_to_what_is_wanted_on_every_wire(name: str, tmp_path: Path) -> None:
    async with started(mixed(), VARIANTS[name]) as lab:
        assert sorted(await deploy(lab, declaring(lab, tmp_path, *documents()))) == sorted(SERVERS)
        lab.invariants.check()
        lab.invariants.check_end()


@pytest.mark.parametrize("name", ["defaults", "others"])
async def test_every_server_is_renewed_while_calls_go_on(name: str, tmp_path: Path) -> None:
    async with started(mixed(), VARIANTS[name]) as lab:
        operator = declaring(lab, tmp_path, *documents())
        first = await deploy(lab, operator)
        operator.declare(*documents(**{"unifiedmessaging.dev/renew-requested-at": "2026-01-05T12:00:00Z"}))
        assert not set(first.values()) & set((await deploy(lab, operator)).values())
        lab.invariants.check()
        lab.invariants.check_end()
