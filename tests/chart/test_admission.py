"""Approval rights and warnings, asked of a real API server by the chart's admission policies."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from chart_support import NAME, NAMESPACE, install, uninstall
from cluster_apiserver import APIServer
from manifests_support import gateway_document, organization_document
from um_operator.api.annotations import HOLD, hold_of
from um_operator.api.meta import FINALIZER

ACTIVE_WITHIN = 30.0
DIGEST = "plan-0123456789abcdef01234567"
EDITOR = ("--as=e.ditor", "--as-group=editors", "--as-group=system:authenticated")
APPROVER = (*EDITOR, "--as-group=approvers")
OPERATOR = (f"--as=system:serviceaccount:{NAMESPACE}:{NAME}",)
DRY_RUN = ("--dry-run=server",)
VALUES = {
    "watchNamespaces": ["telephony", "branch"],
    "admissionPolicy": {"approvers": [{"kind": "Group", "name": "approvers"}]},
}
NOBODY = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "name": "nobody",
    "uid": "6f0c1f5e-0000-4000-8000-000000000000",
}
"""Whom the garbage collector does not find, so that it deletes what he owns."""
WINDOW = {"name": "night", "schedule": "0 22 * * *", "duration": "4h", "timeZone": "Europe/Berlin"}


class People:
    """Somebody who talks to the API server in a namespace; who they are is said by each call."""

    def __init__(self, server: APIServer) -> None:
        self.server = server

    def apply(
        self, manifest: dict[str, Any], who: tuple[str, ...] = (), namespace: str = "telephony"
    ) -> subprocess.CompletedProcess[str]:
        return self.server.kubectl("apply", f"-n={namespace}", "-f", "-", *who, input=json.dumps(manifest))

    def organization(
        self, who: tuple[str, ...], namespace: str = "telephony", **spec: Any
    ) -> subprocess.CompletedProcess[str]:
        spec = {"maintenanceWindows": [WINDOW], **spec}
        return self.apply(organization_document("contoso", **spec), who, namespace)

    def delete(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.server.kubectl("delete", "-n=telephony", "--ignore-not-found", *arguments)


@pytest.fixture(scope="module")
def installed(server: APIServer) -> Iterator[People]:
    """Install the chart, make the group "editors" editors, and wait until the policies hold."""
    install(server, VALUES)
    people = People(server)
    for namespace in ("telephony", "elsewhere"):
        for role in ("view", "edit"):
            binding = (
                f"editors-{role}",
                f"--clusterrole={NAME}-{role}",
                "--group=editors",
                f"-n={namespace}",
            )
            made = server.kubectl("create", "rolebinding", *binding)
            assert made.returncode == 0, made.stderr
    until_they_hold(people)
    yield people
    for namespace in ("telephony", "elsewhere"):
        server.kubectl("delete", "rolebinding", "editors-view", "editors-edit", f"-n={namespace}")
    uninstall(server)


def until_they_hold(people: People) -> None:
    """Wait until the API server has taken over the policies, and the Roles of all who are asked about."""
    may_patch = ("auth", "can-i", "patch", "umipgateways", "-n=telephony")
    deadline = time.monotonic() + ACTIVE_WITHIN
    while not (
        "may not set" in people.organization((*EDITOR, *DRY_RUN), mode="Enforce").stderr
        and people.organization((*APPROVER, *DRY_RUN), mode="Enforce").returncode == 0
        and people.organization((*EDITOR, *DRY_RUN), "elsewhere").returncode == 0
        and "Warning" in people.apply(gateway_document("sbc01") | held("soon"), DRY_RUN).stderr
        and people.server.kubectl(*may_patch, *OPERATOR).returncode == 0
    ):
        assert time.monotonic() < deadline, "the admission policies do not become active"
        time.sleep(0.1)


def held(hold: str) -> dict[str, Any]:
    return {"metadata": {"name": "sbc01", "annotations": {HOLD: hold}}}


@pytest.fixture
def people(installed: People) -> Iterator[People]:
    yield installed
    installed.delete("exchangeorganizations,umipgateways", "--all")


def accepted(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 0, result.stderr
    return result.stderr


def refused(result: subprocess.CompletedProcess[str], sentence: str) -> None:
    assert result.returncode != 0
    assert sentence in result.stderr
    assert f'ClusterRole "{NAME}-approver"' in result.stderr


def test_an_editor_may_not_create_an_organisation_that_changes_exchange(people: People) -> None:
    refused(people.organization(EDITOR, mode="Enforce"), '"e.ditor" may not set "Enforce"')
    accepted(people.organization(EDITOR))


def test_an_editor_may_plan_and_an_approver_may_enforce(people: People) -> None:
    accepted(people.organization(EDITOR, mode="Plan"))
    refused(people.organization(EDITOR, mode="Enforce"), '"e.ditor" may not set "Enforce"')
    accepted(people.organization(APPROVER, mode="Enforce"))


def test_an_editor_may_work_on_an_organisation_that_is_enforced_and_hold_it_back(people: People) -> None:
    accepted(people.organization(APPROVER, mode="Enforce"))
    accepted(people.organization(EDITOR, mode="Enforce", interval="10m"))
    accepted(people.organization(EDITOR, mode="Observe"))
    refused(people.organization(EDITOR, mode="Enforce"), 'may not set "Enforce"')


def test_a_plan_is_approved_by_an_approver_and_withdrawn_by_anybody(people: People) -> None:
    accepted(people.organization(EDITOR, mode="Plan"))
    refused(people.organization(EDITOR, mode="Plan", approvedPlan=DIGEST), '"e.ditor" may not approve a plan')
    accepted(people.organization(APPROVER, mode="Plan", approvedPlan=DIGEST))
    accepted(people.organization(EDITOR, mode="Plan", approvedPlan=DIGEST, interval="10m"))
    accepted(people.organization(EDITOR, mode="Plan"))
    refused(people.organization(EDITOR, mode="Plan", approvedPlan=DIGEST), "may not approve a plan")


def test_a_plan_may_not_be_approved_at_creation_either(installed: People) -> None:
    refused(installed.organization(EDITOR, mode="Plan", approvedPlan=DIGEST), "may not approve a plan")


def test_a_release_speaks_for_its_own_namespaces_alone(installed: People) -> None:
    accepted(installed.organization((*EDITOR, *DRY_RUN), "elsewhere", mode="Enforce"))


def test_the_right_to_approve_gives_no_other_right(installed: People) -> None:
    only_approver = ("--as=a.pprover", "--as-group=approvers", "--as-group=system:authenticated")
    result = installed.organization(only_approver, mode="Enforce")
    assert 'cannot get resource "exchangeorganizations"' in result.stderr


def test_no_editor_writes_a_status(people: People) -> None:
    accepted(people.organization(EDITOR))
    patch = ("patch", "xorg", "contoso", "-n=telephony", "--subresource=status", "--type=merge")
    result = people.server.kubectl(*patch, "-p", '{"status":{"observedGeneration":1}}', *APPROVER)
    assert 'cannot patch resource "exchangeorganizations/status"' in result.stderr


@pytest.mark.parametrize(
    "hold",
    [
        "2026-12-18T17:00:00+01:00 new SBC",
        "2026-12-18T17:00:00Z",
        " 2026-12-18T17:00:00.5Z  two spaces ",
        "2026-12-18 new SBC",
        "2026-12-18T17:00:00 no offset",
        "2026-02-30T17:00:00Z no such day",
        "2026-13-18T17:00:00Z no such month",
        "2026-12-18T25:00:00Z no such hour",
        "2026-12-18T17:00:00Z\tno space",
        "until Monday",
        " ",
    ],
)
def test_a_hold_whose_end_cannot_be_read_is_accepted_with_a_warning(installed: People, hold: str) -> None:
    understood = hold_of({HOLD: hold})
    assert understood is not None
    warnings = accepted(installed.apply(gateway_document("sbc01") | held(hold), DRY_RUN))
    assert ("Warning" in warnings) == (understood.until is None), warnings


def test_the_warning_of_a_hold_says_what_to_write(installed: People) -> None:
    warnings = accepted(installed.apply(gateway_document("sbc01") | held("Monday"), DRY_RUN))
    assert "does not begin with an instant and its offset" in warnings
    assert "stands until the annotation is removed" in warnings


def test_deleting_what_goes_from_exchange_is_told(people: People) -> None:
    accepted(people.apply(gateway_document("sbc01", deletionPolicy="Delete")))
    warnings = accepted(people.delete("umgw", "sbc01"))
    assert '"sbc01" is removed from Exchange as well' in warnings


def test_deleting_what_stays_in_exchange_is_not(people: People) -> None:
    accepted(people.apply(gateway_document("sbc01")))
    assert "Warning" not in accepted(people.delete("umgw", "sbc01"))


def test_enforcing_at_any_time_of_the_day_is_told(people: People) -> None:
    told = accepted(people.organization(APPROVER, mode="Enforce", maintenanceWindows=[]))
    assert (
        "spec.maintenanceWindows is empty: changes and repairs that interrupt calls run at any time" in told
    )
    assert "Warning" not in accepted(people.organization(APPROVER, mode="Enforce"))


def test_the_operator_is_not_warned_of_what_people_wrote(people: People) -> None:
    accepted(people.apply(gateway_document("sbc01") | held("Monday")))
    patch = ("patch", "umgw", "sbc01", "-n=telephony", "--type=merge")
    result = people.server.kubectl(*patch, "-p", '{"metadata":{"labels":{"a":"b"}}}', *OPERATOR)
    assert "Warning" not in accepted(result)


def test_the_operator_cannot_approve_for_itself(people: People) -> None:
    accepted(people.organization(EDITOR, mode="Plan"))
    for change in (
        {"spec": {"mode": "Enforce"}},
        {"spec": {"approvedPlan": DIGEST}},
        {"spec": {"interval": "10m"}},
        {"metadata": {"annotations": {HOLD: "2026-12-18T17:00:00Z ours"}}},
        {"metadata": {"labels": {"a": "b"}}},
        {"metadata": {"ownerReferences": [NOBODY]}},
    ):
        result = patched(people, change, OPERATOR)
        assert result.returncode != 0, change
        assert "may not change anything of an ExchangeOrganization but its own finalizer" in result.stderr


def test_the_operator_may_hold_an_organisation_back_and_let_it_go(people: People) -> None:
    accepted(people.organization(EDITOR, mode="Plan"))
    for finalizers in ([FINALIZER], []):
        accepted(patched(people, {"metadata": {"finalizers": finalizers}}, OPERATOR))


def test_the_operator_leaves_the_finalizers_of_others_alone(people: People) -> None:
    accepted(people.organization(EDITOR, mode="Plan"))
    others = "example.com/others"
    accepted(patched(people, {"metadata": {"finalizers": [others]}}, EDITOR))
    accepted(patched(people, {"metadata": {"finalizers": [others, FINALIZER]}}, OPERATOR))
    result = patched(people, {"metadata": {"finalizers": [FINALIZER]}}, OPERATOR)
    assert "but its own finalizer" in result.stderr
    accepted(patched(people, {"metadata": {"finalizers": [others]}}, OPERATOR))
    accepted(patched(people, {"metadata": {"finalizers": []}}, EDITOR))


def patched(people: People, change: dict[str, Any], who: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    patch = ("patch", "xorg", "contoso", "-n=telephony", "--type=merge")
    return people.server.kubectl(*patch, "-p", json.dumps(change), *who)
