"""Whatever stands in a document, reading it ends with a resource or with problems, never an exception."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from manifests_support import (
    certificate_document,
    gateway_document,
    organization_document,
    plan_document,
)
from um_operator.api.select import KINDS, Invalid, is_ours, parse

BASES = [organization_document(), plan_document(), gateway_document(), certificate_document()]

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["5m", "Secured", "sbc01.contoso.com", "2026-01-01T00:00:00Z", "0 22 * * Sat", "1e5"])
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


FIELDS = st.sampled_from(
    sorted(
        name
        for kind in KINDS.values()
        for definition in kind.model_json_schema()["$defs"].values()
        for name in definition.get("properties", {})
    )
)


@given(st.sampled_from(BASES), st.dictionaries(FIELDS, anything, max_size=4))
@example(gateway_document(), {"organizationRef": {"a name\nof two lines": 0}})
def test_any_value_in_any_field_of_a_spec_is_judged(base: dict[str, Any], fields: dict[str, Any]) -> None:
    result = parse({**base, "spec": {**base["spec"], **fields}})
    assert isinstance(result, (Invalid, *KINDS.values()))
    if isinstance(result, Invalid):
        assert result.problems
        assert all("\n" not in str(problem) for problem in result.problems)


@given(
    st.sampled_from(BASES), st.sampled_from(["metadata", "spec", "status", "kind", "apiVersion"]), anything
)
def test_any_value_in_place_of_a_part_is_judged(base: dict[str, Any], part: str, value: Any) -> None:
    document = {**base, part: value}
    is_ours(document)
    assert isinstance(parse(document), (Invalid, *KINDS.values()))
