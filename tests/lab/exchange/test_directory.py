"""One copy of the directory a domain controller, and the lag between them."""

from datetime import timedelta

from um_operator.lab.clock import Clock
from um_operator.lab.exchange.directory import Directory, Replication, Site
from um_operator.lab.exchange.objects import Kind

DC1, DC1B, DC2 = "dc01.contoso.com", "dc01b.contoso.com", "dc02.contoso.com"
LAG = Replication(within_site=timedelta(seconds=15), between_sites=timedelta(minutes=3))


def directory(seed: int = 0) -> tuple[Clock, Directory]:
    clock = Clock.frozen()
    sites = (Site("Berlin", (DC1, DC1B)), Site("Hamburg", (DC2,)))
    return clock, Directory(clock, sites, replication=LAG, seed=seed)


def seen(subject: Directory, domain_controller: str) -> list[str]:
    return [o.name for o in subject.copy(domain_controller).all(Kind.DIAL_PLAN)]


def test_a_write_is_seen_at_once_where_it_was_made_and_later_elsewhere() -> None:
    clock, subject = directory()
    subject.create(DC1, Kind.DIAL_PLAN, {"Name": "PBX"})
    assert [seen(subject, dc) for dc in (DC1, DC1B, DC2)] == [["PBX"], [], []]
    clock.advance(LAG.within_site)
    assert [seen(subject, dc) for dc in (DC1, DC1B, DC2)] == [["PBX"], ["PBX"], []]
    clock.advance(LAG.between_sites)
    assert seen(subject, DC2) == ["PBX"]


def test_the_name_of_a_domain_controller_is_compared_without_case() -> None:
    _, subject = directory()
    subject.create("DC01.Contoso.COM", Kind.DIAL_PLAN, {"Name": "PBX"})
    assert (seen(subject, DC1), subject.has("DC02.contoso.com"), subject.has("dc99")) == (
        ["PBX"],
        True,
        False,
    )


def test_of_two_writes_to_one_attribute_the_later_wins_on_every_copy() -> None:
    clock, subject = directory()
    plan = subject.create(DC1, Kind.DIAL_PLAN, {"Name": "PBX", "Digits": 3}, everywhere=True)
    subject.modify(DC1, plan.guid, {"Digits": 4})
    subject.modify(DC2, plan.guid, {"Digits": 5})
    clock.advance(LAG.between_sites)
    found = [subject.copy(dc).get(plan.guid) for dc in (DC1, DC1B, DC2)]
    assert [o["Digits"] for o in found if o] == [5, 5, 5]


def test_replication_can_be_had_at_once() -> None:
    _, subject = directory()
    subject.create(DC1, Kind.DIAL_PLAN, {"Name": "PBX"})
    subject.replicate_now()
    assert seen(subject, DC2) == ["PBX"]


def test_a_longer_lag_can_be_set_for_one_direction() -> None:
    clock, subject = directory()
    subject.delay(DC1, DC2, timedelta(hours=1))
    subject.create(DC1, Kind.DIAL_PLAN, {"Name": "PBX"})
    clock.advance(timedelta(minutes=59))
    assert seen(subject, DC2) == []
    clock.advance(timedelta(minutes=1))
    assert seen(subject, DC2) == ["PBX"]


def test_the_same_seed_gives_the_same_guids_and_another_seed_others() -> None:
    guids = [
        subject.create(DC1, Kind.DIAL_PLAN, {"Name": "PBX"}).guid
        for _, subject in (directory(1), directory(1), directory(2))
    ]
    assert guids[0] == guids[1] != guids[2]


def test_a_follower_gets_what_its_domain_controller_gets_when_it_looks() -> None:
    clock, subject = directory()
    follower = subject.follow(DC2)
    subject.create(DC1, Kind.DIAL_PLAN, {"Name": "PBX"})
    clock.advance(LAG.between_sites)
    assert list(follower.all(Kind.DIAL_PLAN)) == []
    follower.catch_up(clock.now())
    assert [o.name for o in follower.all(Kind.DIAL_PLAN)] == ["PBX"]
