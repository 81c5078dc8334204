"""One run at a time works on a private state directory outside of the manifests."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from um_operator.local.errors import LocalError, StateLockedError
from um_operator.local.state_directory import StateLock, locate, make_private, organization_folder


def test_the_state_lies_where_it_is_told_else_in_the_users_state_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    assert locate(None, []) == tmp_path / "xdg" / "um-operator"
    assert locate(str(tmp_path / "mine"), []) == tmp_path / "mine"


def test_a_state_directory_among_the_manifests_is_refused(tmp_path: Path) -> None:
    (tmp_path / "um").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "um")
    for state in ("um", "um/state", "link/state", "um/../um/x"):
        with pytest.raises(LocalError, match="give another one with --state"):
            locate(str(tmp_path / state), [str(tmp_path / "um")])
    assert locate(str(tmp_path / "umstate"), [str(tmp_path / "um"), "-"])


def test_folders_are_private_up_to_the_state_directory_and_not_above(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    state = tmp_path / "state"
    state.mkdir(mode=0o755)
    make_private(organization_folder(state, "voice", "contoso"), state)
    for folder in (state, state / "voice", state / "voice" / "contoso"):
        assert folder.stat().st_mode & 0o777 == 0o700
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_a_file_in_the_place_of_the_state_directory_is_told(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(LocalError, match="cannot be used: File exists"), StateLock(tmp_path / "state"):
        pass


def test_a_second_run_is_refused_and_told_who_works_there(tmp_path: Path) -> None:
    with StateLock(tmp_path) as first:
        assert first.held()
        with (
            pytest.raises(StateLockedError, match=f'in use by process "{os.getpid()}" on '),
            StateLock(tmp_path),
        ):
            pass
        assert first.held()
    assert not first.held()
    with StateLock(tmp_path) as next_run:
        assert next_run.held()


def test_the_lock_is_lost_when_the_directory_is_taken_away_or_replaced(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with StateLock(state) as lock:
        shutil.rmtree(state)
        assert not lock.held()
        with StateLock(state) as other:
            assert other.held()
            assert not lock.held()
