"""Our CAs on devices that can be logged on to: asked for, waited for, counted as trusted (R6, R24)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from manifests_support import gateway
from planning_support import NOW
from rollout_machine import authority, leaf
from rollout_reading import UM
from rollout_support import Site
from um_operator.api.annotations import RETRY_REQUESTED_AT
from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.api.status import GatewayTrustStatus, UMIPGatewayStatus
from um_operator.observed.certificates import RevisionFact
from um_operator.observed.deliveries import DeliveryFact
from um_operator.observed.fact import Known, Unknown
from um_operator.planning.conditions import statuses
from um_operator.planning.rollout.peers import Peer, trust_of
from um_operator.planning.steps import ConfigureService, DeliverTrust, PublishAuthorities
from um_operator.planning.steps.base import BaseStep
from um_operator.planning.view import View

SBC = ObjectKey("UMIPGateway", "sbc01")
DELIVERY = {
    "preset": "Kamailio",
    "endpoint": "ssh://sbc01.contoso.com",
    "secretRef": {"name": "sbc01"},
    "knownHostsRef": {"name": "keys"},
}


def in_force(site: Site) -> Site:
    """Return the site whose gateway was once as its manifest says."""
    entry = replace(site.ledger.entry(SBC), applied_generation=site.desired.gateways[0].generation)
    return replace(site, ledger=replace(site.ledger, objects={**site.ledger.objects, SBC: entry}))


def managed(site: Site, held: frozenset[str] = frozenset(), **facts: Any) -> Site:
    """Return the site with a gateway on TLS whose device can be logged on to."""
    manifest = gateway("sbc01", trust={"delivery": DELIVERY})
    return replace(
        site.secured("sbc01").declaring(*site.resources, manifest),
        bundles={UM: Known(frozenset(), site.now)},
        deliveries={SBC: Known(DeliveryFact(held, **facts), site.now)},
    )


def unread(site: Site, reason: Reason, message: str) -> Site:
    return replace(site, deliveries={SBC: Unknown(reason, message, NOW)})


def steps(site: Site, kind: type[BaseStep]) -> list[Any]:
    return [one for one in site.plan.steps if isinstance(one.step, kind)]


def conditions(site: Site) -> dict[str, tuple[str, str]]:
    found = statuses(site.desired, site.snapshot, site.ledger, site.plan, {}, {}, site.now)[SBC]
    return {one.type: (one.reason, one.message) for one in found.conditions}


def test_a_device_gets_the_ca_of_a_new_chain_before_anything_serves_it() -> None:
    site = managed(Site.of("ex01"))
    [first] = steps(site, DeliverTrust)
    assert first.step.missing == ()
    published = site.past(PublishAuthorities)
    [planned] = steps(published, DeliverTrust)
    assert planned.step.step_id == first.step.step_id, "who approved it before would have to approve it again"
    assert published.servers.root is not None
    assert planned.step.missing == (published.servers.root.sha256,)
    [bind, *_] = steps(published, ConfigureService)
    assert planned.step.step_id in bind.requires
    assert any("not on the device" in wait.message for wait in bind.waits)
    delivered = published.past(DeliverTrust)
    assert not steps(delivered, DeliverTrust)
    assert delivered.until(ConfigureService)


@pytest.mark.parametrize(
    "other",
    [
        {"endpoint": "ssh://pbx.contoso.com"},
        {"protectedListeners": ["carrier.contoso.com:5061"]},
    ],
)
def test_an_approval_is_for_this_device_and_what_must_not_be_lost_there(other: dict[str, Any]) -> None:
    site = managed(Site.of("ex01")).past(PublishAuthorities)
    [before] = steps(site, DeliverTrust)
    (um, _) = site.resources
    manifest = gateway("sbc01", trust={"delivery": {**DELIVERY, **other}})
    [after] = steps(site.declaring(um, manifest), DeliverTrust)
    assert after.step.step_id != before.step.step_id


def test_an_approval_is_for_these_commands() -> None:
    [before] = steps(managed(Site.of("ex01"), procedure=("kamcmd tls.reload",)), DeliverTrust)
    [after] = steps(managed(Site.of("ex01"), procedure=("systemctl reload kamailio",)), DeliverTrust)
    assert after.step.step_id != before.step.step_id


def test_what_a_device_shows_counts_as_trust_where_the_wire_shows_nothing() -> None:
    site = managed(Site.of("ex01")).past(DeliverTrust)
    found = statuses(site.desired, site.snapshot, site.ledger, site.plan, {}, {}, site.now)[SBC]
    assert isinstance(found, UMIPGatewayStatus)
    assert site.servers.root is not None
    assert found.trust == GatewayTrustStatus(
        state="Trusted", shown_by="Delivery", ca_sha256=(site.servers.root.sha256,)
    )
    long_ago = replace(site, now=site.now + timedelta(hours=1))
    assert any(
        "was not looked at" in wait.message for one in steps(long_ago, ConfigureService) for wait in one.waits
    )


def test_a_device_that_has_an_intermediate_alone_is_not_known_to_trust_the_chain() -> None:
    root, between = authority("Root", NOW - timedelta(days=9)), authority("Issuing", NOW - timedelta(days=9))
    own = leaf("um/1", "ex01.contoso.com", NOW)
    revision = RevisionFact(1, None, "um-1", "Issued", "asked", leaf=own, chain=(between, root))
    for held, state in (({between.sha256}, "Unknown"), ({root.sha256}, "Trusted")):
        site = managed(Site.of("ex01"), frozenset(held))
        view = View.at(site.desired, site.snapshot, site.ledger, NOW, NOW)
        assert trust_of(Peer("sbc01", site.desired.gateways[0]), revision, UM, view).state == state


def test_a_device_at_which_somebody_else_is_at_work_is_waited_for() -> None:
    busy: dict[str, Any] = {"reason": Reason.FOREIGN_CHANGES, "busy": "it holds changes that are not saved"}
    site = managed(Site.of("ex01"), **busy).past(PublishAuthorities)
    [planned] = steps(site, DeliverTrust)
    assert [wait.reason for wait in planned.waits] == [Reason.WAITING_FOR_DEVICE]
    told = conditions(site)
    assert told["Ready"][0] == Reason.WAITING_FOR_DEVICE
    assert told["ManualActionRequired"][0] == Reason.FOREIGN_CHANGES


@pytest.mark.parametrize(
    ("reason", "condition"),
    [
        (Reason.HOST_KEY_UNKNOWN, "Ready"),
        (Reason.LOGIN_REFUSED, "Ready"),
        (Reason.INVALID_RECIPE, "Stalled"),
    ],
)
def test_a_device_that_was_not_read_gets_nothing_and_says_why(reason: Reason, condition: str) -> None:
    site = unread(managed(Site.of("ex01")).past(PublishAuthorities), reason, "the device says no")
    assert not steps(site, DeliverTrust)
    assert conditions(site)[condition] == (reason, "the device says no")


def test_a_device_that_is_out_of_reach_may_be_as_it_should() -> None:
    site = unread(managed(Site.of("ex01")).patient(), Reason.DEVICE_UNREACHABLE, "it does not answer")
    assert conditions(site)["Ready"] == (Reason.NOT_READ, "it does not answer")


def test_a_delivery_that_did_harm_is_not_tried_again_until_a_person_says_so() -> None:
    site = managed(Site.of("ex01")).past(PublishAuthorities)
    [planned] = steps(site, DeliverTrust)
    harmed = site.refused(planned, Reason.PROTECTED_LISTENER_LOST, "the carrier's trunk fell silent")
    assert not steps(harmed.later(timedelta(days=7)), DeliverTrust)
    reason, message = conditions(harmed)["Stalled"]
    assert reason == Reason.PROTECTED_LISTENER_LOST
    assert "the carrier's trunk fell silent" in message

    (um, device) = harmed.resources
    asked = {**(device.metadata.annotations or {}), RETRY_REQUESTED_AT: "2026-11-26T08:00:00Z"}
    for changes in ({"annotations": asked}, {"generation": 9}):
        metadata = device.metadata.model_copy(update=changes)
        again = harmed.declaring(um, device.model_copy(update={"metadata": metadata}))
        assert steps(again, DeliverTrust), changes


def test_a_delivery_that_interrupts_calls_waits_for_a_window() -> None:
    windows = [
        {"name": "saturday", "schedule": "0 22 * * Sat", "duration": "4h", "timeZone": "Europe/Berlin"}
    ]
    site = managed(Site.of("ex01", org={"maintenanceWindows": windows}), interrupts=True)
    [planned] = steps(site.past(PublishAuthorities), DeliverTrust)
    assert [wait.reason for wait in planned.waits] == [Reason.WAITING_FOR_WINDOW]


def test_a_ca_that_was_taken_off_a_device_is_brought_there_again() -> None:
    site = managed(Site.of("ex01")).patient()
    lost = replace(in_force(site), deliveries={SBC: Known(DeliveryFact(frozenset()), site.now)})
    [planned] = steps(lost, DeliverTrust)
    assert planned.ready
    assert planned.corrects


def test_a_new_chain_is_no_drift_of_the_device() -> None:
    site = Site.of("ex01").patient()
    assert site.servers.root is not None
    held = frozenset({site.servers.root.sha256})
    renewed = managed(site.under(authority("Another CA", NOW)).renewing(), held=held).past(PublishAuthorities)
    renewed = in_force(renewed)
    [planned] = steps(renewed, DeliverTrust)
    assert not planned.corrects
    assert "Drifted" not in conditions(renewed)
