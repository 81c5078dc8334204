"""Our CAs on a gateway that can be logged on to: brought there before anything serves them (R5, R6, R7)."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Final

from um_operator.api.reasons import Reason
from um_operator.observed.fact import Unknown
from um_operator.observed.ledger import GivenUp
from um_operator.observed.trust import bundle_name
from um_operator.planning.checks.links import GatewayCase
from um_operator.planning.checks.verdict import NOTHING, Verdict, ask
from um_operator.planning.plan import DIFFERS, Finding, Weight
from um_operator.planning.rollout.authorities import in_use, served
from um_operator.planning.rollout.certificate import CertificateCase
from um_operator.planning.steps.trust import SHOWN, DeliverTrust

PATH: Final = "trust.delivery"
WEIGHTS: Final[dict[str, Weight]] = {
    Reason.INVALID_RECIPE: "Blocked",
    Reason.HOST_KEY_UNKNOWN: "Pending",
    Reason.LOGIN_REFUSED: "Pending",
}
"""What is said of a device that a person has to see to; any other that was not read may be as it should."""


def deliveries(case: GatewayCase) -> Verdict:
    """Ask for the CAs of every UMCertificate on the device that ``trust.delivery`` names."""
    delivery = case.item.trust.delivery if case.item.trust else None
    fact = case.view.snapshot.deliveries.get(case.item.key)
    if delivery is None or fact is None:
        return NOTHING
    if (harm := case.entry.not_delivered) is not None:
        return Verdict((_given_up(case, harm),))
    if isinstance(fact, Unknown):
        return Verdict((case.finding(WEIGHTS.get(fact.reason, "Unread"), fact.reason, fact.message, PATH),))
    verdict = NOTHING
    for certificate in case.view.rollout.certificates.values():
        path = f"{PATH}[{certificate.item.key.name}]"
        if certificate.wanted is None or certificate.item.spec.startup_mode == "TCP":
            continue
        wanted = tuple(sorted(in_use(certificate, case.view)))
        missing = tuple(sha256 for sha256 in wanted if sha256 not in fact.value.held)
        if wanted and not missing:
            continue
        verdict += Verdict(tuple(_lacking(case, missing, path, served(certificate, case.view))))
        if case.fought(path):
            verdict += Verdict((case.correction_stopped(path),))
            continue
        step = DeliverTrust(
            owner=case.item.key,
            gateway=case.item.name,
            endpoint=delivery.endpoint,
            config_map=bundle_name(certificate.item.key.name),
            revision=_revision(certificate),
            missing=missing,
            generation=case.item.generation,
            procedure=fact.value.procedure,
            protected=tuple(delivery.protected_listeners),
            interrupts=fact.value.interrupts,
        )
        verdict += ask(step, paths={path})
    return verdict


def _given_up(case: GatewayCase, harm: GivenUp) -> Finding:
    """Say that nothing more is brought to a device where that did harm, whoever asks next (R24)."""
    message = (
        f'nothing more is brought to the device of gateway "{case.item.name}": {harm.message}; '
        "the annotation unifiedmessaging.dev/retry-requested-at lets it be tried again"
    )
    return case.finding("Blocked", Reason(harm.reason), message, PATH)


def _lacking(
    case: GatewayCase, missing: tuple[str, ...], path: str, served_before: Container[str]
) -> Iterator[Finding]:
    """Yield what a device lacks: drift only where something of that chain is served, for it was brought then.

    A new chain is the certificate's doing, and nobody's at the device.
    """
    if not missing:
        return
    names = ", ".join(f'"{sha256[:SHOWN]}"' for sha256 in missing)
    message = f'the device of gateway "{case.item.name}" lacks CAs: {names}'
    observed = case.item.care.mode == "Observe"
    drifts = observed or any(sha256 in served_before for sha256 in missing)
    weight = case.weight if drifts else "Pending"
    yield Finding(case.item.key, weight, DIFFERS, message, path, names, None)


def _revision(certificate: CertificateCase) -> str:
    assert certificate.wanted is not None
    return f"{certificate.item.key.name}/{certificate.wanted.number}"
