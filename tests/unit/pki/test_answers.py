"""An answer is checked before it is believed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pki_support import ASKED, NOW, certificate, hierarchy, rsa_key, san
from um_operator.observed.der import fact_of
from um_operator.pki import answers, keys
from um_operator.pki.answers import Accepted
from um_operator.pki.ports import Denied

H = hierarchy()
OWN = keys.public_key_sha256(rsa_key().public_key())


def checked(
    *certificates: bytes, key: str | None = OWN, names: tuple[str, ...] = ASKED.names
) -> Accepted | Denied:
    return answers.check(certificates, public_key_sha256=key, names=names, now=NOW)


def test_a_good_answer_is_believed_as_an_ordered_chain() -> None:
    answer = checked(H.root, H.intermediate, H.leaf)
    assert isinstance(answer, Accepted)
    assert answer.chain.certificates == (H.leaf, H.intermediate, H.root)
    assert answer.message == ""


def test_what_is_missing_of_a_chain_is_told_and_no_denial() -> None:
    answer = checked(H.leaf, H.intermediate)
    assert isinstance(answer, Accepted)
    assert answer.message == 'the chain is incomplete: the certificate of "CN=Root" is missing'


@pytest.mark.parametrize(
    ("answer", "reason", "message"),
    [
        ([], "KeyMismatch", "no certificate of the answer has the key of the request; it has none"),
        (
            [H.issue(rsa_key("other")), H.intermediate],
            "KeyMismatch",
            'it has "CN=ex01.contoso.com", "CN=Issuing"',
        ),
        ([H.issue(extensions=[san("ex01.contoso.com")])], "NameMissing", 'does not cover "um.contoso.com"'),
        (
            [H.issue(end=NOW, start=NOW - timedelta(days=9)), H.intermediate],
            "Expired",
            '"CN=ex01.contoso.com" ended at 2026-11-14T22:00:00Z',
        ),
        ([H.issue(start=NOW + timedelta(hours=2))], "NotValidYet", "begins at 2026-11-15T00:00:00Z"),
        ([b"nonsense"], "IssuanceFailed", "cannot be read"),
    ],
)
def test_a_bad_answer_is_denied_with_the_reason(answer: list[bytes], reason: str, message: str) -> None:
    denied = checked(*answer)
    assert isinstance(denied, Denied)
    assert denied.reason == reason
    assert message in denied.message


def test_a_chain_with_an_issuer_that_ended_is_denied() -> None:
    ended = certificate(
        "Issuing", key=rsa_key("issuing"), issuer="Root", signed_with=rsa_key("root"), ca=True, end=NOW
    )
    denied = checked(H.leaf, ended, H.root)
    assert isinstance(denied, Denied)
    assert (denied.reason, '"CN=Issuing" ended' in denied.message) == ("Expired", True)


def test_a_clock_that_is_ahead_by_a_little_is_no_reason() -> None:
    assert isinstance(checked(H.issue(start=NOW + timedelta(minutes=30)), H.intermediate, H.root), Accepted)


def test_without_a_request_the_certificate_that_signed_no_other_is_meant() -> None:
    answer = checked(H.intermediate, H.root, H.leaf, key=None)
    assert isinstance(answer, Accepted)
    assert answer.chain.leaf == H.leaf
    denied = checked(H.leaf, H.issue(rsa_key("other")), key=None)
    assert isinstance(denied, Denied)
    assert denied.message == "2 certificates could be meant, and it must be one"


@pytest.mark.parametrize(
    ("name", "covered"),
    [
        ("EX01.contoso.com", True),
        ("a.um.contoso.com", True),
        ("a.b.um.contoso.com", False),
        ("um.contoso.com", False),
        ("ex02.contoso.com", False),
    ],
)
def test_a_name_is_covered_by_itself_or_by_a_wildcard_for_one_label(name: str, covered: bool) -> None:
    own = fact_of(certificate("other", extensions=[san("ex01.contoso.com", "*.um.contoso.com")]))
    assert answers.covers(own, name) is covered


def test_only_without_alternative_names_the_common_name_counts() -> None:
    assert answers.covers(fact_of(certificate("EX01.contoso.com")), "ex01.contoso.com")
    with_names = fact_of(certificate("ex01.contoso.com", extensions=[san("um.contoso.com")]))
    assert not answers.covers(with_names, "ex01.contoso.com")
