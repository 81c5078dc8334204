"""The names of revisions, in plans and as Secrets."""

from __future__ import annotations

from um_operator.observed.revision import SECRET_NAME_MAX, Revision


def test_a_revision_is_named_by_certificate_server_and_number() -> None:
    own, shared = Revision("um", 7, "ex03.contoso.com"), Revision("um", 7)
    assert (str(own), own.secret) == ("um/ex03.contoso.com/7", "um-ex03.contoso.com-7")
    assert (str(shared), shared.secret) == ("um/7", "um-7")


def test_an_underscore_of_windows_becomes_a_dash_for_kubernetes() -> None:
    revision = Revision("um", 7, "ex_03.contoso.com")
    assert (str(revision), revision.secret) == ("um/ex_03.contoso.com/7", "um-ex-03.contoso.com-7")


def test_a_name_that_would_be_too_long_is_cut_and_stays_its_own() -> None:
    long = "a" * 200
    names = {Revision("um", 1, f"{long}.{end}.contoso.com").secret for end in ("b" * 60, "c" * 60)}
    assert len(names) == 2
    assert all(len(name) == SECRET_NAME_MAX and name.endswith("-1") for name in names)
