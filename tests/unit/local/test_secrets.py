"""Secrets that a run makes: private files, whole or absent, beside what the manifests say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from pki_support import ASKED, hierarchy
from pki_support import NOW as INSTANT
from pki_world import signed
from um_operator.engine.ports import Issuer
from um_operator.local.errors import LocalError, StateDamagedError
from um_operator.local.secret_files import SecretFiles
from um_operator.local.secrets import LocalSecrets
from um_operator.observed.fact import Known
from um_operator.observed.revision import Revision
from um_operator.pki import certificates
from um_operator.pki.issuance import Issuance
from um_operator.pki.issuers.request import RequestIssuer
from um_operator.pki.revisions import Revisions

NAME = "um-ex01.contoso.com-1"


def secrets(
    state: Path, *, writable: bool = True, declared: Mapping[str, bytes] | None = None
) -> LocalSecrets:
    by_secret = {NAME: declared} if declared is not None else {}
    return LocalSecrets(by_secret, {}, SecretFiles(state, "um"), writable)


def path_of(state: Path) -> Path:
    return state / "um" / ".secrets" / f"{NAME}.json"


async def test_a_secret_is_kept_in_a_private_file_until_it_is_deleted(tmp_path: Path) -> None:
    store = secrets(tmp_path)
    assert await store.create_secret(NAME, {"tls.key": b"\x00key"}, kind="Opaque", labels={"a": "b"})
    assert path_of(tmp_path).stat().st_mode & 0o777 == 0o600
    assert path_of(tmp_path).parent.stat().st_mode & 0o777 == 0o700
    assert await secrets(tmp_path, writable=False).secret(NAME) == {"tls.key": b"\x00key"}
    manifest = json.loads(path_of(tmp_path).read_text())
    assert (manifest["kind"], manifest["metadata"]) == ("Secret", {"name": NAME, "labels": {"a": "b"}})
    await store.delete_secret(NAME)
    await store.delete_secret(NAME)
    assert await store.secret(NAME) is None


async def test_a_secret_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    store = secrets(tmp_path)
    await store.create_secret(NAME, {"a": b"1"})
    assert not await store.create_secret(NAME, {"a": b"2"})
    assert await store.secret(NAME) == {"a": b"1"}
    assert not await secrets(tmp_path / "other", declared={"a": b"3"}).create_secret(NAME, {"a": b"2"})


async def test_an_update_adds_and_removes_keys_and_keeps_the_rest(tmp_path: Path) -> None:
    store = secrets(tmp_path)
    await store.create_secret(NAME, {"a": b"1", "b": b"2", "c": b"3"}, labels={"x": "y"})
    assert await store.update_secret(NAME, lambda _: {"a": None, "b": b"4"}) == {"b": b"4", "c": b"3"}
    assert await store.secret(NAME) == {"b": b"4", "c": b"3"}
    assert json.loads(path_of(tmp_path).read_text())["metadata"]["labels"] == {"x": "y"}


async def test_an_update_that_changes_nothing_writes_nothing(tmp_path: Path) -> None:
    store = secrets(tmp_path)
    await store.create_secret(NAME, {"a": b"1"})
    before = path_of(tmp_path).stat()
    assert await store.update_secret(NAME, lambda _: {}) == {"a": b"1"}
    after = path_of(tmp_path).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


async def test_a_secret_that_is_not_there_cannot_be_updated(tmp_path: Path) -> None:
    assert await secrets(tmp_path).update_secret(NAME, lambda _: {"a": b"1"}) is None
    assert not path_of(tmp_path).exists()


async def test_a_manifest_adds_keys_and_what_was_written_wins(tmp_path: Path) -> None:
    await secrets(tmp_path).create_secret(NAME, {"tls.key": b"ours"})
    store = secrets(tmp_path, declared={"tls.key": b"theirs", "tls.crt": b"answer"})
    assert await store.secret(NAME) == {"tls.key": b"ours", "tls.crt": b"answer"}
    await store.update_secret(NAME, lambda data: {"tls.crt": data["tls.crt"] + b", checked"})
    assert await secrets(tmp_path).secret(NAME) == {"tls.key": b"ours", "tls.crt": b"answer, checked"}


async def test_namespaces_do_not_meet(tmp_path: Path) -> None:
    await secrets(tmp_path).create_secret(NAME, {"a": b"1"})
    assert await LocalSecrets({}, {}, SecretFiles(tmp_path, None)).secret(NAME) is None


async def test_a_run_that_only_reads_writes_nothing(tmp_path: Path) -> None:
    store = secrets(tmp_path, writable=False)
    for write in (
        store.create_secret(NAME, {}),
        store.update_secret(NAME, lambda _: {"a": b"1"}),
        store.delete_secret(NAME),
    ):
        with pytest.raises(LocalError, match="this run only reads"):
            await write
    assert not path_of(tmp_path).parents[1].exists()


async def test_a_revision_is_issued_in_a_folder_with_the_answer_of_a_commit(tmp_path: Path) -> None:
    """A run asks, a person commits the answer as a Secret of the same name, and the next run takes it."""
    revision = Revision("um", 1, "ex01.contoso.com")
    assert revision.secret == NAME

    def issuer(store: LocalSecrets) -> Issuer:
        return Issuance(
            Revisions(store, lambda: INSTANT), RequestIssuer(store, lambda: INSTANT), lambda: INSTANT
        )

    pending = await issuer(secrets(tmp_path)).submit(revision, ASKED)
    assert isinstance(pending, Known)
    assert pending.value.state == "Pending"
    csr = (await secrets(tmp_path).secret(NAME) or {})["tls.csr"]
    answer = certificates.to_pem([signed(csr), hierarchy().intermediate, hierarchy().root])
    issued = await issuer(secrets(tmp_path, declared={"tls.crt": answer})).poll(revision, ASKED)
    assert isinstance(issued, Known)
    assert issued.value.state == "Issued"
    assert await Revisions(secrets(tmp_path), lambda: INSTANT).read_all([revision]) == Known(
        (issued.value,), INSTANT
    )


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"data": {"a": "*"}}', '{"data": 1}'])
async def test_a_file_that_was_not_written_by_a_run_is_told_and_kept(tmp_path: Path, content: str) -> None:
    path_of(tmp_path).parent.mkdir(parents=True)
    path_of(tmp_path).write_text(content)
    with pytest.raises(StateDamagedError, match="is damaged"):
        await secrets(tmp_path).secret(NAME)
    assert path_of(tmp_path).read_text() == content


async def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    path_of(tmp_path).mkdir(parents=True)
    with pytest.raises(LocalError, match="cannot be read: Is a directory"):
        await secrets(tmp_path).secret(NAME)


def maps(state: Path, *, writable: bool = True, **declared: Mapping[str, bytes]) -> LocalSecrets:
    return LocalSecrets(
        {}, declared, SecretFiles(state, "um"), writable, SecretFiles(state, "um", "ConfigMap")
    )


async def test_a_config_map_is_kept_as_a_manifest_that_people_can_read(tmp_path: Path) -> None:
    await maps(tmp_path).write_config_map("um-trust", lambda _: {"ca.crt": b"PEM\n"}, labels={"a": "b"})
    [path] = (tmp_path / "um" / ".configmaps").iterdir()
    assert json.loads(path.read_text()) == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "um-trust", "labels": {"a": "b"}},
        "data": {"ca.crt": "PEM\n"},
    }
    assert await maps(tmp_path, writable=False).config_map("um-trust") == {"ca.crt": b"PEM\n"}
    assert await maps(tmp_path).secret("um-trust") is None


async def test_a_config_map_of_the_manifests_is_added_to_and_not_written(tmp_path: Path) -> None:
    store = maps(tmp_path, theirs={"ca.crt": b"1", "note": b"2"})
    await store.write_config_map("theirs", lambda data: {"ca.crt": data["ca.crt"] + b"+"})
    await store.write_config_map("theirs", lambda _: {})
    assert await store.config_map("theirs") == {"ca.crt": b"1+", "note": b"2"}


async def test_a_run_that_only_reads_writes_no_config_map(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match='ConfigMap "um-trust" cannot be written: this run only reads'):
        await maps(tmp_path, writable=False).write_config_map("um-trust", lambda _: {"a": b"1"})
