"""A LyncIntegration: what it lacks on the side of Exchange, on the side of Lync, and between them.

Each check looks at its own facts, so that what cannot be read of one product stops nothing of the other.
"""

from __future__ import annotations

from typing import Final

from um_operator.api.reasons import Reason
from um_operator.desired.organization import DesiredLyncIntegration
from um_operator.observed.fact import Unknown
from um_operator.planning.checks.lync_case import LyncCase
from um_operator.planning.checks.lync_contacts import contacts
from um_operator.planning.checks.lync_gateways import outcalls, pool_gateways
from um_operator.planning.checks.lync_hosts import (
    certificates,
    events,
    our_authorities,
    replication,
    their_authorities,
)
from um_operator.planning.checks.lync_members import membership
from um_operator.planning.checks.lync_plans import plans_are_sip, pools_are_fit, security_fits
from um_operator.planning.checks.obstacles import unread
from um_operator.planning.checks.verdict import NOTHING, Verdict, first, together
from um_operator.planning.plan import DIFFERS, Finding
from um_operator.planning.steps import GrantPermissions
from um_operator.planning.view import View


def examine(view: View, item: DesiredLyncIntegration) -> Verdict:
    """Return what an integration asks for that nothing keeps from being judged."""
    if view.snapshot.lync is None:
        return Verdict((Finding(item.key, "Unread", Reason.NOT_READ, "Lync was not read yet"),))
    for fact in (view.snapshot.gateways, view.snapshot.hunt_groups, view.snapshot.dial_plans):
        if isinstance(fact, Unknown):
            return unread(item.key, fact)
    case = LyncCase(item, view.snapshot.lync, view)
    return first((plans_are_sip,), case) or together(CHECKS, case)


def permissions(case: LyncCase) -> Verdict:
    """Say that Lync may not read UM's objects; run the script where that is declared (field notes 6.1)."""
    fact, spec = case.lync.permissions, case.item.spec.permissions
    if isinstance(fact, Unknown):
        return case.unread("what Lync may read of Exchange", fact.message)
    if fact.value.granted:
        return NOTHING
    missing = tuple(f"{grant.group} on {grant.container}" for grant in sorted(fact.value.missing))
    message = f"Lync may not read objects of Unified Messaging: {', '.join(missing)} ({fact.value.read_by})"
    if spec.policy == "Verify" or spec.server is None:
        asked = f"run ExchUcUtil.ps1 on an Exchange server: {message}"
        return case.person(Reason.PERMISSIONS_MISSING, asked, "permissions")
    step = GrantPermissions(owner=case.item.key, server=spec.server, forest=spec.forest, missing=missing)
    return case.differs(DIFFERS, message, "permissions", "Granted", "Missing", step)


CHECKS: Final = (
    pools_are_fit,
    security_fits,
    membership,
    pool_gateways,
    outcalls,
    permissions,
    contacts,
    certificates,
    our_authorities,
    their_authorities,
    replication,
    events,
)
