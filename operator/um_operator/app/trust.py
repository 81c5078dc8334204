"""Whom peers are told to trust, and who signed what they show: ConfigMaps and Secrets by name (R5, R7)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from um_operator.api.meta import GROUP, ObjectKey
from um_operator.api.reasons import Reason
from um_operator.api.references import CARef
from um_operator.engine.ports import PortError, SecretStore
from um_operator.hosts.carrier import HostsCarrier, Issuers
from um_operator.observed.certificates import CertificateFact
from um_operator.observed.der import UnreadableCertificateError, fact_of
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.trust import KEY, bundle_name
from um_operator.pki import certificates
from um_operator.planning.outcome import Outcome
from um_operator.planning.scope import CertificateScope, GatewayScope, LyncScope
from um_operator.planning.steps import PublishAuthorities, TrustGateway
from um_operator.planning.steps.base import BaseStep

LABELS: Final = {"app.kubernetes.io/managed-by": "um-operator"}
LABEL_MAX: Final = 63
"""Kubernetes' limit for the value of a label."""


@dataclass(frozen=True, slots=True)
class Authorities:
    """Reads CA certificates that are kept under a name. Never raises: what failed is Unknown."""

    secrets: SecretStore
    now: Callable[[], datetime]

    async def bundles(self, declared: Iterable[CertificateScope]) -> Mapping[ObjectKey, Fact[frozenset[str]]]:
        """Return what the ConfigMaps for peers hold; of one that is not there, nothing."""
        return {one.key: await self._bundle(bundle_name(one.key.name)) for one in declared}

    async def of_peers(
        self, declared: Iterable[GatewayScope | LyncScope]
    ) -> Mapping[ObjectKey, Fact[tuple[CertificateFact, ...]]]:
        """Return what ``trust.caRef`` of those peers holds that have one; what they share is read once."""
        references = {one.key: one.authorities for one in declared if one.authorities is not None}
        different = tuple(dict.fromkeys(references.values()))
        facts = await asyncio.gather(*map(self._referred, different))
        found = dict(zip(different, facts, strict=True))
        return {key: found[reference] for key, reference in references.items()}

    async def read(self, reference: CARef) -> tuple[bytes, ...]:
        """Return what a reference leads to, in DER.

        Raises:
            LookupError: there is nothing; the message says what is missing.
            UnreadableCertificateError: what is there is no certificate.
            PortError: it cannot be read.
        """
        read = self.secrets.secret if reference.kind == "Secret" else self.secrets.config_map
        content = (await read(reference.name) or {}).get(reference.key)
        if content is None:
            raise LookupError(
                f'trust.caRef: there is no {reference.kind} "{reference.name}" with key "{reference.key}"'
            )
        return certificates.read(content)

    async def _bundle(self, name: str) -> Fact[frozenset[str]]:
        now = self.now()
        try:
            content = (await self.secrets.config_map(name) or {}).get(KEY, b"")
            found = certificates.read(content) if content.strip() else ()
        except PortError as error:
            return Unknown(Reason.NOT_READ, str(error), now)
        except UnreadableCertificateError as error:
            message = f'ConfigMap "{name}" holds something else under "{KEY}": {error}; it is left as it is'
            return Unknown(Reason.NOT_READ, message, now)
        return Known(frozenset(sha256(der).hexdigest() for der in found), now)

    async def _referred(self, reference: CARef) -> Fact[tuple[CertificateFact, ...]]:
        now = self.now()
        try:
            return Known(tuple(fact_of(der) for der in await self.read(reference)), now)
        except LookupError as error:
            return Unknown(Reason.DEPENDENCY_NOT_FOUND, str(error.args[0]), now)
        except UnreadableCertificateError as error:
            message = f'trust.caRef: {reference.kind} "{reference.name}", key "{reference.key}": {error}'
            return Unknown(Reason.DEPENDENCY_NOT_FOUND, message, now)
        except PortError as error:
            return Unknown(Reason.NOT_READ, str(error), now)


class Trusting:
    """Carries out ``PublishAuthorities`` and ``TrustGateway``: what is there stays, CAs are added.

    It remembers where each peer has its CAs, for steps name them only by SHA-256.
    """

    def __init__(self, authorities: Authorities, issuers: Issuers, hosts: HostsCarrier) -> None:
        self._authorities = authorities
        self._issuers = issuers
        self._hosts = hosts
        self._references: dict[ObjectKey, CARef] = {}

    def remember(self, declared: Iterable[GatewayScope | LyncScope]) -> None:
        """Note where peers have their CAs at present."""
        self._references = {one.key: one.authorities for one in declared if one.authorities is not None}

    async def carry(self, step: BaseStep, domain_controller: str | None) -> Outcome:
        """Add the CAs and say how that ended. Never raises."""
        del domain_controller  # neither is in the directory
        assert isinstance(step, PublishAuthorities | TrustGateway)
        known = await (self._issued(step) if isinstance(step, PublishAuthorities) else self._of_gateway(step))
        if lacking := [one for one in step.missing if one not in known]:
            return Outcome("NotSent", Reason.NOT_READ, f"a CA cannot be read any more (SHA-256 {lacking[0]})")
        added = [known[one] for one in step.missing]
        if isinstance(step, TrustGateway):
            return await self._hosts.trust(step.server, added, step.deadline.total_seconds())
        return await self._publish(step, added)

    async def _publish(self, step: PublishAuthorities, added: list[bytes]) -> Outcome:
        labels = LABELS | {f"{GROUP}/certificate": step.owner.name}
        labels = {name: value for name, value in labels.items() if len(value) <= LABEL_MAX}
        try:
            await self._authorities.secrets.write_config_map(
                step.config_map, lambda data: _with(data.get(KEY, b""), added), labels=labels
            )
        except PortError as error:
            return Outcome("Unclear", Reason.NOT_READ, str(error))
        except UnreadableCertificateError as error:
            message = f'ConfigMap "{step.config_map}" holds something else under "{KEY}": {error}'
            return Outcome("NotSent", Reason.NOT_READ, message)
        return Outcome("Done")

    async def _issued(self, step: PublishAuthorities) -> Mapping[str, bytes]:
        found: dict[str, bytes] = {}
        for certificate in step.certificates:
            found |= await self._issuers.issuers(certificate) or {}
        return found

    async def _of_gateway(self, step: TrustGateway) -> Mapping[str, bytes]:
        reference = self._references.get(step.owner)
        try:
            found = await self._authorities.read(reference) if reference is not None else ()
        except (LookupError, UnreadableCertificateError, PortError):
            return {}
        return {sha256(der).hexdigest(): der for der in found}


def _with(content: bytes, added: list[bytes]) -> Mapping[str, bytes | None]:
    """Return the change of a ConfigMap that adds certificates; nothing if it has them all."""
    held = certificates.read(content) if content.strip() else ()
    lacking = [der for der in added if der not in held]
    if not lacking:
        return {}
    before = content if not content or content.endswith(b"\n") else content + b"\n"
    return {KEY: before + certificates.to_pem(lacking)}
