"""What went wrong on the way to a server is named by a reason of the table, whatever it was."""

from __future__ import annotations

from um_operator.api.reasons import Reason
from um_operator.remoting.errors import RemotingError


def test_every_error_of_the_way_has_a_reason_of_the_table_as_its_code() -> None:
    known = set(Reason)
    kinds: list[type[RemotingError]] = [RemotingError, *_below(RemotingError)]
    assert len(kinds) > 8
    assert [one.__name__ for one in kinds if one.code not in known] == []


def _below(kind: type[RemotingError]) -> list[type[RemotingError]]:
    return [found for one in kind.__subclasses__() for found in (one, *_below(one))]
