"""An address that another gateway still has: who gives it up by itself, and who never will."""

from __future__ import annotations

from um_operator.api.reasons import Reason
from um_operator.desired.declared import canonical_address
from um_operator.desired.organization import DesiredGateway
from um_operator.observed.values import name_key
from um_operator.planning.checks.links import GatewayCase
from um_operator.planning.checks.properties import equal
from um_operator.planning.checks.verdict import NOTHING, Verdict
from um_operator.planning.view import View


def address_is_taken(case: GatewayCase) -> Verdict:
    """Object to an address that another gateway has: two names of one address are event 1175.

    Whoever shall move elsewhere is waited for. But gateways that are to have each other's addresses wait for
    ever: no order of steps leads there without two of them at one address, or one at none.
    """
    want = case.item.address
    if case.live is not None and equal("address", want, case.live.address):
        return NOTHING
    holder = _holder_of(case.view, case.item.name, want)
    if holder is None:
        return NOTHING
    moving = case.view.gateways.get(name_key(holder))
    if moving is None or not _moves_away(moving, want):
        message = f'address "{want}" belongs to gateway "{holder}"; two gateways of one address take no calls'
        return Verdict((case.finding("Blocked", Reason.ADDRESS_IN_USE, message, "address"),))
    if ring := _ring(case.view, case.item.name, moving):
        return Verdict((case.finding("Blocked", Reason.ADDRESS_IN_USE, _exchange(ring), "address"),))
    message = f'address "{want}" still belongs to gateway "{holder}", which moves to "{moving.address}" first'
    return Verdict((case.finding("Pending", Reason.WAITING_FOR_GATEWAY, message, "address"),))


def _moves_away(item: DesiredGateway, address: str) -> bool:
    """Whether a declared gateway gives its address up by itself."""
    stays = item.deleting or item.care.mode == "Observe" or "address" in item.ignore_drift
    return not stays and item.address != canonical_address(address)


def _ring(view: View, own: str, moving: DesiredGateway) -> list[str]:
    """Return the gateways that wait for one another's addresses in a ring with this one; empty if none do."""
    ring, item = [name_key(own)], moving
    while name_key(item.name) not in ring:
        ring.append(name_key(item.name))
        holder = _holder_of(view, item.name, item.address)
        following = view.gateways.get(name_key(holder)) if holder else None
        if following is None:
            return []
        item = following
    return [view.gateways[name].name for name in ring] if name_key(item.name) == ring[0] else []


def _holder_of(view: View, name: str, address: str) -> str | None:
    """Return another gateway that has an address in Exchange."""
    others = view.gateways_by_address.get(canonical_address(address), ())
    return next((other for other in others if name_key(other) != name_key(name)), None)


def _exchange(ring: list[str]) -> str:
    named = ", ".join(f'"{name}"' for name in ring)
    return (
        f"gateways {named} are to have each other's addresses, and on the way two of them would have the "
        "same one and take no calls; declare a free address for one of them, and its own when the other has "
        "moved, each in a window; or leave the addresses and exchange what else differs"
    )
