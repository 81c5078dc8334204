"""Copies of the directory converge, in whatever order changes arrive."""

from datetime import timedelta
from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from um_operator.lab.clock import EPOCH
from um_operator.lab.exchange.objects import Change, Kind, Stamp
from um_operator.lab.exchange.replica import Replica

GUIDS = [UUID(int=n) for n in range(1, 4)]
PORTS = st.integers(5060, 5065)


@st.composite
def histories(draw: st.DrawFn) -> list[Change]:
    """Each object is made once, then changed and perhaps removed; stamps are unique."""
    changes: list[Change] = []
    sequence = 0
    for guid in GUIDS:
        sequence += 1
        names = st.sampled_from(["sbc01", "SBC01", "cube01"])
        created = {"Name": draw(names), "Port": draw(PORTS)}
        changes.append(Change(guid, Stamp(EPOCH, sequence), created, created=Kind.IP_GATEWAY))
        for _ in range(draw(st.integers(0, 3))):
            sequence += 1
            changes.append(Change(guid, Stamp(EPOCH, sequence), {"Port": draw(PORTS)}))
        if draw(st.booleans()):
            sequence += 1
            changes.append(Change(guid, Stamp(EPOCH, sequence), {}, removed=True))
    return changes


def told(replica: Replica) -> list[tuple[UUID, str, int]]:
    return [(o.guid, o.name, o["Port"]) for o in replica.all(Kind.IP_GATEWAY)]


def applied(changes: list[Change]) -> Replica:
    replica = Replica()
    for change in changes:
        replica.apply(change)
    return replica


@given(histories(), st.randoms(use_true_random=False))
def test_copies_end_alike_in_whatever_order_modifications_arrive(
    changes: list[Change], random: Random
) -> None:
    creations = [c for c in changes if c.created]
    later = [c for c in changes if not c.created]
    shuffled = list(later)
    random.shuffle(shuffled)
    assert told(applied(creations + shuffled)) == told(applied(creations + later))
    assert told(applied(shuffled + creations)) == told(applied(later + creations))


@given(histories())
def test_every_object_is_found_by_its_name_and_by_nothing_else(changes: list[Change]) -> None:
    replica = applied(changes)
    names = {o.name.casefold() for o in replica.all(Kind.IP_GATEWAY)}
    assert {n for n in ("sbc01", "cube01") if replica.named(Kind.IP_GATEWAY, n.upper())} == names & {
        "sbc01",
        "cube01",
    }


def test_a_change_is_there_when_it_has_arrived_and_not_before() -> None:
    replica = Replica()
    change = Change(GUIDS[0], Stamp(EPOCH, 1), {"Name": "sbc01"}, created=Kind.IP_GATEWAY)
    replica.deliver(change, EPOCH + timedelta(minutes=3))
    replica.catch_up(EPOCH + timedelta(minutes=2))
    assert replica.get(GUIDS[0]) is None
    replica.catch_up(EPOCH + timedelta(minutes=3))
    assert replica.get(GUIDS[0]) is not None


def test_a_change_that_arrives_before_its_object_waits_for_it() -> None:
    replica = Replica()
    replica.apply(Change(GUIDS[0], Stamp(EPOCH, 2), {"Port": 5061}))
    assert replica.get(GUIDS[0]) is None
    replica.apply(Change(GUIDS[0], Stamp(EPOCH, 1), {"Name": "a", "Port": 5060}, created=Kind.IP_GATEWAY))
    found = replica.get(GUIDS[0])
    assert found is not None
    assert found["Port"] == 5061


def test_a_removal_that_arrives_before_its_object_wins() -> None:
    replica = applied(
        [
            Change(GUIDS[0], Stamp(EPOCH, 2), {}, removed=True),
            Change(GUIDS[0], Stamp(EPOCH, 1), {"Name": "a"}, created=Kind.IP_GATEWAY),
        ]
    )
    assert list(replica.all(Kind.IP_GATEWAY)) == []


def test_of_two_objects_of_one_name_the_older_is_marked_as_the_loser_everywhere() -> None:
    older = Change(GUIDS[0], Stamp(EPOCH, 1), {"Name": "sbc01", "Port": 1}, created=Kind.IP_GATEWAY)
    newer = Change(GUIDS[1], Stamp(EPOCH, 2), {"Name": "SBC01", "Port": 2}, created=Kind.IP_GATEWAY)
    one, other = applied([older, newer]), applied([newer, older])
    assert told(one) == told(other) == [(GUIDS[0], f"sbc01\nCNF:{GUIDS[0]}", 1), (GUIDS[1], "SBC01", 2)]


def test_objects_are_found_from_what_they_refer_to() -> None:
    replica = applied(
        [
            Change(GUIDS[0], Stamp(EPOCH, 1), {"Name": "a", "UMDialPlan": GUIDS[1]}, created=Kind.HUNT_GROUP),
            Change(GUIDS[2], Stamp(EPOCH, 2), {"Name": "b", "UMDialPlan": GUIDS[0]}, created=Kind.HUNT_GROUP),
        ]
    )
    assert [o.name for o in replica.referring(Kind.HUNT_GROUP, "UMDialPlan", GUIDS[1])] == ["a"]
    replica.apply(Change(GUIDS[0], Stamp(EPOCH, 3), {}, removed=True))
    assert replica.referring(Kind.HUNT_GROUP, "UMDialPlan", GUIDS[1]) == []
