from __future__ import annotations

import pytest

from manifests_support import dial_plan, gateway
from um_operator.api.tree import forbidden_changes


def test_what_may_change_changes() -> None:
    before = dial_plan("pbx", faxEnabled=True, maxCallDuration="30m")
    after = dial_plan("pbx", voipSecurity="SIPSecured", maxCallDuration="40m", mode="Observe")
    assert forbidden_changes(after, before) == ()


@pytest.mark.parametrize(
    ("field", "before", "after"),
    [
        ("uriType", "SipName", "E164"),
        ("numberOfDigitsInExtension", 4, 5),
        ("organizationRef", {"name": "contoso"}, {"name": "fabrikam"}),
        ("name", "Contoso-PBX", "Fabrikam-PBX"),
    ],
)
def test_what_exchange_cannot_change_is_refused(field: str, before: object, after: object) -> None:
    (problem,) = forbidden_changes(dial_plan("pbx", **{field: after}), dial_plan("pbx", **{field: before}))
    assert str(problem) == f"spec.{field}: cannot change; delete the resource and make another one"


def test_writing_out_the_name_that_was_computed_is_no_change() -> None:
    assert forbidden_changes(gateway("sbc01", name="sbc01"), gateway("sbc01")) == ()
    assert len(forbidden_changes(gateway("sbc01", name="sbc02"), gateway("sbc01"))) == 1


def test_writing_out_the_uri_type_that_exchange_chose_is_no_change() -> None:
    assert forbidden_changes(dial_plan("pbx", uriType="SipName"), dial_plan("pbx")) == ()
