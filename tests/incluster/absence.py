"""What is declared, changed and deleted while nobody could hear of it, and what has to come of that."""

from __future__ import annotations

from typing import Final

from estate.harness import hunt_groups, live
from estate.manifests import dial_plan, gateway, organization
from incluster.harness import Cluster, Reference, secret
from um_operator.lab.estate import Lab

OWNER: Final[Reference] = ("ExchangeOrganization", "default")
PLAN: Final[Reference] = ("UMDialPlan", "hq")
CHANGED: Final[Reference] = ("UMIPGateway", "sbc01")
ORPHANED: Final[Reference] = ("UMIPGateway", "cube01")
DELETED: Final[Reference] = ("UMIPGateway", "spare01")
ADDED: Final[Reference] = ("UMIPGateway", "kamailio01")


async def declare(cluster: Cluster, lab: Lab) -> None:
    """Declare a plan and three gateways: one to be changed, one to be let go, one to be deleted."""
    await cluster.apply(secret(lab), organization(replicationGrace="4m"), dial_plan("hq"))
    await cluster.apply(gateway("sbc01", ("hq", "4900"), port=5060), gateway("cube01", ("hq", "4901")))
    await cluster.apply(gateway("spare01", ("hq", "4902"), deletionPolicy="Delete"))


async def change(cluster: Cluster) -> None:
    """Change one gateway, let one go, delete one and declare another one."""
    await cluster.patch(*CHANGED, {"spec": {"outcallsAllowed": False}})
    await cluster.delete(*ORPHANED)
    await cluster.delete(*DELETED)
    await cluster.apply(gateway("kamailio01", ("hq", "4903")))


def assert_changed(lab: Lab) -> None:
    """Assert that Exchange has what was changed, and not the port that somebody set by hand meanwhile."""
    found = live(lab, "UMIPGateway", "sbc01")
    assert (found["Port"], found["OutcallsAllowed"]) == (5060, False)
    assert hunt_groups(lab, "kamailio01") == {("hq", "4903")}


async def assert_left_alone(cluster: Cluster, lab: Lab, word: str) -> None:
    """Assert that a full pass, asked for by ``word``, touches nothing of what was let go."""
    lab.change("Set-UMIPGateway", Identity="cube01", OutcallsAllowed=False)
    effects = len(lab.journal.effects)
    await cluster.reconciled(word)
    assert len(lab.journal.effects) == effects, "what nobody declares any more is left alone"
    assert hunt_groups(lab, "cube01") == {("hq", "4901")}
