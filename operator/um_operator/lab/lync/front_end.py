"""A front end at work: it joins its pool, takes calls of Unified Messaging and places calls to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache, partial
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from um_operator.lab.exchange.objects import DirectoryObject, Kind
from um_operator.lab.gateways.admission import word
from um_operator.lab.gateways.answering import Decision, Leg, Refuse, serve
from um_operator.lab.gateways.calling import Attempt, Caller, CallError, Cause, Dialog
from um_operator.lab.gateways.connection import Peer
from um_operator.lab.gateways.handshakes import TLSFailure
from um_operator.lab.gateways.identities import Identity
from um_operator.lab.gateways.network import Listener, Network, Secure
from um_operator.lab.gateways.sip import Request, Uri
from um_operator.lab.gateways.wires import Wires
from um_operator.lab.hosts import chains
from um_operator.lab.hosts.service import NotStartedError
from um_operator.lab.lync.deployment import FrontEnd, Pool
from um_operator.lab.lync.knowledge import FRONT_PORT, Knowledge
from um_operator.lab.lync.services import FRONT_END
from um_operator.lab.lync.sessions import Session
from um_operator.lab.lync.spec import Encryption

SOURCE: Final = "LS Exchange Unified Messaging Routing"
NOT_ROUTED: Final = 44009
"""Event id: a call could not be handed to Unified Messaging (field notes 9)."""
FITTING: Final[Mapping[Encryption, frozenset[str]]] = {
    Encryption.REQUIRED: frozenset({"Secured"}),
    Encryption.SUPPORTED: frozenset({"SIPSecured", "Secured"}),
    Encryption.NONE: frozenset({"SIPSecured"}),
}
"""VoIPSecurity of the plans that go with a pool's media encryption (field notes 3.5)."""


