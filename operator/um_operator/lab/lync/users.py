"""Get-CsUser: who is homed on which pool, as far as they have to be counted."""

from __future__ import annotations

import re
from typing import Final

from um_operator.lab.binding import Parameter
from um_operator.lab.lync.call import LyncCall, cmdlet
from um_operator.lab.values import INTEGER, STRING

_FILTER: Final = re.compile(r"\s*RegistrarPool\s+-eq\s+[\"']([^\"']+)[\"']\s*", re.IGNORECASE)


async def _get(call: LyncCall) -> None:
    pattern = call.value("Filter")
    match = _FILTER.fullmatch(pattern) if pattern is not None else None
    if pattern is not None and match is None:
        raise call.error("InvalidFilter", f"Cannot parse the filter {pattern}.", category="InvalidArgument")
    left = call.value("ResultSize")
    for pool in call.deployment.pools.values():
        if match is not None and match[1].lower() != pool.fqdn:
            continue
        for number in range(1, pool.spec.users + 1):
            if left is not None and (left := left - 1) < 0:
                return
            address = f"sip:user{number}.{pool.fqdn.partition('.')[0]}@{call.deployment.sip_domain}"
            call.output(
                "ADConnect.Schema.OCSADUser",
                address,
                {"SipAddress": address, "RegistrarPool": pool.fqdn, "EnterpriseVoiceEnabled": True},
            )


CMDLETS = (
    cmdlet(
        "Get-CsUser",
        _get,
        Parameter("Filter", STRING),
        Parameter("ResultSize", INTEGER),
        namespace="AD",
    ),
)
