"""Steps of Lync that need an account or certificates from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from exchange_support import TableInvoker
from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.app.lync import NoLync
from um_operator.app.lync_steps import LyncTrusting, NoWay, forest_of, said
from um_operator.exchange.reader import Reader
from um_operator.hosts.carrier import HostsCarrier
from um_operator.observed.fact import Unknown
from um_operator.planning.scope import LyncScope, Scope
from um_operator.planning.steps import InstallLyncTrust
from um_operator.remoting.session import Command, Result

KEY = ObjectKey("LyncIntegration", "lync")
NOW = datetime(2026, 11, 23, 20, tzinfo=UTC)
WHY = 'spec.lync.authentication.secretRef: there is no Secret "lync-operator"'


@dataclass
class Hosts:
    """Notes what is sent to which host."""

    sent: list[tuple[str, Command]] = field(default_factory=list)

    async def invoke(self, host: str, command: Command, *, deadline: float, write: bool) -> Result:
        assert deadline > 0
        assert write
        self.sent.append((host, command))
        return Result(())


@dataclass
class NoIssuers:
    """Knows no certificate any more."""

    async def issuers(self, certificate: str) -> Mapping[str, bytes] | None:
        assert certificate
        return None


async def test_a_ca_that_cannot_be_read_any_more_leaves_the_host_as_it_is() -> None:
    hosts = Hosts()
    step = InstallLyncTrust(
        owner=KEY,
        computer="lyncfe01.contoso.com",
        authorities=("ab12",),
        certificates=("um/ex01.contoso.com/1",),
        missing=("ab12",),
    )
    outcome = await LyncTrusting(HostsCarrier(hosts, NoIssuers()), NoIssuers()).carry(step, None)
    assert (outcome.kind, outcome.reason) == ("NotSent", Reason.NOT_READ)
    assert "ab12" in outcome.message
    assert not hosts.sent


async def test_lync_without_an_account_is_unknown_and_says_what_is_missing() -> None:
    reader = Reader(TableInvoker(), lambda: NOW, 1.0)
    organization = Unknown(Reason.NOT_READ, "not yet read", NOW)
    scope = Scope(lync=(LyncScope(KEY, ("lyncpool01.contoso.com",)),))
    facts = await NoLync(WHY).read(scope, None, reader, organization)
    assert facts is not None
    assert facts.pools == facts.contacts == facts.permissions
    assert facts.pools == Unknown(Reason.DEPENDENCY_NOT_FOUND, WHY, NOW)
    assert await NoLync(WHY).read(Scope(), None, reader, organization) is None
    outcome = await NoWay(WHY).carry(
        InstallLyncTrust(owner=KEY, computer="fe", authorities=(), certificates=(), missing=()), None
    )
    assert (outcome.kind, outcome.message) == ("NotSent", WHY)


def test_the_forest_follows_from_the_name_of_the_organisation() -> None:
    name = "CN=Contoso,CN=Microsoft Exchange,CN=Services,CN=Configuration,DC=contoso,DC=com"
    assert forest_of(name) == "contoso.com"


def test_what_a_script_writes_is_kept_in_one_line_and_bounded() -> None:
    assert said(Result(("Using Global Catalog: GC://DC=contoso", " ", "Pool: x"))) == (
        "Using Global Catalog: GC://DC=contoso; Pool: x"
    )
    assert len(said(Result(("x" * 5000,)))) <= 2000
