"""The one function that computes every status: what is declared, read, remembered and planned, in words.

Times change only with what they are about: a status that says the same is the same status.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from um_operator.api.certificate_status import UMCertificateStatus
from um_operator.api.condition import Condition
from um_operator.api.lync_status import LyncIntegrationStatus
from um_operator.api.meta import ObjectKey
from um_operator.api.select import Invalid
from um_operator.api.status import (
    ExchangeOrganizationStatus,
    Status,
    UMDialPlanStatus,
    UMIPGatewayStatus,
)
from um_operator.desired.organization import (
    DesiredCertificate,
    DesiredDialPlan,
    DesiredGateway,
    DesiredLyncIntegration,
    DesiredOrganization,
)
from um_operator.observed.fact import Known
from um_operator.observed.ledger import Ledger
from um_operator.observed.snapshot import Snapshot
from um_operator.planning.plan import Plan
from um_operator.planning.status import (
    certificate,
    certificate_judgement,
    dial_plan,
    gateway,
    lync,
    lync_judgement,
)
from um_operator.planning.status.judgement import judge
from um_operator.planning.status.organization import organization_statements, organization_status
from um_operator.planning.status.passed import Passed
from um_operator.planning.status.situation import Failure, Situation, Statement
from um_operator.planning.status.stamped import stamped
from um_operator.planning.status.unjudged import invalid
from um_operator.planning.view import View

S = TypeVar("S", bound=Status)


def statuses(  # noqa: PLR0917 - one argument a source, in the order in which a pass makes them
    desired: DesiredOrganization,
    observed: Snapshot,
    ledger: Ledger,
    plan: Plan,
    failures: Mapping[ObjectKey, Failure],
    previous: Mapping[ObjectKey, Status],
    now: datetime,
    passed: Passed = Passed(),  # noqa: B008 - frozen
) -> Mapping[ObjectKey, Status]:
    """Return the status of every resource of an organisation.

    Args:
        desired: what is declared.
        observed: what was read.
        ledger: what is remembered.
        plan: what was decided.
        failures: for a resource, a step of it that did not succeed.
        previous: the statuses as last written, for times that stay.
        now: the instant of the judgement (aware).
        passed: what the pass did besides.
    """
    view = View.at(desired, observed, ledger, now, now)
    known = all(isinstance(fact, Known) for fact in observed.organization_lists)
    passed = replace(passed, read_everything=passed.read_everything and known)
    writer = _Writer(view, plan, failures, previous, passed)
    invalid = {item.key: writer.invalid(item.key, item) for item in desired.invalid if item.key is not None}
    return {
        desired.key: writer.organization(),
        **writer.objects(),
        **writer.certificates(),
        **writer.lync(),
        **invalid,
    }


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes statuses for one instant."""

    view: View
    plan: Plan
    failures: Mapping[ObjectKey, Failure]
    previous: Mapping[ObjectKey, Status]
    passed: Passed

    def organization(self) -> ExchangeOrganizationStatus:
        """Return the status of the organisation."""
        desired = self.view.desired
        statements = organization_statements(self.view, self.plan, self.passed)
        conditions = self._conditions(desired.key, desired.generation, statements)
        before = self._before(desired.key, ExchangeOrganizationStatus)
        return organization_status(self.view, self.plan, conditions, before, self.passed)

    def objects(self) -> Mapping[ObjectKey, Status]:
        """Return the statuses of all plans and gateways."""
        desired = self.view.desired
        situations = {
            **{item.key: self._situation(item) for item in desired.dial_plans},
            **{item.key: self._situation(item) for item in desired.gateways},
        }
        judged = {key: judge(situation) for key, situation in situations.items()}
        ready = {key: statements[0] for key, statements in judged.items()}
        for one in desired.lync_integrations:
            ready[one.key] = lync_judgement.judge(self._situation(one))[0]
        found: dict[ObjectKey, Status] = {}
        for plan in desired.dial_plans:
            conditions = self._conditions(plan.key, plan.generation, judged[plan.key])
            before = self._before(plan.key, UMDialPlanStatus)
            found[plan.key] = dial_plan.dial_plan_status(
                situations[plan.key], plan, conditions, before, ready
            )
        for item in desired.gateways:
            conditions = self._conditions(item.key, item.generation, judged[item.key])
            found[item.key] = gateway.gateway_status(
                situations[item.key], item, conditions, self._before(item.key, UMIPGatewayStatus)
            )
        return found

    def certificates(self) -> Mapping[ObjectKey, Status]:
        """Return the statuses of all certificates."""
        found: dict[ObjectKey, Status] = {}
        for item in self.view.desired.certificates:
            situation = self._situation(item)
            statements = certificate_judgement.judge(situation)
            conditions = self._conditions(item.key, item.generation, statements)
            before = self._before(item.key, UMCertificateStatus)
            found[item.key] = certificate.certificate_status(situation, conditions, before)
        return found

    def lync(self) -> Mapping[ObjectKey, Status]:
        """Return the statuses of all integrations with Lync."""
        found: dict[ObjectKey, Status] = {}
        for item in self.view.desired.lync_integrations:
            situation = self._situation(item)
            conditions = self._conditions(item.key, item.generation, lync_judgement.judge(situation))
            before = self._before(item.key, LyncIntegrationStatus)
            found[item.key] = lync.lync_status(situation, item, conditions, before)
        return found

    def invalid(self, key: ObjectKey, item: Invalid) -> Status:
        """Return the status of a resource that cannot be used."""
        return invalid(item, key, self.previous.get(key), self.view.now)

    def _situation(
        self, item: DesiredDialPlan | DesiredGateway | DesiredCertificate | DesiredLyncIntegration
    ) -> Situation:
        as_declared = ""
        if isinstance(item, DesiredDialPlan):
            as_declared = dial_plan.as_declared(self.view, item)
        elif isinstance(item, DesiredGateway):
            as_declared = gateway.as_declared(self.view, item)
        elif isinstance(item, DesiredLyncIntegration):
            as_declared = lync.as_declared(self.view, item)
        return Situation(
            item=item,
            view=self.view,
            findings=self.plan.findings_of(item.key),
            steps=self.plan.of(item.key),
            failure=self.failures.get(item.key),
            as_declared=as_declared,
            passed=self.passed,
        )

    def _conditions(
        self, key: ObjectKey, generation: int, statements: Iterable[Statement]
    ) -> tuple[Condition, ...]:
        return stamped(statements, self.previous.get(key), generation, self.view.now)

    def _before(self, key: ObjectKey, kind: type[S]) -> S | None:
        before = self.previous.get(key)
        return before if isinstance(before, kind) else None
