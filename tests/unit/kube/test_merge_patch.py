"""What the writer sends: just the difference, by RFC 7386."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from um_operator.kube.merge_patch import merge_patch

VALUES = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=4) | st.lists(st.integers(), max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abcd"), inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.sampled_from("abcd"), VALUES, max_size=4)


def merged(target: Any, patch: Any) -> Any:
    """Return what RFC 7386, section 2, makes of a target and a patch."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


@given(OBJECTS, OBJECTS)
def test_the_patch_makes_what_is_wanted_of_what_there_is(have: dict[str, Any], want: dict[str, Any]) -> None:
    assert merged(have, merge_patch(have, want)) == want


@given(OBJECTS)
def test_nothing_is_sent_where_nothing_differs(same: dict[str, Any]) -> None:
    assert merge_patch(same, same) == {}


def test_only_what_differs_is_sent() -> None:
    have = {"plan": {"stepCount": 1, "waitingFor": "Nothing"}, "serverCount": 4, "endpoint": "ex01"}
    want = {"plan": {"stepCount": 2, "waitingFor": "Nothing"}, "serverCount": 4}
    assert merge_patch(have, want) == {"plan": {"stepCount": 2}, "endpoint": None}
