"""A stored plan comes back as it was, or not at all, and then one line says why."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from um_operator.api.meta import ObjectKey
from um_operator.planning.plan import Plan, PlannedStep
from um_operator.planning.steps import Change, CreateDialPlan, CreateGateway, CreateHuntGroup, SetGateway
from um_operator.planning.stored_plan import (
    KEY,
    KEY_COMPRESSED,
    MOST_BYTES,
    StoredPlan,
    StoredStep,
    UnusablePlanError,
    digest_of,
    fits,
    from_json,
    packed,
    to_json,
    unpacked,
)

OWNER = ObjectKey("UMIPGateway", "sbc01")
CREATE = CreateGateway(owner=OWNER, gateway="Zürich \\ SBC", address="sbc01.contoso.com")
SET = SetGateway(
    owner=OWNER,
    gateway="Zürich \\ SBC",
    changes=(Change("port", 5061, 5060), Change("groups", (("a", "*", "1", None),), ())),
    interrupts=True,
)
STORED = (StoredStep.of(CREATE, 3, ()), StoredStep.of(SET, 3, (CREATE.step_id,)))
PLAN = StoredPlan("contoso", STORED)


def gateways(count: int) -> StoredPlan:
    """Return a plan that makes so many gateways, each configured and linked."""

    def steps(number: int) -> list[StoredStep]:
        name = f"gateway-{number:04}"
        owner = ObjectKey("UMIPGateway", name)
        create = CreateGateway(owner=owner, gateway=name, address=f"{name}.voice.contoso.com")
        configure = SetGateway(owner=owner, gateway=name, changes=(Change("port", 5061, "as created"),))
        link = CreateHuntGroup(
            owner=owner, gateway=name, dial_plan="Contoso-PBX", pilot_identifier="4900", name=f"pbx-{number}"
        )
        return [
            StoredStep.of(create, 1, ()),
            StoredStep.of(configure, 1, (create.step_id,)),
            StoredStep.of(link, 1, (create.step_id, configure.step_id)),
        ]

    return StoredPlan("contoso", tuple(step for number in range(count) for step in steps(number)))


def test_the_content_has_a_step_a_line_and_names_what_a_person_needs() -> None:
    head, first, second, end = to_json(PLAN).decode().splitlines()
    assert json.loads(head.removesuffix(',"steps":[') + "}") == {
        "digest": PLAN.digest,
        "organization": "contoso",
        "version": 1,
    }
    assert json.loads(first.rstrip(","))["sentence"].startswith('Create gateway "Zürich')
    assert json.loads(second) == {
        "id": SET.step_id,
        "type": "SetGateway",
        "subject": "UMIPGateway/Zürich \\ SBC",
        "owner": "UMIPGateway/sbc01",
        "generation": 3,
        "corrects": False,
        "want": {"port": 5061, "groups": [["a", "*", "1", None]]},
        "have": {"port": 5060, "groups": []},
        "interrupts": True,
        "sentence": SET.sentence,
        "requires": [CREATE.step_id],
    }
    assert end == "]}"


def test_the_digest_is_that_of_a_plan_with_these_steps() -> None:
    plan = Plan((PlannedStep(SET), PlannedStep(CREATE)), ())
    assert PLAN.digest == plan.digest == digest_of([CREATE.step_id, SET.step_id])


def test_what_is_stored_comes_back_as_it_was() -> None:
    assert from_json(to_json(PLAN), PLAN.digest) == PLAN
    assert from_json(to_json(PLAN), PLAN.digest).by_id[SET.step_id] == STORED[1]


def test_a_thousand_gateways_are_stored_compressed_and_come_back() -> None:
    plan = gateways(1000)
    assert len(to_json(plan)) > MOST_BYTES
    (content,) = packed(plan).values()
    assert len(content) < MOST_BYTES / 2
    assert fits(plan)
    assert unpacked(packed(plan), plan.digest) == plan


def test_two_hundred_gateways_are_stored_for_a_person_to_read() -> None:
    plan = gateways(200)
    assert packed(plan) == {KEY: to_json(plan)}
    assert unpacked(packed(plan), plan.digest) == plan


def test_the_same_plan_is_stored_as_the_same_bytes() -> None:
    assert packed(gateways(800)) == packed(gateways(800))
    assert KEY_COMPRESSED in packed(gateways(800))


def test_what_no_config_map_holds_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("um_operator.planning.stored_plan.MOST_BYTES", 300)
    assert not fits(PLAN)


def edited(change: Callable[[dict[str, Any]], object]) -> bytes:
    document = json.loads(to_json(PLAN))
    change(document)
    return json.dumps(document).encode()


DAMAGED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "is damaged"),
    "cut": (to_json(PLAN)[:200], "is damaged"),
    "no JSON": (b"\x00\xff", "is damaged"),
    "a list": (b"[]", "is damaged"),
    "no version": (b"{}", "is damaged"),
    "deep": (b'{"version":1,"organization":"x","steps":' + b"[" * 100_000, "is damaged"),
    "a surrogate": (edited(lambda d: d["steps"][0].update(subject="\ud800")), "is damaged"),
    "another release": (edited(lambda d: d.update(version=2)), 'is of version "2", and this release knows'),
    "a step without want": (edited(lambda d: d["steps"][0].pop("want")), "is damaged at steps.0.want"),
    "another want": (edited(lambda d: d["steps"][1]["want"].update(port=5062)), "is not the step of its id"),
    "another type": (edited(lambda d: d["steps"][0].update(type="RemoveGateway")), "is not the step of its"),
    "a step less": (edited(lambda d: d["steps"].pop()), "was changed: its steps are those of"),
    "no step": (edited(lambda d: d.update(steps=[])), "was changed: its steps are those of"),
    "a whole other plan": (to_json(gateways(1)), "was changed: its steps are those of"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_what_is_not_the_plan_of_its_name_is_refused_in_one_line(name: str) -> None:
    content, why = DAMAGED[name]
    with pytest.raises(UnusablePlanError) as caught:
        from_json(content, PLAN.digest)
    assert str(caught.value).startswith(f'stored plan "{PLAN.digest}" ')
    assert why in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"other": b"{}"},
        {KEY_COMPRESSED: b"not gzip"},
        {KEY_COMPRESSED: gzip.compress(to_json(PLAN))[:-20]},
        {KEY_COMPRESSED: gzip.compress(bytes(65 * 1024 * 1024))},
    ],
    ids=["empty", "other key", "not compressed", "cut", "a bomb"],
)
def test_a_config_map_without_the_plan_is_refused(data: dict[str, bytes]) -> None:
    with pytest.raises(UnusablePlanError, match=PLAN.digest):
        unpacked(data, PLAN.digest)


@given(
    st.binary()
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["version", "steps", "id", "want"]), inner)
        ),
    ).map(lambda value: json.dumps(value).encode())
)
def test_no_content_whatever_is_taken_for_the_plan_or_crashes(content: bytes) -> None:
    with pytest.raises(UnusablePlanError):
        from_json(content, PLAN.digest)


def test_a_new_dial_plan_is_stored_with_its_properties() -> None:
    step = CreateDialPlan(
        owner=ObjectKey("UMDialPlan", "pbx"),
        dial_plan="pbx",
        properties={
            "uriType": "E164",
            "numberOfDigitsInExtension": 4,
            "accessTelephoneNumbers": ("+49", "1"),
        },
    )
    plan = StoredPlan("contoso", (StoredStep.of(step, 1, ()),))
    assert from_json(to_json(plan), plan.digest) == plan
