"""A LyncIntegration on one screen: its pools and front ends, contacts, permissions, members. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from um_operator.api.lync_status import FrontEndStatus, LyncIntegrationStatus, LyncPoolStatus
from um_operator.cli.render_certificate import NOTHING, condition_line
from um_operator.cli.render_status import table_lines

_POOLS: Final = (
    "POOL", "EDITION", "VERSION", "ENCRYPTION", "GATEWAY", "OUTCALLS", "USERS", "SPARE", "RESTART",
)  # fmt: skip
_FRONT_ENDS: Final = ("FRONT END", "POOL", "STATE", "TRUST", "UPGRADE DOMAIN", "NOT AFTER")
_CONTACTS: Final = ("CONTACT", "DIAL PLAN", "KIND", "POOL", "PRESENT")


def lync_lines(name: str, status: LyncIntegrationStatus) -> Iterator[str]:
    """Yield what is so of a LyncIntegration, a table of each thing that it has, and what is waited for.

    SPARE is how many more front ends of a pool may fail before it stops.
    """
    yield f"LyncIntegration/{name}"
    yield from (f"  {line}" for line in _summary(status))
    front_ends = [_front_end(pool, one) for pool in status.pools for one in pool.front_ends]
    contacts = [
        (one.number, one.dial_plan, one.kind, _text(one.pool), "yes" if one.present else "no")
        for one in status.contacts
    ]
    for header, rows in (
        (_POOLS, [_pool(pool) for pool in status.pools]),
        (_FRONT_ENDS, front_ends),
        (_CONTACTS, contacts),
    ):
        if rows:
            yield ""
            yield from table_lines([header, *rows])
    details = list(_details(status))
    if details:
        yield ""
        yield from details


def _summary(status: LyncIntegrationStatus) -> Iterator[str]:
    if not status.conditions:
        yield "not looked at yet"
    yield from map(condition_line, status.conditions)
    if permissions := status.permissions:
        by = f", shown by {permissions.verified_by}" if permissions.verified_by else ""
        yield f"permissions: {permissions.state}{by}"
    if window := status.next_window:
        yield f'window "{window.name}" from {window.starts_at} to {window.ends_at}'


def _pool(pool: LyncPoolStatus) -> Sequence[str]:
    return (
        pool.fqdn,
        _text(pool.edition),
        _text(pool.version),
        _text(pool.media_encryption),
        _text(pool.gateway),
        NOTHING if pool.outcalls_allowed is None else str(pool.outcalls_allowed).lower(),
        _text(pool.users_homed),
        _text(pool.quorum_margin),
        pool.restart,
    )


def _front_end(pool: LyncPoolStatus, one: FrontEndStatus) -> Sequence[str]:
    return one.name, pool.fqdn, one.state, one.trust, _text(one.upgrade_domain), _text(one.not_after)


def _text(value: object) -> str:
    return NOTHING if value is None else str(value)


def _details(status: LyncIntegrationStatus) -> Iterator[str]:
    for pool in status.pools:
        if pool.restart_cause:
            yield f"{pool.fqdn}: {pool.restart_cause}"
    for server in status.servers:
        if server.dial_plans_joined != "True":
            known = "is not" if server.dial_plans_joined == "False" else "is not known to be"
            yield f"{server.name} {known} a member of every dial plan"
    for drift in status.drift:
        yield f'drift: {drift.path}: want "{drift.want}", have "{drift.have}", since {drift.since}'
    for waiting in status.waiting_for:
        yield f"waits for {waiting.object} ({waiting.reason}): {waiting.message}"
