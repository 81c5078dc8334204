"""Exchange as the operator in a cluster reaches it: accounts from Secrets, records in statuses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from um_operator.api.organization import ExchangeOrganizationSpec
from um_operator.api.reasons import Reason
from um_operator.app import connection, exchange
from um_operator.app.issuing import Issuing
from um_operator.app.settings import NO_LYNC, ConnectionSettingsError, LyncSettings, Settings, settings_of
from um_operator.engine.identities import Identities
from um_operator.engine.one_pass import OnePass, Passes, Planner
from um_operator.engine.ports import Clock, Lease, OrganizationId
from um_operator.engine.unconnected import UnconnectedEstate
from um_operator.kube.certificate_requests import KubeCertificateRequests
from um_operator.kube.client import KubeClient
from um_operator.kube.errors import ForbiddenError
from um_operator.kube.events import EventPoster
from um_operator.kube.journal import LogJournal
from um_operator.kube.objects import Objects
from um_operator.kube.plans import KubePlans
from um_operator.kube.records import KubeRecords
from um_operator.kube.secrets import KubeSecrets
from um_operator.kube.status_writer import StatusWriter
from um_operator.observability.recorder import Metrics
from um_operator.planning.planner import make_plan
from um_operator.web.measured import KeptOrganization


@dataclass(frozen=True, slots=True)
class NotUsable:
    """Why an organisation cannot even be asked: a Secret, a key in it, or a CA is missing.

    ``reason``: only what is missing lets resources go that are being deleted (R3); a right that is missing,
    or a refusal of ours, does not.
    """

    message: str
    reason: Reason = Reason.DEPENDENCY_NOT_FOUND


@dataclass(frozen=True, slots=True)
class ClusterAccess:
    """The ways into Exchange for the organisations of a cluster.

    Attributes:
        kept: each organisation that is looked after, for readiness.
        refuse: says why a connection must not be made, if so: with a lab's clock only a lab may be reached.
    """

    client: KubeClient
    objects: Objects
    writer: StatusWriter
    poster: EventPoster
    lease: Lease
    clock: Clock
    metrics: Metrics
    identities: Identities
    planner: Planner = make_plan
    refuse: Callable[[Settings], str | None] = lambda _: None
    kept: dict[OrganizationId, KeptOrganization] = field(default_factory=dict)

    async def settings(self, organization: OrganizationId, spec: ExchangeOrganizationSpec) -> Hashable:
        """Return what the connection is made of, or why there can be none.

        An organisation is kept from when this is first asked: one that never gets connected is missed, too.

        Raises:
            PortError: the API server does not answer.
        """
        if organization not in self.kept:
            self.kept[organization] = self._kept(organization, spec)
        secrets = KubeSecrets(self.client, organization.namespace)
        try:
            settings = await settings_of(spec, secrets)
        except ConnectionSettingsError as error:
            return NotUsable(str(error))
        except ForbiddenError as error:
            return NotUsable(str(error), Reason.FORBIDDEN)
        refused = self.refuse(settings)
        return NotUsable(refused, Reason.ENDPOINT_UNUSABLE) if refused else settings

    def is_complete(self, settings: Hashable) -> bool:
        """Whether nothing is missing of what a connection is made of, that to Lync included."""
        if not isinstance(settings, Settings):
            return False
        return isinstance(settings.lync, LyncSettings) or settings.lync == NO_LYNC

    @asynccontextmanager
    async def opened(self, organization: OrganizationId, settings: Hashable) -> AsyncIterator[Passes]:
        """Open a connection, for as long as the block lasts; its passes are measured."""
        kept = self.kept[organization]
        if isinstance(settings, Settings):
            secrets = KubeSecrets(self.client, organization.namespace)
            issuing = Issuing(
                secrets,
                self.clock.now,
                KubeCertificateRequests(self.client, organization.namespace, self.clock.now),
            )
            observe = kept.metrics.remote_call
            async with connection.opened(settings, self.clock, secrets, issuing, observe) as way_in:
                passes = self._passes(organization, way_in)
                yield kept.measured(passes, lambda: way_in.sessions.sessions)
        else:
            assert isinstance(settings, NotUsable)
            estate = UnconnectedEstate(settings.reason, settings.message, self.clock)
            passes = self._passes(organization, exchange.NoConnection(estate))
            yield kept.measured(passes, lambda: 0)

    def left(self, organization: OrganizationId) -> None:
        """Take an organisation that is no longer looked after out of metrics and readiness."""
        kept = self.kept.pop(organization, None)
        if kept is not None:
            kept.metrics.close()

    def _kept(self, organization: OrganizationId, spec: ExchangeOrganizationSpec) -> KeptOrganization:
        metrics = self.metrics.organization(organization.namespace, organization.name)
        return KeptOrganization(metrics, spec, now=lambda: self.clock.now().timestamp())

    def _passes(self, organization: OrganizationId, way_in: exchange.WayIn) -> OnePass:
        return exchange.one_pass(
            way_in,
            records=KubeRecords(
                self.client,
                self.objects,
                self.writer,
                namespace=organization.namespace,
                organization=organization.name,
            ),
            journal=LogJournal(str(organization)),
            events=self.poster.of(organization.namespace),
            lease=self.lease,
            clock=self.clock,
            plans=KubePlans(self.client, self.objects, organization),
            identities=self.identities,
            planner=self.planner,
        )
