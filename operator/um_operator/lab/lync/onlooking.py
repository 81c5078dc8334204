"""The pools as an onlooker sees them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from um_operator.lab.invariants.pools import PoolView
from um_operator.lab.lync import quorum
from um_operator.lab.lync.deployment import Deployment, Pool
from um_operator.lab.lync.spec import Edition


class LivePools:
    """The pools of a deployment."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment

    def of(self, computer: str) -> PoolView | None:
        """The pool of a computer; None for one that is none of Lync's."""
        front_end = self._deployment.front_end(computer)
        return self.named(front_end.pool) if front_end is not None else None

    def named(self, fqdn: str) -> PoolView | None:
        """The pool of that name."""
        pool = self._deployment.pools.get(fqdn.lower())
        return self._view(pool) if pool is not None else None

    def unready(self, computer: str) -> Mapping[str, datetime]:
        """The services of Lync on a computer that do not run, and since when."""
        front_end = self._deployment.front_end(computer)
        assert front_end is not None
        services = front_end.host.services.values()
        return {s.name: s.unready_since for s in services if s.unready_since is not None}

    def sessions(self, computer: str) -> int:
        """How many sessions it has."""
        front_end = self._deployment.front_end(computer)
        assert front_end is not None
        return len(front_end.sessions)

    def _view(self, pool: Pool) -> PoolView:
        members, store = pool.membership.members, self._deployment.store
        needed = quorum.to_stay_up(len(members), pool.spec.release)
        return PoolView(
            fqdn=pool.fqdn,
            domains=pool.domains,
            running=frozenset(pool.membership.running),
            margin=pool.membership.margin,
            voters=frozenset(members[: needed.of_first]),
            ready=pool.state == "Ready" if pool.spec.edition is Edition.ENTERPRISE else None,
            goes_by_domain=pool.spec.release.goes_by_domain,
            unsound=frozenset(one for one in members if not pool.is_sound_without({one})),
            lagging=frozenset(r.fqdn for r in store.replicas if not store.is_up_to_date(r)).intersection(
                members
            ),
            serves=pool.spec.edition in (Edition.STANDARD, Edition.ENTERPRISE),
        )
