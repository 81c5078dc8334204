"""From what is asked to a certificate: in steps that are stored, through crashes, and never two for one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from pki_support import ASKED, NOW, asked, hierarchy
from pki_world import AWAY, CertManager, Crash, Keys, Power, Server, Store, key_of, signed
from um_operator.observed.certificates import RevisionFact
from um_operator.observed.fact import Known, Unknown
from um_operator.observed.revision import Revision
from um_operator.pki import certificates, keys
from um_operator.pki.issuance import Issuance
from um_operator.pki.issuers.authority import AuthorityIssuer
from um_operator.pki.issuers.cert_manager import CertManagerIssuer
from um_operator.pki.issuers.request import RequestIssuer
from um_operator.pki.issuers.self_signed import SelfSignedIssuer
from um_operator.pki.ports import Answer, Denied, Issued, Issuer, IssuerReference, Pending, Request
from um_operator.pki.record import CERTIFICATE, KEY, RECORD, REQUEST
from um_operator.pki.revisions import Revisions
from um_operator.pki.server_requests import ServerRequests
from um_operator.planning.asked import Asked

REVISION = Revision("um", 1, "ex01.contoso.com")
EXCHANGE = asked(key_source="Exchange")


@dataclass
class Told:
    """An issuer that answers what the test says, and notes what was stored when it was asked."""

    store: Store
    submitted: Answer = field(default_factory=lambda: Pending("4711"))
    polled: Callable[[Request], Answer] = lambda request: Issued(
        (signed(request.csr), hierarchy().intermediate, hierarchy().root)
    )
    takes_requests: bool = True
    asked: list[set[str]] = field(default_factory=list)

    async def submit(self, request: Request) -> Answer:
        self.asked.append(set(self.store.secrets[request.revision.secret]))
        return self.submitted

    async def poll(self, request: Request, request_id: str) -> Answer:
        assert request_id == "4711"
        return self.polled(request)


def issuance(store: Store, issuer: Told) -> Issuance:
    return Issuance(
        Revisions(store, lambda: NOW), issuer, lambda: NOW, make_key=Keys(f"{len(store.secrets)}")
    )


def known(fact: object) -> RevisionFact:
    assert isinstance(fact, Known), fact
    assert isinstance(fact.value, RevisionFact)
    return fact.value


async def test_key_and_request_are_stored_before_the_issuer_is_asked_and_then_its_name_for_it() -> None:
    store = Store()
    issuer = Told(store)
    submitted = known(await issuance(store, issuer).submit(REVISION, ASKED))
    assert issuer.asked == [{KEY, REQUEST, RECORD}]
    assert (submitted.state, submitted.request_id) == ("Pending", "4711")
    issued = known(await issuance(store, issuer).poll(REVISION, ASKED))
    assert (issued.state, issued.message) == ("Issued", "")
    assert issued.leaf is not None
    assert issued.leaf.public_key_sha256 == key_of(store.secrets[REVISION.secret][REQUEST])


async def test_an_issuer_that_was_asked_is_not_asked_again() -> None:
    store = Store()
    issuer = Told(store)
    for _ in range(2):
        await issuance(store, issuer).submit(REVISION, ASKED)
    await issuance(store, issuer).poll(REVISION, ASKED)
    writes = store.writes
    for _ in range(2):
        assert known(await issuance(store, issuer).submit(REVISION, ASKED)).state == "Issued"
        assert known(await issuance(store, issuer).poll(REVISION, ASKED)).state == "Issued"
    assert (len(issuer.asked), store.writes) == (1, writes)


async def test_an_issuer_that_cannot_be_asked_loses_nothing() -> None:
    store = Store()
    issuer = Told(store, submitted=AWAY)
    assert await issuance(store, issuer).submit(REVISION, ASKED) == AWAY
    before = store.secrets[REVISION.secret][KEY]
    issuer.submitted = Pending("4711")
    assert known(await issuance(store, issuer).submit(REVISION, ASKED)).state == "Pending"
    issuer.polled = lambda _: AWAY
    assert await issuance(store, issuer).poll(REVISION, ASKED) == AWAY
    assert store.secrets[REVISION.secret][KEY] == before


async def test_an_answer_that_is_not_believed_denies_the_revision_and_is_not_stored() -> None:
    store = Store()
    issuer = Told(store, polled=lambda _: Issued((hierarchy().leaf, hierarchy().intermediate)))
    await issuance(store, issuer).submit(REVISION, ASKED)
    denied = known(await issuance(store, issuer).poll(REVISION, ASKED))
    assert (denied.state, denied.leaf) == ("Denied", None)
    assert "has the key of the request" in denied.message
    assert CERTIFICATE not in store.secrets[REVISION.secret]


async def test_a_request_that_was_denied_is_made_again_for_the_same_key() -> None:
    store = Store()
    issuer = Told(store, submitted=Denied("IssuanceDenied", 'template "UM" is not for you'))
    denied = known(await issuance(store, issuer).submit(REVISION, ASKED))
    assert (denied.state, denied.reason) == ("Denied", "IssuanceDenied")
    assert denied.message == 'template "UM" is not for you'
    assert known(await issuance(store, issuer).poll(REVISION, ASKED)) == denied
    request = store.secrets[REVISION.secret][REQUEST]
    issuer.submitted = Pending("4711")
    again = known(await issuance(store, issuer).submit(REVISION, ASKED))
    assert (again.state, again.reason, again.message) == ("Pending", "", "")
    assert store.secrets[REVISION.secret][REQUEST] == request
    assert len(issuer.asked) == 2


async def test_cert_manager_gets_another_certificate_request_after_it_denied_one() -> None:
    world = World(Power())
    await world.process("certManager").submit(REVISION, ASKED)
    world.cert_manager.say("Denied", reason="Policy", message="not for UM")
    assert known(await world.process("certManager").poll(REVISION, ASKED)).state == "Denied"
    world.cert_manager.away = True
    assert await world.process("certManager").submit(REVISION, ASKED) == AWAY
    world.cert_manager.away = False
    issued = await world.until_issued("certManager", ASKED)
    assert len(world.cert_manager.requests) == 2
    assert len({state.csr for state in world.cert_manager.requests.values()}) == 1
    assert issued.reason == ""


async def test_a_revision_that_was_begun_for_something_else_is_left_alone() -> None:
    store = Store()
    issuer = Told(store)
    await issuance(store, issuer).submit(REVISION, ASKED)
    writes = store.writes
    other = asked(dns_names=())
    assert known(await issuance(store, issuer).submit(REVISION, other)).state == "Pending"
    assert known(await issuance(store, issuer).poll(REVISION, other)).state == "Pending"
    assert (len(issuer.asked), store.writes) == (1, writes)


async def test_a_key_is_used_again_where_that_is_wanted_and_fits() -> None:
    store = Store()
    first, second, third = (replace(REVISION, number=number) for number in (1, 2, 3))
    issuer = Told(store)
    await issuance(store, issuer).submit(first, ASKED)
    await issuance(store, issuer).submit(second, ASKED, key_of=first)
    await issuance(store, issuer).submit(third, asked(key_size=4096), key_of=first)
    held = [keys.from_pem(store.secrets[one.secret][KEY]).private_numbers() for one in (first, second, third)]
    assert held[0] == held[1]
    assert held[2] != held[0]


async def test_a_name_that_no_request_can_hold_is_told() -> None:
    store = Store()
    told = await issuance(store, Told(store)).submit(REVISION, asked(common_name=f"{'a' * 60}.contoso.com"))
    assert isinstance(told, Unknown)
    assert told.reason == "InvalidSpec"
    assert store.secrets == {}


async def test_a_revision_that_is_gone_is_unknown_to_a_poll() -> None:
    store = Store()
    told = await issuance(store, Told(store)).poll(REVISION, ASKED)
    assert isinstance(told, Unknown)
    assert 'there is no Secret "um-ex01.contoso.com-1"' in told.message


class World:
    """Everything outside of the process, and the process as often as it is started anew."""

    def __init__(self, power: Power) -> None:
        self.store = Store(power)
        self.cert_manager = CertManager(power)
        self.server = Server(power)
        self.runs = 0

    def process(self, kind: str) -> Issuance:
        self.runs += 1
        revisions = Revisions(self.store, lambda: NOW + timedelta(minutes=self.runs))
        make_key = Keys(f"run-{self.runs}")
        issuers: dict[str, Issuer] = {
            "selfSigned": SelfSignedIssuer(revisions.key, lambda: NOW),
            "ca": AuthorityIssuer(self.store, "um-ca", lambda: NOW, "um", make_key),
            "request": RequestIssuer(self.store, lambda: NOW),
            "certManager": CertManagerIssuer(self.cert_manager, IssuerReference("ca"), lambda: NOW),
        }
        at_server = ServerRequests(revisions, self.server, lambda: NOW)
        return Issuance(revisions, issuers[kind], lambda: NOW, at_server, make_key)

    async def until_issued(self, kind: str, wanted: Asked) -> RevisionFact:
        """Have the process work, and start it anew whenever it ended; others do their part."""
        for _ in range(12):
            process = self.process(kind)
            try:
                await process.submit(REVISION, wanted)
                self._others(kind)
                fact = known(await process.poll(REVISION, wanted))
            except Crash:
                continue
            if fact.state == "Issued":
                return fact
        raise AssertionError("it does not come to an end")

    def _others(self, kind: str) -> None:
        if kind == "certManager":
            self.cert_manager.sign()
        if kind == "request":
            held = self.store.secrets[REVISION.secret]
            chain = [signed(held[REQUEST]), hierarchy().intermediate, hierarchy().root]
            held.setdefault(CERTIFICATE, certificates.to_pem(chain))


CASES = [
    *((kind, "Operator") for kind in ("selfSigned", "ca", "request", "certManager")),
    *((kind, "Exchange") for kind in ("ca", "request", "certManager")),
]


@pytest.mark.parametrize(("kind", "source"), CASES)
async def test_killed_at_every_effect_one_certificate_is_issued_for_one_key(kind: str, source: str) -> None:
    wanted = asked(key_source=source)
    whole = World(Power())
    await whole.until_issued(kind, wanted)
    effects = whole.store.power.effects
    assert effects >= 2
    for at in range(1, effects + 1):
        for after in (False, True):
            world = World(Power(at, after))
            fact = await world.until_issued(kind, wanted)
            assert world.runs == 2, (at, after)
            held = world.store.secrets[REVISION.secret]
            assert fact.leaf is not None
            assert fact.leaf.public_key_sha256 == key_of(held[REQUEST])
            assert len(world.cert_manager.requests) == (kind == "certManager")
            assert len(world.server.pending) == (source == "Exchange")
            assert (KEY in held) == (source == "Operator")


@pytest.mark.parametrize("kind", ["selfSigned", "ca"])
async def test_what_is_signed_here_and_lost_in_a_crash_is_signed_again_the_same(kind: str) -> None:
    world = World(Power())
    process = world.process(kind)
    await process.submit(REVISION, ASKED)
    request = Request(REVISION, ASKED, NOW, world.store.secrets[REVISION.secret][REQUEST])
    first, again = [await world.process(kind).issuer.submit(request) for _ in range(2)]
    assert isinstance(first, Issued)
    assert first == again


async def test_a_persons_pending_request_is_never_taken_for_ours() -> None:
    world = World(Power(at=2, after=False))
    theirs = await world.server.make("ex01.contoso.com", EXCHANGE, "a person's")
    fact = await world.until_issued("ca", EXCHANGE)
    assert isinstance(theirs, Known)
    assert fact.public_key_sha256 != key_of(theirs.value)
    assert world.server.friendly_names == ["a person's", "um-operator um/ex01.contoso.com/1"]


async def test_a_server_that_does_not_answer_is_asked_again_later() -> None:
    world = World(Power())
    world.server.away = True
    assert await world.process("ca").submit(REVISION, EXCHANGE) == AWAY
    assert world.store.secrets == {}
    world.server.away = False
    assert (await world.until_issued("ca", EXCHANGE)).state == "Issued"
