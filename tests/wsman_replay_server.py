"""A server for one replay: the configurations that the recording asks for, and a clock that stands still."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta

from um_operator.lab.clock import Clock
from um_operator.lab.wsman.accounts import Accounts
from um_operator.lab.wsman.server import WSManServer
from um_operator.lab.wsman.service import POWERSHELL_URI, CommandEndpoint, Endpoint, Quotas
from wsman_dialogues import load
from wsman_jea import JEAHost
from wsman_replay import Replay, ScriptStep
from wsman_support import ACCOUNT, PLAIN_BASIC, SERVER

Script = Callable[[WSManServer, Clock], Mapping[int, ScriptStep]]
"""What happens at the server before, or while, the exchange of a number is under way."""
MakeEndpoint = Callable[[str], Endpoint]


def jea_endpoint(configuration: str) -> Endpoint:
    """The endpoint of a configuration without any cmdlet but the recorded JEA endpoint's."""
    return Endpoint("/wsman", configuration, JEAHost())


def nothing(_server: WSManServer, _clock: Clock) -> Mapping[int, ScriptStep]:
    """A script for a server at which nothing happens."""
    return {}


async def replay(
    name: str,
    *,
    quotas: Quotas | None = None,
    endpoint: MakeEndpoint = jea_endpoint,
    before: Script = nothing,
    during: Script = nothing,
) -> None:
    """Replay one recording and compare."""
    dialogue = load(name)
    configurations = set(re.findall(f"{POWERSHELL_URI}([^<]+)<", dialogue.requests)) or {"none"}
    accounts, clock = Accounts([ACCOUNT]), Clock.frozen()
    server = WSManServer(
        SERVER,
        [endpoint(configuration) for configuration in configurations],
        accounts,
        clock=clock,
        quotas=quotas or Quotas(idle_timeout=timedelta(hours=2)),
        commands=CommandEndpoint("/wsman"),
    )
    port = await server.listen("127.0.0.1", 0, policy=PLAIN_BASIC)
    try:
        await Replay(
            dialogue,
            f"http://127.0.0.1:{port}/wsman",
            (ACCOUNT.name, ACCOUNT.password),
            before=before(server, clock),
            during=during(server, clock),
        ).run()
    finally:
        await server.stop()
        accounts.close()
