"""What is down or out of service because of us; an organisation is not let go before it is back."""

from __future__ import annotations

from collections.abc import Iterable

from um_operator.observed.fact import Unknown
from um_operator.observed.rollout import ServerEntry
from um_operator.planning.view import View


def out_by_us(view: View) -> tuple[str, ...]:
    """Return the servers and front ends that are down or out of service by us, by FQDN in lower case (R13).

    What cannot be read counts as it was last known (R1); a server that Exchange no longer knows is gone.
    """
    entry = view.ledger.entry(view.desired.key)
    return tuple(key for key in entry.out if key in entry.stopped or _is_out(view, key, entry.servers[key]))


def told(out: Iterable[str]) -> str:
    """Return in words what is out."""
    names = ", ".join(f'"{name}"' for name in out)
    return f"down or out of service by the operator: {names}"


def _is_out(view: View, key: str, entry: ServerEntry) -> bool:
    server, listed = view.rollout.servers.get(key), view.snapshot.servers
    if server is None:
        return isinstance(listed, Unknown) or key in listed.value
    return entry.hold is not None or any(one.may_be_down_by_us for one in server.services.values())