class FrontEndProgram:
    """The Front-End service of one computer.

    Attributes:
        front_end: the computer.
        pool: which it belongs to.
        knowledge: what it knows of Unified Messaging.
        taken: calls of Unified Messaging that it took.
        closing: set while it does not run: its calls are cut.

    Args:
        encryption: tells the media encryption of its pool.
        answers_strangers: whether servers that it does not know get an answer to OPTIONS.
    """

    def __init__(
        self,
        front_end: FrontEnd,
        pool: Pool,
        knowledge: Knowledge,
        *,
        network: Network,
        wires: Wires,
        encryption: Callable[[], Encryption],
        answers_strangers: bool,
    ) -> None:
        self.front_end = front_end
        self.pool = pool
        self.knowledge = knowledge
        self.taken = 0
        self._network = network
        self._wires = wires
        self._encryption = encryption
        self._answers_strangers = answers_strangers
        self._listener: Listener | None = None
        self._caller = Caller(network, front_end.fqdn, self._secure)
        self._identity_of = lru_cache(maxsize=2)(self._make_identity)

    def load(self) -> None:
        """Find the certificate, and Unified Messaging.

        Raises:
            NotStartedError: there is no certificate that would do.
        """
        host = self.front_end.host
        found = host.stores.my.find(self.front_end.certificate)
        now = host.clock.now()
        if found is None or found.key is None or not found.certificate.not_valid_after_utc > now:
            raise NotStartedError("there is no valid certificate for Default")
        self.knowledge.load(now)

    async def open(self, _warm_at: datetime) -> None:
        """Become a running member of the pool, and listen."""
        process = self.front_end.host.services[FRONT_END].process
        assert process is not None
        await self.pool.membership.join(self.front_end.fqdn, process.started)
        demand = None if self._answers_strangers else self._demand_of_clients
        secure = self._wires.server(self._identity, demand)
        answer = partial(serve, desk=self, host=self.front_end.fqdn)
        self._listener = await self._network.listen(self.front_end.fqdn, FRONT_PORT, answer, secure)

    async def close(self, _why: str) -> None:
        """Drop every session and leave the pool, which goes on while it has its quorum."""
        listener, self._listener = self._listener, None
        if listener is not None:
            await listener.close()
        self.front_end.sessions.drop()
        self.pool.membership.leave(self.front_end.fqdn)

    @property
    def listening(self) -> Mapping[int, str]:
        """The open port, with the thumbprint that it shows."""
        return {FRONT_PORT: self.front_end.certificate} if self._listener is not None else {}

    @property
    def takes_new_sessions(self) -> bool:
        """Whether it runs and nobody has told it to stop when it is idle."""
        return self._listener is not None and FRONT_END not in self.front_end.services.draining

    def options(self, _peer: Peer, /) -> Refuse | None:
        """Answer OPTIONS of whoever came so far."""
        return None if self.takes_new_sessions else Refuse(503, Cause.OUT_OF_SERVICE)

    def invite(self, _request: Request, peer: Peer, /) -> Decision:
        """Take a call of a server that is known."""
        if peer.certificate is None or self._demand_of_clients(peer.certificate) is not None:
            return Refuse(403, Cause.REFUSED)
        refused = self.options(peer)
        return _Taken(self) if refused is None else refused

    async def call(self, number: str, extension: str = "") -> tuple[Dialog, Session]:
        """Place a call to Unified Messaging, which is a session from the moment it is tried.

        Args:
            number: subscriber access or an auto attendant.
            extension: the user who did not answer; empty for a call to the number itself.

        Raises:
            CallError: it did not come about.
        """
        contact = self.knowledge.contact(number, self.pool.fqdn)
        if contact is None:
            raise CallError(Cause.NO_CONTACT, self.pool.fqdn)
        plan = self.knowledge.plan(contact.dial_plan)
        if plan is None:
            raise CallError(Cause.UNAWARE_OF_PLAN, self.pool.fqdn)
        if word(plan, "VoIPSecurity") not in FITTING[self._encryption()]:
            raise CallError(Cause.INCOMPATIBLE_SECURITY, self.pool.fqdn)
        session = self.front_end.sessions.begin()
        try:
            return await self._reach(plan, extension), session
        except BaseException:
            self.front_end.sessions.end(session)
            raise

    async def _reach(self, plan: DirectoryObject, extension: str) -> Dialog:
        """Try the call routers of a plan in turn; what counts is how far a call came."""
        failure = CallError(Cause.NO_SERVER, self.pool.fqdn)
        for host, port in self.knowledge.servers(Kind.CALL_ROUTER, plan):
            try:
                return await self._caller.call(Attempt(Uri(plan.name, host, port, "tls"), "0815", extension))
            except CallError as error:
                failure = error
        raise failure

    def log(self, number: str, failure: CallError) -> None:
        """Say that a call was not routed."""
        self.front_end.host.events.write(
            SOURCE,
            NOT_ROUTED,
            f"The call to {number} could not be routed to Unified Messaging: {failure.cause}.",
            where=failure.where,
            cause=failure.cause.value,
        )

    def _secure(self, host: str) -> Secure:
        """How it connects to a server: its leaf has to carry its name as the common name (notes 1.8)."""
        if not self.knowledge.trusts(host):
            raise CallError(Cause.NOT_A_MEMBER, f"{host}:{FRONT_PORT}")

        def demand(leaf: x509.Certificate) -> TLSFailure | None:
            return None if _common_name(leaf) == host.lower() else TLSFailure.INCORRECT_NAME

        return self._wires.client(host, self._identity, demand)

    def _demand_of_clients(self, leaf: x509.Certificate) -> TLSFailure | None:
        """What is asked of a server: its own name as the common name, and to be one of Unified Messaging."""
        return None if self.knowledge.trusts(_common_name(leaf)) else TLSFailure.INCORRECT_NAME

    def _identity(self) -> Identity:
        return self._identity_of(self.front_end.certificate, self.front_end.host.stores.version)

    def _make_identity(self, thumbprint: str, _version: tuple[int, int, int]) -> Identity:
        stores = self.front_end.host.stores
        own = stores.my.find(thumbprint)
        assert own is not None
        assert own.key is not None
        return Identity(
            leaf=own.certificate,
            key=own.key,
            chain=chains.to_send(own.certificate, stores),
            anchors=tuple(entry.certificate for entry in stores.root),
            intermediates=tuple(
                one.certificate for one in stores.ca if not chains.is_self_issued(one.certificate)
            ),
        )


class _Taken:
    """A call of Unified Messaging that was taken."""

    def __init__(self, program: FrontEndProgram) -> None:
        self._program = program
        self._session: Session | None = None

    def begun(self, _leg: Leg, /) -> None:
        self._program.taken += 1
        self._session = self._program.front_end.sessions.begin()

    def ended(self) -> None:
        if self._session is not None:
            self._program.front_end.sessions.end(self._session)


def _common_name(leaf: x509.Certificate) -> str:
    found = leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value).lower() if found else ""


class Idle:
    """A service that has no part in calls."""

    def load(self) -> None:
        """It needs nothing."""

    async def open(self, _warm_at: datetime) -> None:
        """It opens nothing."""

    async def close(self, _why: str) -> None:
        """It has nothing to close."""

    @property
    def listening(self) -> Mapping[int, str]:
        """No ports."""
        return {}
