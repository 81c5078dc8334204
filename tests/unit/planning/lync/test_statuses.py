"""What is told of an integration: pools, contacts, permissions, members, and who has to do something."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from front_end_support import owing, pool_world
from lync_support import CONTACT, EX01, JOINED, LYNC, POOL, SECURED, LyncEstate, estate, world
from model_estate import gateway_fact, plan_fact
from planning_support import NOW, World, group_fact
from um_operator.api.lync_status import LyncIntegrationStatus
from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.api.status import UMDialPlanStatus
from um_operator.observed.fact import Unknown
from um_operator.planning.conditions import statuses
from um_operator.planning.plan import DIFFERS, Finding, Plan

GATEWAY = gateway_fact("pool", address=POOL, port=5061, outcallsAllowed=True)
LINK = group_fact("pool", "Contoso-Lync", "Contoso-Lync")


def told(at: World, plan: Plan | None = None) -> LyncIntegrationStatus:
    """Return the status of the integration."""
    found = statuses(at.desired, at.snapshot, at.ledger, plan or at.plan, {}, {}, at.now)[LYNC]
    assert isinstance(found, LyncIntegrationStatus)
    return found


def integrated(**facts: Any) -> LyncEstate:
    """Return an estate in which nothing is missing but what a test takes away."""
    given: dict[str, Any] = {"members": JOINED, "missing": frozenset(), "contacts": (CONTACT,)}
    return estate(SECURED, GATEWAY, LINK, **{**given, **facts})


def conditions(status: LyncIntegrationStatus) -> dict[str, tuple[str, str]]:
    return {one.type: (one.status, one.reason) for one in status.conditions}


def messages(status: LyncIntegrationStatus) -> dict[str, str]:
    return {one.type: one.message for one in status.conditions}


def nothing_found(at: World) -> Plan:
    """Return the plan without findings: what a test of words alone begins with."""
    return replace(at.plan, findings=(), steps=())


def found(at: World, weight: Any, reason: str, message: str, path: str = "") -> Plan:
    """Return a plan that found one thing of the integration."""
    return replace(nothing_found(at), findings=(Finding(LYNC, weight, reason, message, path),))


def test_what_was_read_of_a_pool_and_its_front_ends_is_shown() -> None:
    status = told(world(integrated()))
    (pool,) = status.pools
    assert (pool.fqdn, pool.edition, pool.version) == (POOL, "Enterprise", "5.0.8308.0")
    assert (pool.media_encryption, pool.gateway, pool.outcalls_allowed) == ("RequireEncryption", "pool", True)
    assert (pool.running_count, pool.quorum_margin) == (3, 1)
    assert [one.state for one in pool.front_ends] == ["Running"] * 3
    assert {one.not_after for one in pool.front_ends} == {"2028-11-25T12:00:00Z"}
    assert {one.trust for one in pool.front_ends} == {"Unknown"}


def test_an_integration_in_which_nothing_differs_is_ready_and_says_what_of() -> None:
    at = world(integrated())
    status = told(at, nothing_found(at))
    assert conditions(status) == {"Ready": ("True", "UpToDate")}
    assert messages(status)["Ready"] == "1 pool and 1 dial plan are integrated, 1 of 1 contacts exist"
    assert (status.contact_count, status.missing_contact_count, status.pool_count) == (1, 0, 1)
    assert status.permissions is not None
    assert status.permissions.state == "Granted"
    assert [(one.name, one.dial_plans_joined) for one in status.servers] == [(EX01, "True")]


def test_a_missing_contact_is_counted_and_a_person_is_told_what_to_type() -> None:
    at = world(integrated(contacts=()))
    instructions = [one.message for one in at.plan.findings_of(LYNC) if one.reason == "ContactsMissing"]
    status = told(at, found(at, "Pending", "ContactsMissing", instructions[0], "contacts"))
    assert conditions(status) == {
        "Ready": ("False", "ManualActionRequired"),
        "ManualActionRequired": ("True", "ContactsMissing"),
    }
    assert messages(status)["Ready"] == "1 of 1 contacts is missing"
    assert "OcsUmUtil.exe" in messages(status)["ManualActionRequired"]
    assert [(one.number, one.present) for one in status.contacts] == [("+4989555004900", False)]


def test_front_ends_restart_after_the_contacts_that_people_make() -> None:
    status = told(pool_world().when(contacts=()))
    assert conditions(status)["RestartPending"] == ("True", "WaitingForContacts")
    assert messages(status)["RestartPending"].startswith("after the contacts exist: ")
    assert conditions(told(owing()))["RestartPending"] == ("True", "WaitingForFrontEnds")


def test_a_restart_that_waits_says_of_which_pool() -> None:
    asking = told(owing(frontEndRestart={"policy": "OnApproval"}))
    waits = f'restart of the front ends of pool "{POOL}": the step waits for an approval of its own'
    assert (messages(asking)["Ready"], messages(asking)["RestartPending"]) == (waits, waits)


def test_what_differs_is_not_mended_by_a_restart_of_front_ends_that_waits() -> None:
    """As while another CA gets to the hosts of Lync, for which front ends are restarted afterwards."""
    at = pool_world().when(contacts=())
    differs = Finding(LYNC, "Drift", DIFFERS, "a host lacks a CA", "trust[lyncfe01.contoso.com]")
    status = told(at, replace(at.plan, findings=(*at.plan.findings, differs)))
    assert conditions(status)["Drifted"] == ("True", "Correcting")
    assert conditions(status)["RestartPending"] == ("True", "WaitingForContacts")


def test_contacts_that_nobody_asks_for_are_not_counted() -> None:
    status = told(world(integrated(contacts=()), contacts={"policy": "Ignore"}))
    assert (status.contact_count, status.missing_contact_count, status.contacts) == (None, None, ())


def test_a_restart_that_is_left_to_a_person_is_told_by_the_pool_and_by_conditions() -> None:
    at = world(integrated())
    status = told(at, found(at, "Pending", "PoolTooSmall", "it has 1 front end", f"pools[{POOL}].restart"))
    assert conditions(status) == {
        "Ready": ("False", "ManualActionRequired"),
        "RestartPending": ("True", "PoolTooSmall"),
        "ManualActionRequired": ("True", "PoolTooSmall"),
    }
    assert (status.pools[0].restart, status.pools[0].restart_cause) == ("Manual", "it has 1 front end")


def test_a_restart_that_is_owed_and_waits_for_nothing_is_pending() -> None:
    at = world(integrated())
    status = told(
        at, found(at, "Pending", "RestartOwed", "not every one was started", f"pools[{POOL}].restart")
    )
    assert conditions(status)["RestartPending"] == ("True", "RestartOwed")


def test_a_server_that_is_in_one_service_only_is_no_member() -> None:
    status = told(world(integrated(members={"UM": JOINED["UM"]})))
    assert [one.dial_plans_joined for one in status.servers] == ["False"]


def test_what_was_not_read_of_lync_is_unknown_and_not_missing() -> None:
    at = world(integrated(topology_read=False))
    status = told(at)
    assert conditions(status)["Ready"] == ("Unknown", "NotRead")
    assert (status.contact_count, status.permissions) == (None, None)
    assert status.pools[0].front_ends == ()
    assert status.pools[0].restart == "Unknown"


def test_permissions_that_could_not_be_read_are_unknown() -> None:
    at = world(integrated())
    lync = at.snapshot.lync
    assert lync is not None
    unread = replace(lync, permissions=Unknown("Forbidden", "no right", NOW))
    found_of = statuses(
        at.desired, replace(at.snapshot, lync=unread), at.ledger, nothing_found(at), {}, {}, at.now
    )
    status = found_of[LYNC]
    assert isinstance(status, LyncIntegrationStatus)
    assert status.permissions is not None
    assert (status.permissions.state, status.permissions.reason) == ("Unknown", "Forbidden")


def test_an_integration_that_is_claimed_is_stalled() -> None:
    at = world(integrated())
    status = told(at, found(at, "Blocked", "Claimed", "a pool is claimed"))
    assert conditions(status) == {"Ready": ("False", "Claimed"), "Stalled": ("True", "Claimed")}


def test_a_difference_that_was_once_in_force_is_drift_although_a_person_mends_it() -> None:
    at = world(integrated())
    status = told(at, found(at, "Drift", "PermissionsMissing", "Lync may not read", "permissions"))
    assert conditions(status)["Ready"] == ("False", "Drifted")
    assert conditions(status)["ManualActionRequired"] == ("True", "PermissionsMissing")


def test_a_plan_that_is_secured_once_servers_are_members_says_so_by_a_reason_of_its_own() -> None:
    at = world(estate(plan_fact("Contoso-Lync", **{**SECURED.properties, "voipSecurity": "Unsecured"})))
    key = ObjectKey("UMDialPlan", "lync")
    status = statuses(at.desired, at.snapshot, at.ledger, at.plan, {}, {}, at.now)[key]
    assert isinstance(status, UMDialPlanStatus)
    assert Reason.SERVER_NOT_IN_DIAL_PLAN in {one.reason for one in status.waiting_for}
    assert key.kind in Reason.SERVER_NOT_IN_DIAL_PLAN.kinds
