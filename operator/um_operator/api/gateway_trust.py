"""Trust between a gateway and the Exchange servers, in both directions (R5, R6)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from um_operator.api.model import ListOf, Model, at_most
from um_operator.api.references import CARef, ConfigMapKeyRef, ConfigMapRef, SecretRef
from um_operator.api.strings import DeviceUrl, HostPort, Sha256
from um_operator.api.text import Text

ParameterName = Annotated[str, Text(64, r"^[A-Za-z][A-Za-z0-9]*$", "must be letters and digits")]
ParameterValue = Annotated[str, Text(1024, least=0)]


class TrustDelivery(Model):
    """How the CA chain of the UM certificates gets onto the device."""

    preset: Literal["CiscoCUBE", "Kamailio", "Asterisk", "AudioCodes", "RibbonEdge", "OracleSBC"] | None = (
        None
    )
    """A recipe that the operator brings along: the first three by ssh, the others by https."""
    recipe_ref: ConfigMapKeyRef | None = None
    """A recipe of your own, in place of ``preset``."""
    endpoint: DeviceUrl
    """The device's management, ``ssh://`` or ``https://``."""
    secret_ref: SecretRef
    """The account on the device."""
    ca_ref: CARef | None = None
    """CA certificates for an https endpoint."""
    known_hosts_ref: ConfigMapRef | None = None
    """Host keys for an ssh endpoint, under the key ``known_hosts``."""
    protected_listeners: Annotated[ListOf[HostPort], at_most(32)] = ()
    """Other listeners of the device, tried before and after; a loss restores and stops (R24)."""
    parameters: Annotated[dict[ParameterName, ParameterValue], Field(max_length=32)] = Field(default={})
    """Values that the recipe asks for."""


class GatewayTrust(Model):
    """Whose certificates the gateway and the servers trust."""

    ca_ref: CARef | None = None
    """Who signed the gateway's own certificate; the servers of UMCertificates get it (R5)."""
    attested: Annotated[ListOf[Sha256], at_most(16)] = ()
    """CAs of which a person says that the gateway trusts them, such as ``status.trustBundle.sha256``."""
    on_untrusted_peer: Literal["Hold", "Proceed"] = "Hold"
    """Whether a new chain waits for a gateway that does not show that it trusts it (R6)."""
    delivery: TrustDelivery | None = None
    """How our CA chain gets onto the device; absent: by hand."""
