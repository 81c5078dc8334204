"""A run that only looks sees what it learned of a Secret, and nobody else does."""

from __future__ import annotations

import pytest

from um_operator.app.read_only import ReadOnlySecrets
from um_operator.engine.ports import PortError
from um_operator.local.secrets import LocalSecrets


async def test_what_is_learned_of_a_secret_is_seen_by_this_run_alone() -> None:
    source = LocalSecrets({"um-1": {"a": b"1", "b": b"1"}}, {})
    reading = ReadOnlySecrets(source)
    assert await reading.update_secret("um-1", lambda _: {"b": None, "c": b"2"}) == {"a": b"1", "c": b"2"}
    assert await reading.update_secret("um-1", lambda data: {"d": data["c"]}) == await reading.secret("um-1")
    assert await reading.secret("um-1") == {"a": b"1", "c": b"2", "d": b"2"}
    assert await source.secret("um-1") == {"a": b"1", "b": b"1"}
    assert await ReadOnlySecrets(source).secret("um-1") == {"a": b"1", "b": b"1"}


async def test_a_secret_that_is_not_there_or_shall_not_change_stays_so() -> None:
    reading = ReadOnlySecrets(LocalSecrets({"um-1": {"a": b"1"}}, {}))
    assert await reading.update_secret("um-2", lambda _: {"a": b"1"}) is None
    assert await reading.secret("um-2") is None
    assert await reading.update_secret("um-1", lambda _: {}) == {"a": b"1"}


async def test_it_neither_makes_nor_removes_a_secret() -> None:
    with pytest.raises(PortError, match='"um-1" is not written by a run that only reads'):
        await ReadOnlySecrets(LocalSecrets({}, {})).create_secret("um-1", {})
    with pytest.raises(PortError, match="only reads"):
        await ReadOnlySecrets(LocalSecrets({}, {})).delete_secret("um-1")
