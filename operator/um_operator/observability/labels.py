"""Every label that a metric may carry. None holds a thumbprint, a message, an address or an error's text."""

from __future__ import annotations

from typing import Final

from um_operator.observability.metric import Label

_NAME: Final = r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?"
"""A name or namespace in Kubernetes."""
_WORD: Final = r"[A-Z][A-Za-z]{0,63}"
"""One word in CamelCase: a kind, a reason, a type. Without digits, so that no thumbprint is one."""

# A resource
KIND: Final = Label("kind", "kind of the resource", _WORD)
NAMESPACE: Final = Label("namespace", "its namespace", _NAME)
NAME: Final = Label("name", "its metadata.name", _NAME)
ORGANIZATION: Final = Label("organization", "metadata.name of the ExchangeOrganization", _NAME)
CONDITION: Final = Label("type", "type of the condition", _WORD)
STATUS: Final = Label("status", "status of the condition", "True|False|Unknown")
REASON: Final = Label("reason", "a word of [the table of reasons](conditions.md)", _WORD)
MODE: Final = Label("mode", "mode of the organisation", "Observe|Plan|Enforce")

# A certificate
SERVER: Final = Label(
    "server", "FQDN of the server in lower case", r"[a-z0-9_]([a-z0-9._-]{0,251}[a-z0-9_])?"
)
"""Windows lets a host's name have an underscore, which DNS does not."""
SERVICE: Final = Label("service", "the service, as Exchange calls it", "UM|UMCallRouter")
PLACE: Final = Label(
    "place", "declared and issued; in Exchange's settings; on the wire", "wanted|bound|served"
)
SERVED: Final = Label(
    "served",
    "the wanted revision; an earlier one; what was there before the first one; a certificate of somebody "
    "else; no TLS; not known",
    "Wanted|Earlier|Former|Foreign|NoTLS|Unknown",
)
SERVER_STATE: Final = Label(
    "state",
    "how far the wanted revision has come; OutOfService: by somebody else",
    "Unknown|OutOfService|Rejected|Requested|Issued|Imported|Bound|Draining|Restarting|Serving",
)

# A gateway
PROBE_RESULT: Final = Label(
    "result", "whether the SIP port answered as it should; not known", "OK|Failed|Unknown"
)
TRUST: Final = Label("state", "whether the gateway trusts the UM certificates", "Trusted|Untrusted|Unknown")

# A Lync pool
POOL: Final = Label("pool", "FQDN of the pool in lower case", SERVER.form)

# A pass
SCOPE: Final = Label("scope", "whether the pass read everything or what was marked", "everything|marked")
RESULT: Final = Label(
    "result", "whether steps ran, none did, or the pass broke off", "changed|unchanged|failed"
)
STEP: Final = Label("type", "type of the step, such as SetGateway", _WORD)
OUTCOME: Final = Label("outcome", "how the step ended", "Done|Refused|Forbidden|NotSent|Unclear")

# A remote call
CMDLET: Final = Label(
    "cmdlet", "the cmdlet, such as Set-UMIPGateway", r"[A-Z][a-z]{1,15}-[A-Z][A-Za-z]{1,47}"
)
VERB: Final = Label("verb", "the cmdlet's verb", r"[A-Z][a-z]{1,15}")
CALL_OUTCOME: Final = Label(
    "outcome",
    "ok; error, with error records; or the class of what came instead of an answer",
    "ok|error|Unreachable|NotTrusted|AuthenticationFailed|Forbidden|EndpointNotFound|"
    "SessionConfigurationNotFound|Throttled|SessionLost|DeadlineExceeded|ProtocolError|CancelledError",
)

# A request to the Kubernetes API
API_VERB: Final = Label("verb", "verb of the request", "get|list|watch|create|update|patch|delete")
RESOURCE: Final = Label("resource", "plural of the resource, status as part of it", r"[a-z]{1,63}(/status)?")
CODE: Final = Label("code", "HTTP status; none where there was no answer", r"[1-5]\d\d|none")

# The process
LEASE: Final = Label("lease", "name of the Lease", _NAME)
LOOP: Final = Label("loop", "the operator's own event loop, or the one that watches", "operator|watch")
VERSION: Final = Label("version", "version of um-operator", r"\d+\.[\w.+-]{1,60}")
PYTHON: Final = Label("python_version", "version of Python", r"\d+\.[\w.+-]{1,60}")
KOPF: Final = Label("kopf_version", "version of kopf", r"\d+\.[\w.+-]{1,60}")
