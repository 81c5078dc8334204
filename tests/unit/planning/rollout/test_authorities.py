"""CAs on their way, in both directions: ours to where peers get them, gateways' into servers' stores."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from manifests_support import gateway
from planning_support import NOW
from rollout_machine import authority
from rollout_reading import UM
from rollout_support import Site
from um_operator.api.certificate_status import TrustBundle, UMCertificateStatus
from um_operator.api.meta import ObjectKey
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.planning.conditions import statuses
from um_operator.planning.steps import ConfigureService, InstallChain, PublishAuthorities, TrustGateway

DEVICES = authority("Devices", NOW)
SBC = ObjectKey("UMIPGateway", "sbc01")
NOBODY: frozenset[str] = frozenset()


def publishing(site: Site, published: Fact[frozenset[str]] | frozenset[str] = NOBODY) -> Site:
    """Return the site with what the ConfigMap for peers holds."""
    fact = Known(published, site.now) if isinstance(published, frozenset) else published
    return replace(site, bundles={UM: fact})


def published(site: Site) -> list[PublishAuthorities]:
    return [one.step for one in site.plan.steps if isinstance(one.step, PublishAuthorities)]


def signed_by(site: Site, *roots: Any, **spec: Any) -> Site:
    """Return the site with a gateway whose certificate these CAs signed, as its manifest says."""
    manifest = gateway("sbc01", trust={"onUntrustedPeer": "Proceed"}, **spec)
    return replace(
        site.declaring(*site.resources, manifest), authorities={SBC: Known(tuple(roots), site.now)}
    )


def root_of(site: Site) -> str:
    assert site.servers.root is not None
    return site.servers.root.sha256


def test_the_ca_of_a_new_chain_is_published_once_it_is_known() -> None:
    before = publishing(Site.of("ex01"))
    [planned] = published(before)
    assert planned.missing == ()
    issued = before.until(PublishAuthorities)
    [step] = published(issued)
    assert step.missing == (root_of(issued),)
    assert step.certificates == ("um/ex01.contoso.com/1",)
    assert step.step_id == planned.step_id, "who approved it before would have to approve it again"
    assert published(issued.past(PublishAuthorities)) == []


def test_what_is_published_is_not_published_again_at_a_renewal_under_the_same_chain() -> None:
    site = Site.of("ex01").patient()
    renewed = publishing(site, frozenset({root_of(site)})).renewing().patient()
    assert renewed.machine("ex01").serves("UM") == site.thumbprint("ex01.contoso.com", 2)
    assert published(renewed) == []


def test_both_chains_are_published_while_servers_still_serve_the_former_one() -> None:
    former = Site.of("ex01").patient()
    other = former.secured("sbc01").under(authority("Fabrikam CA", NOW)).renewing().patient()
    [step] = published(publishing(other))
    assert set(step.missing) == {root_of(former), root_of(other)}


def test_nothing_follows_from_a_config_map_that_cannot_be_read_or_was_not() -> None:
    issued = Site.of("ex01").past(InstallChain)
    assert published(issued) == []
    assert published(publishing(issued, Unknown("NotRead", "forbidden", NOW))) == []


def test_without_tls_nobody_is_to_trust_anything() -> None:
    assert published(publishing(Site.of("ex01", spec={"startupMode": "TCP"}))) == []


def bundle_in_status(site: Site) -> TrustBundle | None:
    status = statuses(site.desired, site.snapshot, site.ledger, site.plan, {}, {}, site.now)[UM]
    assert isinstance(status, UMCertificateStatus)
    return status.trust_bundle


def test_the_status_says_where_the_ca_is_and_which_one_it_is_once_it_is_there() -> None:
    site = Site.of("ex01").past(InstallChain)
    assert bundle_in_status(publishing(site)) is None
    shown = bundle_in_status(publishing(site, frozenset({root_of(site)})))
    assert shown == TrustBundle(config_map_name="um-trust", sha256=root_of(site))


def test_a_gateways_ca_is_added_to_every_server_before_a_new_chain_is_bound() -> None:
    site = signed_by(Site.of("ex01", "ex02").secured("sbc01"), DEVICES)
    steps = [one.step for one in site.plan.steps if isinstance(one.step, TrustGateway)]
    assert [(step.server, step.missing) for step in steps] == [
        ("ex01.contoso.com", (DEVICES.sha256,)),
        ("ex02.contoso.com", (DEVICES.sha256,)),
    ]
    trusting = site.until(ConfigureService)
    assert all(DEVICES.sha256 in trusting.machine(name).roots for name in ("ex01", "ex02"))


def test_nothing_is_added_to_a_server_that_no_certificate_looks_after() -> None:
    site = Site.of("ex01", "ex02", spec={"servers": {"include": ["ex01.contoso.com"]}}).secured("sbc01")
    steps = [one.step for one in signed_by(site, DEVICES).plan.steps if isinstance(one.step, TrustGateway)]
    assert [step.server for step in steps] == ["ex01.contoso.com"]


def test_a_gateways_ca_that_is_missing_holds_the_binding_and_names_the_server() -> None:
    site = signed_by(Site.of("ex01").secured("sbc01"), DEVICES, mode="Observe").patient()
    [message] = {message for step, detail, message in site.waits if detail == "ChainUntrusted"}
    assert message == f'"ex01.contoso.com" lacks CAs of gateway "sbc01": "{DEVICES.sha256[:8]}"'
    assert site.machine("ex01").mode["UM"] == "TCP"


def test_of_a_gateway_that_speaks_no_tls_the_ca_is_added_and_holds_nothing() -> None:
    site = signed_by(Site.of("ex01"), DEVICES, mode="Observe").patient()
    assert site.machine("ex01").mode["UM"] == "Dual"


def test_nothing_is_added_to_stores_that_cannot_be_read() -> None:
    site = signed_by(Site.of("ex01").changed("ex01", stores_unread=True), DEVICES)
    assert not [one for one in site.plan.steps if isinstance(one.step, TrustGateway)]


def test_a_reference_that_leads_nowhere_is_told_and_holds_no_certificate() -> None:
    site = signed_by(Site.of("ex01").secured("sbc01"))
    message = 'trust.caRef: there is no ConfigMap "devices" with key "ca.crt"'
    site = replace(site, authorities={SBC: Unknown("DependencyNotFound", message, NOW)})
    found = [
        finding for finding in site.plan.findings if finding.owner == SBC and finding.path == "trust.caRef"
    ]
    assert [(one.weight, one.reason, one.message) for one in found] == [
        ("Pending", "DependencyNotFound", message)
    ]
    assert site.patient().machine("ex01").mode["UM"] == "Dual"
