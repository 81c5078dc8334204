"""How servers stand with their certificates: what is served beside what is wanted, and how long it lasts."""

from __future__ import annotations

from datetime import timedelta

from manifests_support import certificate_document, valid
from rollout_reading import UM
from rollout_support import Site
from troubled_sites import OTHER, YEARLY, two, with_foreign
from um_operator.api.certificate import UMCertificate
from um_operator.planning.standing import CertificateStanding, Standings
from um_operator.planning.status.standing import standings
from um_operator.planning.steps import ActivateServer, ConfigureService, DrainServer, RestartService
from um_operator.planning.view import View

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def all_of(site: Site) -> Standings:
    return standings(View.at(site.desired, site.snapshot, site.ledger, site.now, site.now))


def standing(site: Site) -> CertificateStanding:
    return all_of(site).certificates[UM]


def states(site: Site) -> dict[str, list[str]]:
    """Return what the UM service and the call router of each server serve."""
    return {
        one.fqdn.partition(".")[0]: [service.state for service in one.services]
        for one in standing(site).servers
    }


def test_a_server_of_factory_defaults_shows_no_tls() -> None:
    assert states(Site.of("ex01").until(ConfigureService)) == {"ex01": ["NoTLS", "NoTLS"]}


def test_what_was_there_before_the_first_revision_is_no_foreign_certificate() -> None:
    assert states(with_foreign(Site.of("ex01", org={"mode": "Observe"}), "ex01")) == {
        "ex01": ["Former", "Former"]
    }


def test_what_somebody_put_in_the_place_of_ours_is_foreign() -> None:
    assert states(with_foreign(two(), "ex01")) == {
        "ex01": ["Foreign", "Foreign"],
        "ex02": ["Wanted", "Wanted"],
    }


def test_a_renewal_shows_what_has_the_former_revision_still() -> None:
    half_way = two().renewing().past(ActivateServer)
    assert states(half_way) == {"ex01": ["Wanted", "Wanted"], "ex02": ["Earlier", "Earlier"]}


def test_a_server_that_cannot_be_looked_at_is_unknown() -> None:
    assert states(two().changed("ex01", blocked=True))["ex01"] == ["Unknown", "Unknown"]


def test_plain_sip_is_what_is_wanted_where_it_is_declared() -> None:
    assert states(Site.of("ex01", spec={"startupMode": "TCP"}).patient()) == {"ex01": ["Wanted", "Wanted"]}


def test_what_is_served_and_what_is_wanted_last_as_long_as_their_certificates_say() -> None:
    waits = two().ruled(maintenanceWindows=[YEARLY]).later(DAY).renewing().settled()
    server = standing(waits).servers[0]
    served, wanted = server.services[0].term, server.issued
    leaves = waits.servers.leaves
    old, new = (leaves[waits.thumbprint("ex01.contoso.com", number)] for number in (1, 2))
    assert served is not None
    assert wanted is not None
    assert (served.ends_at, wanted.ends_at) == (old.not_after, new.not_after)
    assert wanted.renewal_at == new.not_after - (new.not_after - new.not_before) / 3


def test_a_revision_that_a_server_could_not_serve_is_rejected_there_only() -> None:
    refuses = frozenset({Site.thumbprint("ex01.contoso.com", 1)})
    rejected = Site.of("ex01", "ex02").changed("ex01", refuses=refuses).until_rejected()
    assert [one.state for one in standing(rejected).servers] == ["Rejected", "Imported"]


def test_where_a_revision_is_wanted_bound_and_served() -> None:
    half_way = two().renewing().past(ActivateServer)
    done, next_one = (server.services[0].revisions for server in standing(half_way).servers)
    assert done == {"wanted": 2, "bound": 2, "served": 2}
    assert next_one == {"wanted": 2, "bound": 1, "served": 1}
    foreign = standing(with_foreign(two(), "ex01")).servers[0].services[1]
    assert foreign.revisions == {"wanted": 1, "bound": 0, "served": 0}


def test_a_rollout_is_under_way_until_every_server_serves_it() -> None:
    asked = two().renewing().seen()
    half_way = asked.past(ActivateServer)
    assert standing(two()).rollout_since is None
    assert standing(half_way).rollout_since == asked.now
    assert standing(half_way.patient()).rollout_since is None


def test_a_server_that_we_took_out_of_service_is_due_back() -> None:
    drained = Site.of("ex01", "ex02").past(DrainServer)
    due = all_of(drained).due_back["ex01.contoso.com"]
    assert drained.now + HOUR / 2 < due < drained.now + 2 * HOUR
    assert all_of(drained.past(ActivateServer)).due_back == {}


def test_the_calls_that_call_routers_reject_are_told_where_there_is_one() -> None:
    site = Site.of("ex01", "ex02", ex02=("UM",)).changed("ex01", rejected_calls=3)
    assert all_of(site).rejected_calls == {"ex01.contoso.com": 3}


def test_windows_that_are_too_short_are_told() -> None:
    assert standing(two()).feasible is True
    assert standing(two().ruled(maintenanceWindows=[YEARLY])).feasible is False
    assert standing(Site.of("ex01").past(RestartService)).feasible is None


def test_a_ca_is_due_when_what_it_issues_can_no_more_last_as_long() -> None:
    site = two()
    root, issued = site.servers.root, next(iter(site.servers.leaves.values()))
    authority = standing(site).authority
    assert root is not None
    assert authority is not None
    assert authority.ends_at == root.not_after
    life, third = issued.not_after - issued.not_before, (root.not_after - root.not_before) / 3
    assert authority.renewal_at == root.not_after - min(life, third)


def test_a_server_that_no_certificate_looks_after_is_a_peer_with_one_of_its_own() -> None:
    site = with_foreign(Site.of("ex01", "ex02", spec={"servers": {"include": ["ex02.*"]}}).patient(), "ex01")
    peers = all_of(site).unmanaged
    assert list(peers) == ["ex01.contoso.com"]
    assert peers["ex01.contoso.com"].ends_at == site.servers.leaves[OTHER].not_after


def test_a_certificate_that_has_nothing_to_look_after_stands_nowhere() -> None:
    second = valid(certificate_document("second", issuer={"ca": {}}), UMCertificate)
    site = two().declaring(*two().resources, second)
    assert list(all_of(site).certificates) == [UM]
