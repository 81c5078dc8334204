"""Rules across the fields of a LyncIntegration."""

from __future__ import annotations

from typing import Any, Final

from um_operator.api.lync_integration import LyncIntegrationSpec
from um_operator.api.rule import Rule


def _outbound_gateways_named(spec: LyncIntegrationSpec) -> bool:
    return len(spec.pools) == 1 or all(ref.outbound_gateway is not None for ref in spec.dial_plan_refs)


def _contacts_in_a_pool(spec: LyncIntegrationSpec) -> bool:
    return spec.contacts.pool is None or spec.contacts.pool in {pool.fqdn for pool in spec.pools}


LYNC_RULES: Final[tuple[Rule[Any], ...]] = (
    Rule(
        LyncIntegrationSpec,
        "dialPlanRefs",
        "self.pools.size() == 1 || self.dialPlanRefs.all(d, has(d.outboundGateway))",
        _outbound_gateways_named,
        "each must name its outboundGateway where there are several pools: one gateway a plan places calls",
    ),
    Rule(
        LyncIntegrationSpec,
        "contacts.pool",
        "!has(self.contacts.pool) || self.pools.exists(p, p.fqdn == self.contacts.pool)",
        _contacts_in_a_pool,
        "must be one of pools",
    ),
    Rule(
        LyncIntegrationSpec,
        "permissions.server",
        "self.permissions.policy != 'Run' || has(self.permissions.server)",
        lambda self: self.permissions.policy != "Run" or self.permissions.server is not None,
        "is required for policy Run: the Exchange server on which ExchUcUtil.ps1 runs",
    ),
)
