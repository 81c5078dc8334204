"""Whether dial plans and pools go together at all: kind, name, version, encryption of media."""

from __future__ import annotations

from collections.abc import Iterator

from um_operator.api.reasons import Reason
from um_operator.observed.exchange import VoIPSecurity
from um_operator.observed.fact import Known, Unknown
from um_operator.observed.lync import MediaEncryption, media_encryption
from um_operator.observed.values import name_key
from um_operator.planning.checks.lync_case import SUPPORTED, LyncCase
from um_operator.planning.checks.verdict import NOTHING, Verdict
from um_operator.planning.rollout.lync_hosts import pool_fact
from um_operator.planning.view import View

FITS: dict[MediaEncryption, frozenset[VoIPSecurity]] = {
    "RequireEncryption": frozenset({"Secured"}),
    "SupportEncryption": frozenset({"SIPSecured", "Secured"}),
    "DoNotSupportEncryption": frozenset({"SIPSecured"}),
}
"""Which security a pool's media encryption goes with (field notes 3.5)."""


def plans_are_sip(case: LyncCase) -> Verdict:
    """Point out plans that Lync cannot use: of another URI type, or with spaces in their name (S16)."""
    verdict = NOTHING
    for plan in case.item.dial_plans:
        live = case.view.dial_plan(plan.name)
        if isinstance(live, Unknown):
            verdict += case.unread(f'dial plan "{plan.name}"', live.message)
            continue
        declared = case.view.plans.get(name_key(plan.name))
        uri_type = live.value.uri_type if live.value else declared.uri_type if declared else None
        wrong = f'its uriType is "{uri_type}", not "SipName"' if uri_type != "SipName" else ""
        wrong = wrong or ("its name has a space" if " " in plan.name else "")
        if wrong:
            message = f'Lync cannot use dial plan "{plan.name}": {wrong}'
            verdict += Verdict(
                (case.finding("Blocked", Reason.DIAL_PLAN_NOT_SIP_NAME, message, _path(plan.key.name)),)
            )
    return verdict


def pools_are_fit(case: LyncCase) -> Verdict:
    """Point out pools that the topology has not, or that are none of front ends in a version that works."""
    verdict = NOTHING
    if isinstance(case.lync.pools, Unknown):
        return case.unread("the topology of Lync", case.lync.pools.message)
    for pool in case.item.pools:
        path = f"pools[fqdn={pool.fqdn}]"
        fact = case.lync.pools.value.get(name_key(pool.fqdn))
        if fact is None:
            message = f'the topology has no pool "{pool.fqdn}"'
            verdict += case.person(Reason.POOL_NOT_FOUND, message, path)
        elif fact.kind != "FrontEnd":
            message = f'pool "{pool.fqdn}" has no front ends: it is a "{fact.kind}"'
            verdict += case.person(Reason.POOL_NOT_SUPPORTED, message, path)
        else:
            for computer, product in _products(case, fact.computers):
                if product not in SUPPORTED:
                    message = f'"{computer}" of pool "{pool.fqdn}" runs "{product}"'
                    verdict += case.person(Reason.POOL_NOT_SUPPORTED, message, path)
    return verdict


def security_fits(case: LyncCase) -> Verdict:
    """Point out plans whose declared security the media encryption of a pool refuses."""
    verdict = NOTHING
    if isinstance(case.lync.media, Unknown):
        return case.unread("the media configuration of Lync", case.lync.media.message)
    for plan in case.item.dial_plans:
        declared = case.view.plans.get(name_key(plan.name))
        if declared is None:
            continue
        for message in refusals(plan.name, declared.voip_security, case.view):
            verdict += case.person(Reason.INCOMPATIBLE_SECURITY, message, _path(plan.key.name))
    return verdict


def refusals(plan: str, security: VoIPSecurity, view: View) -> Iterator[str]:
    """Yield why pools would refuse every call of a plan of such a security; unread ones are not told."""
    for pool in view.pools.values():
        if not any(name_key(one.name) == name_key(plan) for one in pool.item.dial_plans):
            continue
        encryption = encryption_of(pool.pool.fqdn, view)
        if encryption is not None and security not in FITS[encryption]:
            fits = " or ".join(f'"{one}"' for one in sorted(FITS[encryption]))
            yield (
                f'media encryption of pool "{pool.pool.fqdn}" is "{encryption}", which asks for voipSecurity '
                f'{fits} of dial plan "{plan}", not "{security}"'
            )


def encryption_of(pool: str, view: View) -> MediaEncryption | None:
    """Return what a pool demands of media, ``None``: that is not known."""
    fact, lync = pool_fact(pool, view), view.snapshot.lync
    if not isinstance(fact, Known) or fact.value is None or lync is None or isinstance(lync.media, Unknown):
        return None
    return media_encryption(fact.value, lync.media.value)


def _products(case: LyncCase, computers: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield the version of those computers that show one."""
    replicas = case.lync.replicas
    rows = replicas.value if isinstance(replicas, Known) else {}
    for computer in computers:
        replica = rows.get(name_key(computer))
        if replica is not None and replica.product is not None:
            yield computer, replica.product


def _path(name: str) -> str:
    return f"dialPlanRefs[name={name}]"
