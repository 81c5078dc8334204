"""``umctl renew``, ``retry`` and ``rollback`` in a folder: what they remember there, and what they refuse."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from certificate_folder import CERTIFICATE, Folder
from um_operator.api.annotations import RETRY_REQUESTED_AT

if TYPE_CHECKING:
    from cli.conftest import Umctl


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A folder whose UMCertificate has its third revision."""
    folder = Folder.in_(tmp_path)
    folder.issued(3, "ex01.contoso.com")
    return folder


def test_renew_is_remembered_beside_the_manifest_and_the_next_apply_sees_it(
    folder: Folder, umctl: Umctl
) -> None:
    said = umctl("renew", "certificate", "um", *folder.on)
    assert (said.code, said.out) == (0, 'UMCertificate "um": a revision after "3" is asked for.\n')
    assert said.err == "umctl apply carries it out; the manifest stays as it is.\n"
    assert folder.desired().requested_renew is not None
    assert folder.manifest == CERTIFICATE
    assert folder.record().generation == 1


def test_a_certificate_that_was_never_issued_can_be_asked_for(tmp_path: Path, umctl: Umctl) -> None:
    said = umctl("renew", "umcert", "um", *Folder.in_(tmp_path).on)
    assert (said.code, said.out) == (0, 'UMCertificate "um": the first revision is asked for.\n')


def test_retry_is_remembered_too(folder: Folder, umctl: Umctl) -> None:
    said = umctl("retry", "certificate", "um", *folder.on)
    assert (said.code, said.out) == (0, 'UMCertificate "um": what was given up is tried again.\n')
    assert folder.desired().requested_retry == folder.record().annotations[RETRY_REQUESTED_AT]


@pytest.mark.parametrize(
    ("more", "now", "when"), [((), False, "in a window"), (("--now",), True, "waiting for no window")]
)
def test_rollback_calls_the_newest_revision_bad_and_no_other(
    folder: Folder, umctl: Umctl, more: tuple[str, ...], now: bool, when: str
) -> None:
    said = umctl("rollback", "certificate", "um", *more, *folder.on)
    assert said.code == 0
    assert said.out == (
        'UMCertificate "um": revision "3" is called bad. Servers that have it go back to what they served '
        f"before, one after the other, {when}.\n"
    )
    asked = folder.desired().requested_rollback
    assert asked is not None
    assert (asked.revision, asked.now) == (3, now)


def test_the_last_word_counts(folder: Folder, umctl: Umctl) -> None:
    umctl("rollback", "certificate", "um", *folder.on)
    umctl("rollback", "certificate", "um", "--now", *folder.on)
    asked = folder.desired().requested_rollback
    assert asked is not None
    assert asked.now


def test_without_a_revision_there_is_nothing_to_take_back(tmp_path: Path, umctl: Umctl) -> None:
    folder = Folder.in_(tmp_path)
    said = umctl("rollback", "certificate", "um", *folder.on)
    assert (said.code, said.out) == (1, "")
    assert said.err == 'error: UMCertificate "um" has no revision yet: nothing can be taken back\n'
    assert folder.record().annotations == {}


@pytest.mark.parametrize("word", ["renew", "retry", "rollback"])
def test_what_is_asked_for_wrongly_is_refused_with_one_line_and_changes_nothing(
    folder: Folder, umctl: Umctl, word: str
) -> None:
    def refused(*arguments: str) -> str:
        ran = umctl(word, *arguments)
        assert (ran.code, ran.out) == (1, "")
        (line,) = ran.err.splitlines()
        return line

    before = folder.record()
    assert refused("certificate", "ume", *folder.on) == (
        'error: there is no UMCertificate "ume" in the manifests; those there: "um"'
    )
    assert refused("umgw", "um", *folder.on) == (
        'error: "umgw" is not known here; say certificate (or umcert), then its name'
    )
    assert "give one or the other" in refused("certificate", "um", *folder.on, "--namespace", "telephony")
    assert "name one with -f" in refused("certificate", "um", "--state", str(folder.path / "state"))
    missing = str(folder.path / "absent")
    assert f"{missing}: cannot be read" in refused("certificate", "um", "-f", missing)
    assert refused("certificate", "um", "--kubeconfig", missing).startswith("error: ")
    assert folder.record() == before
