"""Plans of a folder against what a cluster has. Loads the cluster's client, which others do without."""

from __future__ import annotations

from dataclasses import replace

from um_operator.app import live
from um_operator.cli import run
from um_operator.cli.notices import skipped_lines
from um_operator.cli.place import Cluster
from um_operator.cli.progress import working
from um_operator.cli.render_against import Against
from um_operator.cli.render_plan import OrganizationPlan
from um_operator.kube.login import Credentials
from um_operator.local.manifests import read_manifests
from um_operator.remoting import connect_to


async def plans(where: run.Where, cluster: Cluster, *, prune: bool) -> list[OrganizationPlan]:
    """Plan what applying the folder would do in Exchange; writes nothing anywhere.

    ``prune``: whether what the folder does not have is deleted in the cluster.

    Raises:
        ManifestsError, LocalError, PortError, ConnectToError, ConnectionSettingsError, ClockRefusedError:
            one of them cannot be used.
    """
    rules = connect_to.parse(where.connect_to or ())
    manifests = read_manifests(where.sources)
    skipped_lines(manifests)
    credentials = Credentials(cluster.kubeconfig, cluster.context)
    made = []
    with connect_to.installed(rules):
        async with live.opened(
            manifests,
            credentials,
            cluster.namespace,
            prune=prune,
            choose_clock=lambda organizations: run.clock_of(organizations, rules),
        ) as workspace:
            for target in workspace.targets:
                with working(f'Reading organization "{target.name}"'):
                    look = await run.look(workspace, target)
                planned = run.organization_plan(workspace, target, look.snapshot, look.plan)
                made.append(replace(planned, against=Against(workspace.namespace, target.changes)))
    return made
