"""What the UM services of a server know of the directory, and when (lab L4)."""

from datetime import timedelta

from exchange_bench import DC1, Bench
from um_operator.lab.exchange.objects import Kind
from um_operator.lab.exchange.um_server import POLL

MINUTE = timedelta(minutes=1)


def known(bench: Bench, server: str) -> list[str]:
    configuration = bench.organization.um_servers[f"{server}.contoso.com"].configuration
    return [gateway.name for gateway in configuration.all(Kind.IP_GATEWAY)]


def minutes_until_known(bench: Bench, server: str) -> int:
    waited = 0
    while not known(bench, server):
        bench.clock.advance(MINUTE)
        waited += 1
        assert waited <= 20
    return waited


def test_a_server_takes_over_a_change_at_its_next_poll() -> None:
    bench = Bench()
    bench.clock.advance(POLL)
    bench.gateway("sbc01")
    assert known(bench, "ex01") == []
    assert minutes_until_known(bench, "ex01") <= 10


def test_a_server_of_another_site_waits_for_replication_as_well() -> None:
    bench = Bench()
    server = bench.organization.um_servers["ex02.contoso.com"]
    bench.clock.advance(POLL)
    bench.clock.advance(server.last_poll + POLL - bench.clock.now() - timedelta(seconds=1))
    bench.gateway("sbc01")
    bench.clock.advance(timedelta(seconds=1))
    assert known(bench, "ex02") == []
    assert minutes_until_known(bench, "ex02") == 10


def test_servers_poll_each_on_its_own_phase() -> None:
    bench = Bench()
    bench.clock.advance(2 * POLL)
    polls = [server.last_poll for server in bench.organization.um_servers.values()]
    assert len(set(polls)) == len(polls)
    assert all(bench.clock.now() - poll < POLL for poll in polls)


def test_a_service_that_starts_reads_its_configuration_at_once() -> None:
    bench = Bench()
    bench.clock.advance(POLL)
    bench.gateway("sbc01")
    bench.organization.um_servers["ex01.contoso.com"].read_configuration()
    assert known(bench, "ex01") == ["sbc01"]


def test_what_exists_since_long_is_known_from_the_beginning() -> None:
    bench = Bench()
    configuration = bench.organization.um_servers["ex02.contoso.com"].configuration
    assert [s.name for s in configuration.all(Kind.SERVER)] == ["ex01", "ex02"]
    assert bench.organization.directory.has(DC1)
