"""Which certificates are refused before anything is imported, and for what."""

from __future__ import annotations

from typing import Any

import pytest

from planning_support import NOW
from rollout_machine import YEAR, leaf
from um_operator.planning.checks.fitness import Use, problems

SERVER = "EX01.contoso.com"


def use(facts: dict[str, Any] | None = None, **other: Any) -> Use:
    made = leaf("um/ex01.contoso.com/1", "ex01.contoso.com", NOW, **(facts or {}))
    return Use(made, SERVER, NOW, **other)


FIT: dict[str, Use] = {
    "its name in another case": use(),
    "a wildcard": use({"dns_names": ("*.contoso.com",), "common_name": "mail.contoso.com"}),
    "without extended key usage": use({"extended_key_usages": frozenset()}),
    "a shared one has other names": use({"dns_names": ("um.contoso.com",)}, shared=True),
    "a self-signed one may be signed with anything": use({"self_issued": True, "signature_hash": "sha1"}),
    "for Lync": use(lync=True),
}
UNFIT: dict[str, tuple[Use, str]] = {
    "a wildcard of another domain": (
        use({"dns_names": ("*.sub.contoso.com",), "common_name": None}),
        "NameMissing",
    ),
    "a name that the spec asks for is missing": (use(asked_names=("um.contoso.com",)), "NameMissing"),
    "it has ended": (use({"not_after": NOW}), "Expired"),
    "it has not begun": (use({"not_before": NOW + YEAR}), "NotValidYet"),
    "MD5": (use({"signature_hash": "md5"}), "WeakSignature"),
    "self-signed, and Lync calls": (use({"self_issued": True}, lync=True), "SelfSigned"),
    "a wildcard as common name, and Lync calls": (
        use({"common_name": "*.contoso.com"}, lync=True),
        "WildcardCommonName",
    ),
    "another common name, and Lync calls": (
        use({"common_name": "um.contoso.com"}, lync=True),
        "CommonNameDiffers",
    ),
}


@pytest.mark.parametrize("case", FIT.values(), ids=FIT)
def test_it_is_fit(case: Use) -> None:
    assert problems(case) == {}


@pytest.mark.parametrize(("case", "reason"), UNFIT.values(), ids=UNFIT)
def test_it_is_not_fit(case: Use, reason: str) -> None:
    assert list(problems(case)) == [reason]


def test_every_reason_is_told() -> None:
    worst = use({"key_algorithm": "EC", "signature_hash": "sha1", "dns_names": (), "common_name": None})
    assert list(problems(worst)) == ["KeyNotFit", "WeakSignature", "NameMissing"]
