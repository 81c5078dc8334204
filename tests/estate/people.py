"""What happens to a server while the operator brings a certificate to it: people, reboots, losses."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final, TypeAlias

from estate.rollouts import Rollout
from um_operator.lab.hosts.host import UM, UM_CALL_ROUTER
from um_operator.lab.powershell import CmdletError

Happening: TypeAlias = Callable[[Rollout, str], None]
"""Something that happens to a server, by its FQDN, from one moment to the next."""


def reboot(one: Rollout, fqdn: str) -> None:
    """Have the machine go down and come back."""
    one.lab.reboot(fqdn)


def restart_of_um(one: Rollout, fqdn: str) -> None:
    """Have an administrator restart the UM service, if Windows lets him."""
    one.lab.restart(fqdn, UM)


def restart_of_the_call_router(one: Rollout, fqdn: str) -> None:
    """Have an administrator restart the call router, if Windows lets him."""
    one.lab.restart(fqdn, UM_CALL_ROUTER)


def mode_set_back(one: Rollout, fqdn: str) -> None:
    """Have an administrator return to plain SIP: it worked before somebody touched it."""
    _by_hand(one, "Set-UMService", Identity=fqdn, UMStartupMode="TCP")


def former_certificate_bound(one: Rollout, fqdn: str) -> None:
    """Have an administrator bind what the store had first, to both services, if Exchange lets him."""
    former = next(iter(one.lab.host(fqdn).stores.my)).thumbprint
    for service in ("UM", "UMCallRouter"):
        _by_hand(one, "Enable-ExchangeCertificate", Thumbprint=former, Services=[service], Server=fqdn)


def drained_for_a_while(one: Rollout, fqdn: str) -> None:
    """Have an administrator take the server out for a maintenance, and end it some minutes later."""

    async def maintain() -> None:
        state = {"Identity": fqdn, "Component": "UMCallRouter", "Requester": "Maintenance"}
        _by_hand(one, "Set-ServerComponentState", **state, State="Inactive")
        await one.lab.clock.sleep(timedelta(minutes=10))
        _by_hand(one, "Set-ServerComponentState", **state, State="Active")

    one.beside(maintain())


HAPPENINGS: Final[Mapping[str, Happening]] = {
    happening.__name__: happening
    for happening in (
        reboot, restart_of_um, restart_of_the_call_router,
        mode_set_back, former_certificate_bound, drained_for_a_while,
    )
}  # fmt: skip


def _by_hand(one: Rollout, cmdlet: str, **parameters: object) -> None:
    """Have an administrator do something; what Exchange refuses him is nobody's trouble."""
    with contextlib.suppress(CmdletError):
        one.lab.change(cmdlet, **parameters)  # type: ignore[arg-type]
