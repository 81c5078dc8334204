"""Every way in which a manifest can be wrong gives one line: where, what stands there, the rule."""

from __future__ import annotations

from typing import Any

import pytest

from bad_manifests import BAD
from manifests_support import plan_document, problems, with_metadata
from um_operator.api.meta import API_VERSION
from um_operator.api.select import Invalid, is_ours, parse


@pytest.mark.parametrize(("manifest", "line"), BAD.values(), ids=BAD.keys())
def test_one_line_says_what_is_wrong(manifest: dict[str, Any], line: str) -> None:
    assert problems(manifest) == [line]


def test_all_problems_of_a_document_come_at_once() -> None:
    manifest = plan_document("PBX", uriType="Tel", maxCallDuration="5m", voipSecurty="Secured")
    assert len(problems(manifest)) == 4


def test_a_long_value_is_cut_and_stays_on_one_line() -> None:
    (line,) = problems(plan_document("pbx", name="a\n" * 200))
    assert "\n" not in line
    assert len(line) < 200


def test_what_cannot_be_used_is_still_known_by_its_name() -> None:
    manifest = with_metadata(
        plan_document("pbx", name="Contoso-PBX", uriType="Tel", organizationRef={"name": "contoso"}),
        generation=7,
    )
    invalid = parse(manifest)
    assert isinstance(invalid, Invalid)
    assert str(invalid.key) == "UMDialPlan/pbx"
    assert (invalid.organization, invalid.exchange_name, invalid.generation) == ("contoso", "Contoso-PBX", 7)


@pytest.mark.parametrize("metadata", [None, [], {"name": 5}, "x"])
def test_a_document_without_a_usable_name_has_no_key(metadata: object) -> None:
    invalid = parse({**plan_document(), "metadata": metadata})
    assert isinstance(invalid, Invalid)
    assert invalid.key is None
    assert invalid.problems


@pytest.mark.parametrize(
    ("version", "ours"),
    [
        (API_VERSION, True),
        ("unifiedmessaging.dev/v9", True),
        ("v1", False),
        ("apps/v1", False),
        (None, False),
    ],
)
def test_documents_are_ours_by_their_api_group(version: str | None, ours: bool) -> None:
    assert is_ours({"apiVersion": version, "kind": "Anything"}) is ours


def test_what_is_no_mapping_is_not_ours() -> None:
    assert not is_ours(["apiVersion"])
