"""What a sequence waits for because a revision is rejected, or may have to be (R16, R17, R19)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import timedelta

from um_operator.api.reasons import Reason
from um_operator.observed.rollout import Issuance
from um_operator.planning.plan import Wait
from um_operator.planning.rollout import evidence
from um_operator.planning.rollout.beginning import Beginning
from um_operator.planning.rollout.server import ServerCase
from um_operator.planning.steps.certificate import ConfigureService
from um_operator.planning.view import View, known_rows


def nothing_rejected(beginning: Beginning) -> Iterator[Wait]:
    """Hold while this revision is rejected: the next server is not touched, but for its way back (R17)."""
    case = beginning.view.rollout.certificates[beginning.step.owner]
    if beginning.takes_back:
        return
    for key, rejection in sorted(case.rejected.items()):
        if case.wanted is not None and rejection.revision == case.wanted.number and key in case.servers:
            why = (
                rejection.message
                if rejection.by_a_person
                else f'"{key}" could not serve it ({rejection.message})'
            )
            yield Wait(Reason.REJECTED, f'revision "{rejection.revision}" is rejected: {why}', key)
            return


def without_evidence(beginning: Beginning) -> Iterator[Wait]:
    """Hold when a server that was restarted in this rollout shows that calls fail (R16).

    Against a way back only servers speak that took it already: what the others report is why it is taken.
    """
    view = beginning.view
    issuance = view.rollout.certificates[beginning.step.owner].issuance
    told = against_going_on(view.rollout.servers.values(), issuance, takes_back=beginning.takes_back)
    if told is not None:
        message = f"{told[1]}; the annotation unifiedmessaging.dev/retry-requested-at lets the rollout go on"
        yield Wait(Reason.ROLLOUT_STOPPED, message, told[0].fqdn)


def against_going_on(
    servers: Collection[ServerCase],
    issuance: Issuance | None,
    *,
    takes_back: bool = False,
    within: timedelta | None = None,
) -> tuple[ServerCase, str] | None:
    """Return the first server that shows that calls fail since it was restarted, and what it shows.

    Args:
        servers: all of them.
        issuance: in whose rollout it was; ``None``: in any.
        takes_back: whether a way back is taken, so that only those count that took it already.
        within: how long after its restart a server's word counts; ``None``: as long as it has one.
    """
    said_before = evidence.Said().union(
        *(evidence.said_by(one, is_touched=one.in_hand or _came_back(one, issuance)) for one in servers)
    )
    for other in servers:
        if not _came_back(other, issuance) or (takes_back and _is_still_to_go(other)):
            continue
        since = other.entry.activated_at
        until = since + within if since is not None and within is not None else None
        if told := evidence.against(other, said_before, until):
            return other, told
    return None


def plans_allow_the_way_back(beginning: Beginning) -> Iterator[Wait]:
    """Hold a way back to a startup mode that dial plans do not allow any more (R19)."""
    step, view = beginning.step, beginning.view
    if not isinstance(step, ConfigureService) or not step.rejects or step.mode == "Dual":
        return
    for name, security in _securities(view):
        if (security == "Unsecured") == (step.mode == "TLS"):
            reason = Reason.PLANS_UNSECURED if step.mode == "TLS" else Reason.PLANS_SECURED
            message = (
                f'startup mode "{step.mode}", which it had before, would cut off calls of dial plan "{name}"'
            )
            yield Wait(reason, message, name)
            return


def _came_back(server: ServerCase, issuance: Issuance | None) -> bool:
    """Whether a server was returned to service in the rollout of a revision."""
    since = server.entry.activated_at
    return since is not None and (issuance is None or since >= issuance.started_at)


def _is_still_to_go(server: ServerCase) -> bool:
    return bool(server.unconfigured or server.owed)


def _securities(view: View) -> Iterator[tuple[str, str]]:
    """Yield what every dial plan, declared or not, is or becomes."""
    yield from ((plan.name, plan.voip_security) for plan in known_rows(view.snapshot.dial_plans))
    yield from ((plan.name, plan.voip_security) for plan in view.desired.dial_plans)
