"""A run joins folders and state; what it must not do leaves everything as it was."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from um_operator.api.meta import ObjectKey
from um_operator.local.errors import LocalError, StateLockedError
from um_operator.local.manifests import ManifestsError, read_manifests
from um_operator.local.workspace import Target, Workspace, open_workspace

NOW = datetime(2026, 11, 25, 20, 0, tzinfo=UTC)
SBC = ObjectKey("UMIPGateway", "sbc01")
HEAD = "---\napiVersion: unifiedmessaging.dev/v1beta1\n"
SPEC = (
    "{exchange: {endpoints: [http://ex01.contoso.com/PowerShell/], authentication: {secretRef: {name: a}}}}"
)


def organization(name: str = "default") -> str:
    return f"{HEAD}kind: ExchangeOrganization\nmetadata: {{name: {name}}}\nspec: {SPEC}\n"


def plan(digits: int = 4) -> str:
    spec = f'{{countryOrRegionCode: "49", numberOfDigitsInExtension: {digits}, voipSecurity: Unsecured}}'
    return f"{HEAD}kind: UMDialPlan\nmetadata: {{name: pbx}}\nspec: {spec}\n"


def gateway(name: str = "sbc01", more: str = "") -> str:
    spec = f"{{address: {name}.contoso.com, deletionPolicy: Delete{more}}}"
    return f"{HEAD}kind: UMIPGateway\nmetadata: {{name: {name}}}\nspec: {spec}\n"


class Folder:
    """Manifests and a state directory beside them."""

    def __init__(self, path: Path) -> None:
        self.manifests = path / "um"
        self.manifests.mkdir()
        self.state = path / "state"
        self._uids = itertools.count(1)

    @contextmanager
    def open(
        self, *texts: str, writable: bool = True, delete: frozenset[ObjectKey] = frozenset()
    ) -> Iterator[Workspace]:
        (self.manifests / "um.yaml").write_text("".join(texts))
        with open_workspace(
            read_manifests([str(self.manifests)]),
            self.state,
            writable=writable,
            now=NOW,
            new_uid=lambda: f"uid-{next(self._uids)}",
            delete=delete,
        ) as workspace:
            yield workspace

    def target(
        self, *texts: str, writable: bool = True, delete: frozenset[ObjectKey] = frozenset()
    ) -> Target:
        with self.open(*texts, writable=writable, delete=delete) as workspace:
            return workspace.targets[0]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_what_is_declared_is_wanted_and_remembered(folder: Folder) -> None:
    target = folder.target(organization(), plan(), gateway())
    assert [item.key.name for item in target.desired.objects] == ["pbx", "sbc01"]
    assert not target.records.found
    again = folder.target(organization(), plan(), gateway(more=", port: 5070"))
    assert again.records.found
    assert [item.generation for item in again.desired.objects] == [1, 2]


def test_a_run_that_only_reads_writes_nothing_and_has_no_right_to(folder: Folder) -> None:
    with folder.open(organization(), gateway(), writable=False) as workspace:
        assert not workspace.lease.held()
        assert len(workspace.targets[0].desired.objects) == 1
    assert not folder.state.exists()


def test_a_run_that_only_reads_sees_the_state_while_another_one_writes(folder: Folder) -> None:
    with folder.open(organization(), gateway()) as writing:
        assert writing.lease.held()
        assert folder.target(organization(), gateway(), writable=False).records.found
        with pytest.raises(StateLockedError):
            folder.target(organization(), gateway())
    assert not writing.lease.held()


def test_what_vanished_is_let_go_once(folder: Folder) -> None:
    folder.target(organization(), plan(), gateway())
    target = folder.target(organization(), plan())
    assert target.vanished == (SBC,)
    assert [item.key.name for item in target.desired.objects] == ["pbx"]
    assert folder.target(organization(), plan()).vanished == ()


def test_a_deletion_goes_on_without_its_manifest_until_it_is_done(folder: Folder) -> None:
    folder.target(organization(), gateway())
    folder.target(organization(), gateway(), delete=frozenset({SBC}))
    (item,) = folder.target(organization()).desired.objects
    assert (item.key, item.deleting, item.deletion_policy) == (SBC, True, "Delete")


def test_a_deletion_is_given_up_when_the_resource_is_declared_again(folder: Folder) -> None:
    folder.target(organization(), gateway())
    folder.target(organization(), delete=frozenset({SBC}))
    target = folder.target(organization(), gateway())
    assert target.kept == (SBC,)
    assert not target.desired.objects[0].deleting


def test_deleting_what_nobody_knows_is_an_error_and_does_nothing(folder: Folder) -> None:
    folder.target(organization(), gateway())
    with pytest.raises(LocalError, match='"UMDialPlan/nobody": neither declared nor remembered'):
        folder.target(organization(), delete=frozenset({ObjectKey("UMDialPlan", "nobody")}))
    assert folder.target(organization(), gateway()).vanished == ()


def test_a_changed_immutable_is_refused_and_remembers_nothing_of_the_rest(folder: Folder) -> None:
    folder.target(organization(), plan(4), gateway())
    with pytest.raises(ManifestsError, match=r"UMDialPlan/pbx: spec\.numberOfDigitsInExtension"):
        folder.target(organization(), plan(5), gateway(more=", port: 5070"))
    assert [
        item.generation for item in folder.target(organization(), plan(4), gateway()).desired.objects
    ] == [1, 1]


def test_without_an_organisation_nothing_can_be_reached(folder: Folder) -> None:
    with pytest.raises(LocalError, match="declare no ExchangeOrganization"):
        folder.target(plan())


def test_a_resource_of_an_organisation_that_is_not_declared_is_an_error(folder: Folder) -> None:
    with pytest.raises(LocalError, match='UMIPGateway/sbc01: "ExchangeOrganization/other" does not exist'):
        folder.target(organization(), gateway(more=", organizationRef: {name: other}"))


def test_organisations_are_remembered_apart(folder: Folder) -> None:
    other = gateway("sbc02", ", organizationRef: {name: other}")
    with folder.open(organization(), organization("other"), gateway(), other) as workspace:
        names = [[item.key.name for item in target.desired.objects] for target in workspace.targets]
    assert names == [["sbc01"], ["sbc02"]]
    assert folder.target(organization(), gateway()).vanished == ()
