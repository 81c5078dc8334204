"""Calls that a server of Unified Messaging places to a pool, as for Play on Phone."""

from __future__ import annotations

import asyncio

from um_operator.lab.estate import Lab
from um_operator.lab.gateways.calling import Attempt, Caller, CallError, Cause
from um_operator.lab.gateways.services import UMProgram
from um_operator.lab.gateways.sip import Uri
from um_operator.lab.hosts.host import UM


async def call_pool(lab: Lab, server: str, pool: str) -> Cause | None:
    """Have a server call a pool over TLS; return why that failed, ``None`` if it did not."""
    program = lab.host(server).services[UM].program
    assert isinstance(program, UMProgram)
    caller = Caller(lab.calls.network, server, program.binding.client)
    try:
        dialog = await caller.call(Attempt(Uri("0815", pool, 5061, "tls"), "4900"))
        await dialog.hold(asyncio.sleep(0))
    except CallError as error:
        return error.cause
    return None
