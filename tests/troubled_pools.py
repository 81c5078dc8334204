"""Integrations with Lync that are in trouble, by the namespace of their organisation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from lync_scenes import LINKED
from lync_support import CONTACT, FRONT_ENDS, JOINED, READ, LyncEstate, estate, leaf, world
from planning_support import NOW, World
from troubled_sites import DAY
from um_operator.observed.fact import Known
from um_operator.observed.front_ends import LyncServiceFact
from um_operator.observed.lync import FrontEndFacts

FIRST = FRONT_ENDS[0]


@dataclass(frozen=True)
class WithoutOne(LyncEstate):
    """A pool of three of which somebody stopped a front end."""

    def _front_end(self, fqdn: str, at: datetime) -> FrontEndFacts:
        found = super()._front_end(fqdn, at)
        stopped: Mapping[str, LyncServiceFact] = {"rtcsrv": LyncServiceFact("RTCSRV", "Stopped")}
        return replace(found, services=Known(stopped, at)) if fqdn == FIRST else found


def sound(**facts: Any) -> World:
    """Return an integration in which nothing is missing but what the facts say."""
    fine = {"members": JOINED, "missing": frozenset(), "contacts": (CONTACT,)}
    return world(estate(*LINKED, **{**fine, **facts}))


def without_one() -> World:
    """Return it while a front end is down."""
    site = sound()
    assert isinstance(site.estate, LyncEstate)
    return replace(site, estate=WithoutOne(**vars(site.estate)))


POOLS_IN_TROUBLE: Mapping[str, Callable[[], World]] = {
    "uncontacted": lambda: sound(contacts=()),
    "forbidden": lambda: sound(missing=frozenset({READ})),
    "expiring": lambda: sound(certificates={FIRST: leaf(not_after=NOW + 8 * DAY)}),
    "at-quorum": without_one,
}
"""Each two days later is in just that trouble: it tells of it once to whoever is on call."""
