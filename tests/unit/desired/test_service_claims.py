"""Of two certificates that want a service of a server one has it; the other gets nothing and is told why."""

from __future__ import annotations

from collections.abc import Collection
from itertools import permutations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from manifests_support import certificate_document, organization_document, with_metadata
from um_operator.api.certificate import UMServiceName
from um_operator.api.meta import ObjectKey
from um_operator.api.select import parse
from um_operator.desired.claims import ServicesOfServers, services_claimed
from um_operator.desired.organization import Obstacle
from um_operator.desired.resolve import resolve
from um_operator.desired.resources import Resources

OLD, NEW = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"
BOTH: tuple[UMServiceName, ...] = ("UM", "UMCallRouter")
SERVERS: ServicesOfServers = {f"ex0{number}.contoso.com": BOTH for number in range(1, 5)}


def wanting(name: str, created: str = OLD, **spec: Any) -> dict[str, Any]:
    return with_metadata(certificate_document(name, **spec), creationTimestamp=created)


def only(*servers: str) -> dict[str, list[str]]:
    return {"include": [f"{server}.contoso.com" for server in servers]}


def key(name: str) -> ObjectKey:
    return ObjectKey("UMCertificate", name)


def refused(
    *documents: dict[str, Any], in_force: Collection[str] = (), servers: ServicesOfServers = SERVERS
) -> dict[str, Obstacle]:
    found = Resources.of(parse(item) for item in (organization_document(), *documents))
    desired = resolve(found, found.organizations[0])
    claimed = services_claimed(desired, servers, {key(name) for name in in_force})
    return {item.name: obstacle for item, obstacle in claimed.items()}


def test_certificates_of_different_servers_do_not_disturb_each_other() -> None:
    assert refused(wanting("a", servers=only("ex01")), wanting("b", servers=only("ex02", "ex03"))) == {}


def test_certificates_of_different_services_do_not_either() -> None:
    assert refused(wanting("a", services=["UM"]), wanting("b", services=["UMCallRouter"])) == {}


def test_two_for_one_server_are_one_too_many_and_the_second_is_told_who_has_it() -> None:
    (obstacle,) = refused(wanting("a"), wanting("b", NEW, servers=only("ex03"))).values()
    assert (obstacle.reason, obstacle.stalled) == ("Claimed", True)
    assert (
        obstacle.message
        == 'service "UM" of "ex03.contoso.com" (and 1 more) is claimed by "UMCertificate/a", which has it'
    )


def test_one_service_in_common_is_enough() -> None:
    claimed = refused(
        wanting("a", services=["UM"], servers=only("ex02")), wanting("b", NEW, servers={"include": ["ex0*"]})
    )
    assert {name: obstacle.message for name, obstacle in claimed.items()} == {
        "b": 'service "UM" of "ex02.contoso.com" is claimed by "UMCertificate/a", which has it'
    }


def test_a_service_that_a_server_does_not_run_is_nobodys() -> None:
    um: UMServiceName = "UM"
    mailbox = {"ex01.contoso.com": (um,)}
    assert refused(wanting("a", services=["UMCallRouter"]), wanting("b"), servers=mailbox) == {}


def test_the_one_in_force_has_it_then_the_older_then_the_lesser_name() -> None:
    assert set(refused(wanting("a", NEW), wanting("b", OLD))) == {"a"}
    assert set(refused(wanting("b"), wanting("a"))) == {"b"}
    assert set(refused(wanting("a", OLD), wanting("b", NEW), in_force=["b"])) == {"a"}


def test_patterns_have_no_case_and_an_excluded_server_is_not_claimed() -> None:
    first = wanting("a", servers={"include": ["EX0?.contoso.com"], "exclude": ["ex04.CONTOSO.com"]})
    assert refused(first, wanting("b", NEW, servers=only("ex04"))) == {}


def test_what_gets_nothing_keeps_nothing_from_others() -> None:
    first = wanting("a", servers=only("ex01", "ex02"))
    second = wanting("b", OLD, servers=only("ex02", "ex03"))
    third = wanting("c", NEW, servers=only("ex03", "ex04"))
    for order in permutations([first, second, third]):
        assert set(refused(*order)) == {"b"}


def test_a_certificate_that_cannot_be_used_keeps_its_servers_from_others() -> None:
    broken = wanting("a", OLD, startupMode="Tls")
    claimed = refused(broken, wanting("b", NEW))
    assert set(claimed) == {"b"}
    assert 'claimed by "UMCertificate/a"' in claimed["b"].message


def test_one_that_cannot_be_used_takes_nothing_from_the_one_in_force() -> None:
    assert refused(wanting("a", OLD, startupMode="Tls"), wanting("b", NEW), in_force=["b"]) == {}


certificates = st.lists(
    st.builds(
        lambda name, created, servers: wanting(name, created, servers=only(*sorted(servers))),
        st.sampled_from("abcde"),
        st.sampled_from([OLD, NEW]),
        st.sets(st.sampled_from(["ex01", "ex02", "ex03", "ex04"]), min_size=1),
    ),
    unique_by=lambda item: str(item["metadata"]["name"]),
    max_size=4,
)


@given(certificates, st.sets(st.sampled_from("abcde")))
def test_whoever_gets_its_services_shares_none_and_whoever_does_not_met_one_that_does(
    documents: list[dict[str, Any]], in_force: set[str]
) -> None:
    lost = set(refused(*documents, in_force=in_force))
    assert set(refused(*reversed(documents), in_force=in_force)) == lost
    wanted = {item["metadata"]["name"]: set(item["spec"]["servers"]["include"]) for item in documents}
    kept = [servers for name, servers in wanted.items() if name not in lost]
    assert sum(map(len, kept)) == len(set().union(*kept))
    assert all(any(wanted[name] & servers for servers in kept) for name in lost)
