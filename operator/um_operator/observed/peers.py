"""Facts about gateways on the wire: what each shows to a certificate of ours, or to nobody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from um_operator.api.meta import ObjectKey
from um_operator.observed.fact import Unknown
from um_operator.observed.hosts import Listener

PeerKey: TypeAlias = tuple[str, ObjectKey | None]
"""A gateway, by ``name_key`` of its name in Exchange, and the UMCertificate as which it was looked at;
``None``: as nobody, for no certificate is issued, or in plain SIP, which shows none."""

Asked: TypeAlias = Literal["Options", "TLS", "TCP"]
"""What was asked of a port, as ``spec.probe.method`` has it."""
Anchors: TypeAlias = Literal["Gateway", "Organization"]
"""By whose CAs a chain was judged: those of the gateway's ``trust.caRef``, or the
organisation's ``tls.caRef``."""


@dataclass(frozen=True, slots=True)
class PeerLook:
    """A look at a port of a gateway, as one of our servers.

    Attributes:
        listener: what it was seen to be; a ``refusal`` is that of what we showed.
        shown: SHA-256 of the certificate that we had to show; ``None``: none, for its key is not here.
        host: where it was looked at: address or name, canonical.
        port: its port.
        tls: whether it is to speak TLS there, for a dial plan of it is secured or becomes so.
        asked: what it was asked.
        anchors: by whose CAs its chain was judged; ``None``: it was not.
    """

    listener: Listener
    shown: str | None
    host: str = ""
    port: int = 0
    tls: bool = True
    asked: Asked = "Options"
    anchors: Anchors | None = None


@dataclass(frozen=True, slots=True)
class Unanswered(Unknown):
    """That a gateway could not be looked at, and how many tries in a row ended so."""

    tries: int
