"""Organisations whose certificates or servers are in trouble, and what metrics show of them after a pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache

from planning_support import NOW, World
from rollout_machine import authority, leaf
from rollout_support import Site
from um_operator.engine.one_pass import Memory, Report
from um_operator.observability.board import OrganizationSample
from um_operator.planning.conditions import statuses
from um_operator.planning.steps import ActivateServer, DrainServer
from um_operator.web import samples

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OTHER = leaf("other/9", "other", NOW).thumbprint
YEARLY = {"name": "night", "schedule": "0 22 24 12 *", "duration": "1h", "timeZone": "UTC"}


@cache
def two() -> Site:
    """Return two servers that serve their certificates, an hour after."""
    return Site.of("ex01", "ex02").patient().later(HOUR)


def with_foreign(site: Site, name: str) -> Site:
    """Somebody binds a certificate of another to a server and restarts it."""
    leaves = {**site.servers.leaves, OTHER: leaf("other/9", "other", NOW)}
    site = replace(site, servers=replace(site.servers, leaves=leaves))
    store = site.machine(name).store | {OTHER}
    bound = {"UM": OTHER, "UMCallRouter": OTHER}
    dual = {"UM": "Dual", "UMCallRouter": "Dual"}
    return site.changed(name, store=store, bound=bound, mode=dual).rebooted(name)


def shown_after(
    site: Site | World, before: OrganizationSample | None = None, *, namespace: str = "um"
) -> OrganizationSample:
    """Return what is shown after a pass that found a site as it is."""
    if before is None:
        before = samples.begun(site.desired.spec, (namespace, site.desired.key.name), since=NOW.timestamp())
    told = statuses(site.desired, site.snapshot, site.ledger, site.plan, {}, {}, site.now)
    memory = Memory(snapshot=site.snapshot, ledger=site.ledger, statuses=told)
    report = Report(site.plan, (), read_everything=True, memory=memory)
    return samples.after_pass(before, site.desired, report, ended=site.now.timestamp(), sessions=1)


def refused() -> Site:
    """Return a server whose certificate ends in five days, and whose issuer denies another one."""
    short = Site.of("ex01").issuing(not_before=NOW - 100 * DAY, not_after=NOW + 5 * DAY)
    return short.patient(until=HOUR / 2).denying("ex01.contoso.com").later(2 * HOUR).patient(until=HOUR)


def rejecting() -> Site:
    """Return a server whose call router rejects calls since its restart."""
    return Site.of("ex01", "ex02").past(ActivateServer).changed("ex01", rejected_calls=3).patient(until=HOUR)


def busy() -> Site:
    """Return a server whose calls do not end, so that a renewal is bound there and waits for its restart."""
    return two().changed("ex01", calls=1).renewing().patient(until=HOUR)


def unowned() -> Site:
    """Return a server that shows a certificate which nobody looks after, and that ends in a week."""
    site = with_foreign(Site.of("ex01", "ex02", spec={"servers": {"include": ["ex02.*"]}}).patient(), "ex01")
    ends_soon = replace(site.servers.leaves[OTHER], not_after=NOW + 7 * DAY)
    return replace(site, servers=replace(site.servers, leaves={**site.servers.leaves, OTHER: ends_soon}))


def under_an_old_authority() -> Site:
    """Return servers under a CA whose ten years are over in a few weeks."""
    return Site.of("ex01").under(authority("Old CA", NOW - 9.9 * 365 * DAY)).patient()


TROUBLES: Mapping[str, Callable[[], Site]] = {
    "refused": refused,
    "rejecting": rejecting,
    "owed": busy,
    "foreign": lambda: with_foreign(two().ruled(mode="Observe"), "ex01"),
    "infeasible": lambda: two().ruled(maintenanceWindows=[YEARLY]),
    "untrusted": lambda: Site.of("ex01").secured("sbc01").patient(until=HOUR),
    "drained": lambda: Site.of("ex01").past(DrainServer),
    "unowned": unowned,
    "authority": under_an_old_authority,
}
"""By the namespace of the organisation."""
