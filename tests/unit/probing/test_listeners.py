from __future__ import annotations

from datetime import timedelta

from probing_support import NAME, NOW, answering, listening, prober, root, server_context, silent, unknown
from um_operator.observed.exchange import CallRouterFact
from um_operator.observed.fact import Known
from um_operator.observed.hosts import TLS, Closed, Plain
from um_operator.probing.listeners import UM_SERVICE, listeners, of_call_router
from um_operator.remoting import connect_to

SERVER = "ex01.contoso.com"
ROUTER = CallRouterFact(SERVER, "Dual", 5060, 5161, frozenset())
LEAF = root().issue(SERVER)


async def test_the_four_listeners_of_a_server_are_looked_at_each_as_it_is_meant() -> None:
    async with (
        listening(answering(403)) as sip,
        listening(answering(), server_context(LEAF)) as tls,
        listening(silent) as nobody,
    ):
        pass
    async with listening(answering(403), port=sip), listening(answering(), server_context(LEAF), port=tls):
        leads = {5060: sip, 5161: tls, 5062: nobody, 5063: tls}
        mapped = [f"{SERVER}:{port}:127.0.0.1:{to}" for port, to in leads.items()]
        with connect_to.installed(connect_to.parse(mapped)):
            seen = await listeners(prober(), SERVER, (*UM_SERVICE, *of_call_router(ROUTER)), {}, deadline=5)
    assert seen.keys() == {5060, 5062, 5063, 5161}
    assert seen[5060] == Known(Plain(403), NOW)
    assert seen[5062] == Known(Closed(), NOW)
    for port in (5063, 5161):
        fact = seen[port]
        assert isinstance(fact, Known)
        assert isinstance(fact.value, TLS)
        assert fact.value.leaf.subject == f"CN={SERVER}"


async def test_a_port_that_stays_unknown_is_so_since_it_became_so() -> None:
    async with listening(silent) as port:
        with connect_to.installed(connect_to.parse([f"{NAME}::127.0.0.1:{port}"])):
            first = await listeners(prober(), NAME, UM_SERVICE[1:], {}, deadline=0.2)
            later = prober(now=lambda: NOW + timedelta(minutes=5))
            second = await listeners(later, NAME, UM_SERVICE[1:], first, deadline=0.2)
    assert unknown(second[5063]).since == unknown(first[5063]).since == NOW
