"""Exchange servers with certificates beside a Lync pool: who has to trust whom, and in which order."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

from lync_support import LYNC_OF_ORGANIZATION, POOL, SECURED, LyncEstate, sip_plan
from manifests_support import lync_integration
from model_estate import gateway_fact
from planning_support import NOW, group_fact
from rollout_reading import UM
from rollout_support import Site
from um_operator.observed.fact import Known
from um_operator.observed.snapshot import Snapshot
from um_operator.planning.plan import PlannedStep
from um_operator.planning.steps import InstallLyncTrust, JoinDialPlans


@dataclass(frozen=True)
class LyncSite(Site):
    """A site whose servers an Enterprise pool calls; it is read and changed with the servers."""

    lync: LyncEstate = field(default_factory=LyncEstate)

    @classmethod
    def calling(cls, *names: str, **spec: Any) -> Self:
        """Return fresh servers under a UMCertificate and a LyncIntegration; ``spec`` is of the latter."""
        site = cls.of(*names, org={"lync": LYNC_OF_ORGANIZATION})
        return replace(
            site,
            resources=(*site.resources, sip_plan(), lync_integration(**spec)),
            plans=(SECURED,),
            gateways=(gateway_fact("pool", address=POOL, port=5061),),
            groups=(group_fact("pool", "Contoso-Lync"),),
            bundles={UM: Known(frozenset(), NOW)},
        )

    @cached_property
    def snapshot(self) -> Snapshot:
        """Return everything as read now."""
        return replace(super().snapshot, lync=self.lync.lync(self.now))

    def broken_off(self, planned: PlannedStep, *, effect: bool = True) -> Self:
        """Return the site after the effect of a step, one on Lync as well; not read yet."""
        on_lync = isinstance(planned.step, InstallLyncTrust)
        assert not isinstance(planned.step, JoinDialPlans), "the servers of this model join no plan"
        site = super().broken_off(planned, effect=effect and not on_lync)
        return replace(site, lync=self.lync.after(planned.step)) if on_lync and effect else site
