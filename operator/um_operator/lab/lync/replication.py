"""Get-CsManagementStoreReplicationStatus and Invoke-CsManagementStoreReplication."""

from __future__ import annotations

from um_operator.lab.binding import Parameter
from um_operator.lab.lync.call import LyncCall, cmdlet
from um_operator.lab.lync.store import REPORTS
from um_operator.lab.values import STRING


async def _get(call: LyncCall) -> None:
    store = call.deployment.store
    asked: str | None = call.value("ReplicaFqdn")
    found = [one for one in store.replicas if asked is None or one.fqdn == asked.lower()]
    if asked is not None and not found:
        raise call.not_found("Replica", asked)
    for replica in found:
        front_end = call.deployment.front_end(replica.fqdn)
        release = call.deployment.pools[front_end.pool].spec.release if front_end else None
        call.output(
            "Deployment.ReplicationStatus",
            replica.fqdn,
            {
                "UpToDate": store.is_up_to_date(replica),
                "ReplicaFqdn": replica.fqdn,
                "LastStatusReport": call.deployment.clock.now() - REPORTS / 2,
                "LastUpdateCreation": replica.got,
                "ProductVersion": f"{release.build}.0" if release else None,
            },
        )


async def _invoke(call: LyncCall) -> None:
    """Ask for replication: it begins now and takes its time all the same."""


CMDLETS = (
    cmdlet(
        "Get-CsManagementStoreReplicationStatus",
        _get,
        Parameter("ReplicaFqdn", STRING, position=0),
        namespace="Deployment",
    ),
    cmdlet(
        "Invoke-CsManagementStoreReplication",
        _invoke,
        Parameter("ReplicaFqdn", STRING, position=0),
        namespace="Deployment",
    ),
)
