"""The page on issuing certificates names what there is."""

from __future__ import annotations

import re
from pathlib import Path

from um_operator.local.secret_files import FOLDERS
from um_operator.observed.revision import Revision
from um_operator.pki import record
from um_operator.pki.issuers.authority import TYPE
from um_operator.pki.pfx_attributes import PROVIDER
from um_operator.pki.revisions import labels_of

PAGE = (Path(__file__).parents[2] / "docs" / "issuing.md").read_text()
WORDS = " ".join(PAGE.split())
REVISION = Revision("um", 7, "ex01.contoso.com")


def test_it_names_every_key_of_a_revisions_secret() -> None:
    keys = re.findall(r"^\| `([\w.]+)` \|", PAGE, re.MULTILINE)
    assert keys[:5] == [record.KEY, record.REQUEST, record.CERTIFICATE, record.ROOT, record.RECORD]


def test_it_names_revisions_secrets_labels_and_files_as_they_are() -> None:
    for told in (str(REVISION), REVISION.secret, *FOLDERS.values(), TYPE, PROVIDER):
        assert told in WORDS, told
    assert all(label in WORDS for label in labels_of(REVISION) if "app.kubernetes.io" not in label)
