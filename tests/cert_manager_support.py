"""cert-manager as far as its CertificateRequests go: their definition, and its answers to them."""

from __future__ import annotations

import base64
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from certificate_bench import certify, intermediate, root
from um_operator.kube.certificate_requests import CERTIFICATE_REQUESTS
from um_operator.kube.client import KubeClient
from um_operator.kube.resources import RawObject

BYTES: Final = {"type": "string", "format": "byte"}
TEXT: Final = {"type": "string"}
USAGES: Final = [
    "signing",
    "digital signature",
    "key encipherment",
    "server auth",
    "client auth",
    "cert sign",
]
SCHEMA: Final = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "required": ["issuerRef", "request"],
            "properties": {
                "duration": TEXT,
                "isCA": {"type": "boolean"},
                "issuerRef": {
                    "type": "object",
                    "required": ["name"],
                    "properties": {"group": TEXT, "kind": TEXT, "name": TEXT},
                },
                "request": BYTES,
                "usages": {"type": "array", "items": {"type": "string", "enum": USAGES}},
            },
        },
        "status": {
            "type": "object",
            "properties": {
                "ca": BYTES,
                "certificate": BYTES,
                "conditions": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["status", "type"],
                        "properties": {
                            "message": TEXT,
                            "reason": TEXT,
                            "status": {"type": "string", "enum": ["True", "False", "Unknown"]},
                            "type": TEXT,
                        },
                    },
                },
            },
        },
    },
}
DEFINITION: Final = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "certificaterequests.cert-manager.io"},
    "spec": {
        "group": "cert-manager.io",
        "scope": "Namespaced",
        "names": {
            "kind": "CertificateRequest",
            "listKind": "CertificateRequestList",
            "plural": "certificaterequests",
            "singular": "certificaterequest",
        },
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": SCHEMA},
                "subresources": {"status": {}},
            }
        ],
    },
}


async def answered(client: KubeClient, namespace: str, name: str, **status: Any) -> None:
    """Write the status of a request, as cert-manager's approver and its issuers do."""
    await client.patch(CERTIFICATE_REQUESTS, namespace, name, {"status": status}, "status")


async def signed(client: KubeClient, request: RawObject, fqdn: str) -> None:
    """Approve a request for the certificate of a server and sign it, as an issuer of cert-manager does."""
    csr = x509.load_pem_x509_csr(base64.b64decode(request["spec"]["request"]))
    leaf = certify(fqdn, intermediate(), public=csr.public_key())
    chain = b"".join(one.certificate.public_bytes(Encoding.PEM) for one in (leaf, intermediate()))
    ca = root().certificate.public_bytes(Encoding.PEM)
    metadata = request["metadata"]
    await answered(
        client,
        metadata["namespace"],
        metadata["name"],
        conditions=[
            {"type": "Approved", "status": "True", "reason": "cert-manager.io"},
            {"type": "Ready", "status": "True", "reason": "Issued"},
        ],
        certificate=base64.b64encode(chain).decode(),
        ca=base64.b64encode(ca).decode(),
    )
