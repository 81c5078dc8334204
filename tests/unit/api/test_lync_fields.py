"""What may stand in a LyncIntegration, and what it means when it does not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from manifests_support import lync_document, lync_integration, problems
from um_operator.api.select import Invalid, parse

POOLS = [{"fqdn": "lyncpool01.contoso.com"}, {"fqdn": "lyncse01.contoso.com"}]


def test_the_smallest_one_names_a_pool_and_a_dial_plan_and_is_careful() -> None:
    spec = lync_integration().spec
    assert [(pool.fqdn, pool.port) for pool in spec.pools] == [("lyncpool01.contoso.com", None)]
    assert (spec.permissions.policy, spec.permissions.configuration_name) == (
        "Verify",
        "UMOperatorPermissions",
    )
    assert (spec.contacts.policy, spec.trust.policy, spec.trust.on_untrusted_peer) == (
        "Require",
        "Install",
        "Hold",
    )
    assert (spec.front_end_restart.policy, spec.front_end_restart.strategy) == ("OnApproval", "Auto")
    assert spec.front_end_restart.drain_timeout == timedelta(hours=1)
    assert (spec.mode, spec.ignore_drift) == (None, ())


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({"pools": []}, "spec.pools"),
        ({"dialPlanRefs": []}, "spec.dialPlanRefs"),
        ({"pools": [{"fqdn": "lyncpool01"}]}, 'spec.pools[0].fqdn "lyncpool01"'),
        ({"pools": [POOLS[0], POOLS[0]]}, "spec.pools"),
        ({"pools": POOLS}, "spec.dialPlanRefs: each must name its outboundGateway"),
        ({"contacts": {"pool": "lyncse01.contoso.com"}}, "spec.contacts.pool: must be one of pools"),
        ({"contacts": {"organizationalUnit": "UM Contacts"}}, "must be a distinguished name"),
        ({"permissions": {"policy": "Run"}}, "spec.permissions.server: is required for policy Run"),
        ({"frontEndRestart": {"strategy": "Pool"}}, "spec.frontEndRestart.strategy"),
        ({"deletionPolicy": "Delete"}, "spec.deletionPolicy: is not a field"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_where_it_stands(spec: dict[str, Any], problem: str) -> None:
    assert any(problem in line for line in problems(lync_document(**spec))), problems(lync_document(**spec))


def test_a_status_does_not_stand_in_a_manifest_and_is_read_back_as_it_was_written() -> None:
    pool = {
        "fqdn": "lyncpool01.contoso.com",
        "restart": "Manual",
        "quorumMargin": -1,
        "frontEnds": [{"name": "lyncfe01.contoso.com", "state": "Running", "trust": "Trusted"}],
    }
    contact = {"dialPlan": "L", "kind": "AutoAttendant", "number": "+4989", "present": True}
    status = {"observedGeneration": 1, "pools": [pool], "contacts": [contact], "contactCount": 1}
    resource = parse({**lync_document(), "status": status})
    assert not isinstance(resource, Invalid)
    assert {name: resource.status.declared()[name] for name in status} == status
    assert "status" not in resource.declared()
