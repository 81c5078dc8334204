"""The larger example as it is committed, but for how to reach a simulated estate.

Accounts, CAs and host keys are those that ``umctl lab`` hands out; all log on by NTLM, as there is no KDC.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml

from um_operator.cli.lab import hand_out
from um_operator.cli.lab_files import LabFolder
from um_operator.lab.estate import Lab
from um_operator.local.yaml_documents import read_documents

Manifest: TypeAlias = dict[str, Any]

CONTOSO: Final = Path(__file__).parents[1] / "examples" / "contoso"
NAMESPACE: Final = "unified-messaging"
BY_KERBEROS: Final = (
    ("ExchangeOrganization", "exchange"),
    ("ExchangeOrganization", "lync"),
    ("LyncIntegration", "permissions"),
)
"""Kind and field of spec where the example declares how an account logs on."""


def documents(lab: Lab) -> list[Manifest]:
    """Return what the example declares, as it holds for an estate; its namespace first."""
    found = as_committed(lab)
    for kind, field in BY_KERBEROS:
        [owner] = (one for (of, _), one in found.items() if of == kind)
        owner["spec"][field]["authentication"]["method"] = "NTLM"
    return sorted(found.values(), key=lambda one: one["kind"] != "Namespace")


def as_committed(lab: Lab) -> dict[tuple[str, str], Manifest]:
    """Return the same by kind and name, with Kerberos."""
    read, unreadable = read_documents([str(CONTOSO)])
    assert not unreadable
    values = (deepcopy(one.value) for one in read if one.value["kind"] != "Kustomization")
    found = {(one["kind"], one["metadata"]["name"]): one for one in values}
    return found | {(one["kind"], one["metadata"]["name"]): one for one in of_the_estate(lab)}


def of_the_estate(lab: Lab) -> Iterator[Manifest]:
    """Yield the objects of the example's names that hold for an estate."""
    named = {
        one.value["metadata"]["name"] for one in read_documents([str(CONTOSO)])[0] if "metadata" in one.value
    }
    with tempfile.TemporaryDirectory() as folder:
        files = LabFolder(Path(folder))
        hand_out(lab, files)
        handed_out = list(yaml.load_all(files.manifests.read_text(), yaml.CSafeLoader))
    for document in handed_out:
        if document["metadata"]["name"] in named:
            document["metadata"]["namespace"] = NAMESPACE
            yield document
