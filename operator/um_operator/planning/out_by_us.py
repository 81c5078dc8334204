"""What a sequence of ours left down, out of service or half written; before it is done nobody is let go."""

from __future__ import annotations

from collections.abc import Iterable

from um_operator.observed.fact import Unknown
from um_operator.observed.rollout import ServerEntry
from um_operator.planning.view import View


def out_by_us(view: View) -> tuple[str, ...]:
    """Return the servers and front ends that we owe an end, by FQDN in lower case (R8, R13).

    What cannot be read counts as it was last known (R1); a server that Exchange no longer knows is gone.
    """
    entry = view.ledger.entry(view.desired.key)
    servers = (key for key, one in entry.servers.items() if one.unfinished and _is_out(view, key, one))
    return (*sorted(servers), *sorted(entry.stopped))


def told(out: Iterable[str]) -> str:
    """Return in words what is out."""
    names = ", ".join(f'"{name}"' for name in out)
    return f"down or out of service by the operator: {names}"


def _is_out(view: View, key: str, entry: ServerEntry) -> bool:
    server, listed = view.rollout.servers.get(key), view.snapshot.servers
    if server is None:
        return isinstance(listed, Unknown) or key in listed.value
    return entry.hold is not None or any(
        one.may_be_down_by_us or one.may_be_half_written for one in server.services.values()
    )
