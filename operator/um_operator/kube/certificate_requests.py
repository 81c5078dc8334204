"""cert-manager's CertificateRequests of one namespace, for the issuer ``certManager``."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from um_operator.kube.client import KubeClient
from um_operator.kube.errors import ConflictError, ForbiddenError, KubeError, NotFoundError
from um_operator.kube.resources import ResourceType
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.pki.ports import CertificateRequestState, Condition, ConditionStatus, IssuerReference

CERTIFICATE_REQUESTS: Final = ResourceType(
    "cert-manager.io", "v1", "certificaterequests", "CertificateRequest"
)
_STATUSES: Final[Mapping[str, ConditionStatus]] = {"True": "True", "False": "False"}


@dataclass(frozen=True, slots=True)
class KubeCertificateRequests:
    """Makes CertificateRequests and reads what became of them, by name, never as a list."""

    client: KubeClient
    namespace: str
    now: Callable[[], datetime]

    async def create(
        self,
        name: str,
        *,
        csr: bytes,
        issuer: IssuerReference,
        duration: str,
        usages: tuple[str, ...],
        labels: Mapping[str, str],
    ) -> Fact[bool]:
        """Make one and return whether it was made: one of that name is left as it is."""
        body = {
            "apiVersion": CERTIFICATE_REQUESTS.api_version,
            "kind": CERTIFICATE_REQUESTS.kind,
            "metadata": {"name": name, "namespace": self.namespace, "labels": dict(labels)},
            "spec": {
                "request": base64.b64encode(csr).decode(),
                "issuerRef": {"name": issuer.name, "kind": issuer.kind, "group": issuer.group},
                "duration": duration,
                "usages": list(usages),
                "isCA": False,
            },
        }
        try:
            await self.client.create(CERTIFICATE_REQUESTS, self.namespace, body)
        except ConflictError:
            return Known(False, self.now())
        except NotFoundError:
            message = (
                f"the API server does not serve {CERTIFICATE_REQUESTS.api_version}: install cert-manager"
            )
            return Unknown("InvalidIssuer", message, self.now())
        except KubeError as error:
            return self._unknown(error, name, "create")
        return Known(True, self.now())

    async def read(self, name: str) -> Fact[CertificateRequestState | None]:
        """Return one, ``None`` if it is not there."""
        try:
            found = await self.client.get(CERTIFICATE_REQUESTS, self.namespace, name)
            return Known(_state(found, name), self.now())
        except NotFoundError:
            return Known(None, self.now())
        except KubeError as error:
            return self._unknown(error, name, "get")

    def _unknown(self, error: KubeError, name: str, verb: str) -> Unknown:
        if isinstance(error, ForbiddenError):
            message = (
                f'CertificateRequest "{self.namespace}/{name}": the operator\'s account needs the right to '
                f"{verb} certificaterequests of cert-manager.io in this namespace"
            )
            return Unknown("Forbidden", message, self.now())
        return Unknown("IssuanceFailed", str(error), self.now())


def _state(found: Mapping[str, Any], name: str) -> CertificateRequestState:
    status = found.get("status") or {}
    return CertificateRequestState(
        csr=_decoded(found["spec"].get("request", ""), name),
        conditions={
            row["type"]: Condition(
                _STATUSES.get(row["status"], "Unknown"), row.get("reason", ""), row.get("message", "")
            )
            for row in status.get("conditions") or ()
        },
        certificate=_decoded(status.get("certificate") or "", name),
        ca=_decoded(status.get("ca") or "", name),
    )


def _decoded(text: str, name: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise KubeError(f'CertificateRequest "{name}" holds something that is not base64') from None
