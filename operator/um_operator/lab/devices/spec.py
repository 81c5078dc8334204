"""Which devices of an estate are managed over SSH, and by whom; no SSH library is loaded for saying so."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Product = Literal["CiscoCUBE", "Kamailio", "Asterisk"]


@dataclass(frozen=True, slots=True)
class ManagedDevice:
    """The management of one device.

    Attributes:
        device: its name among the estate's devices.
        fqdn: of its management; SSH is on port 22.
        carrier: name under which the carrier's trunk ends on the same box, on port 5061.
        user: who may log on.
        password: of the user; a key that the user may show instead is made with the estate.
        enable_password: of a CUBE whose users are not privileged; empty: they are.
    """

    device: str
    product: Product
    fqdn: str
    carrier: str
    user: str = "um-operator"
    password: str = field(default="", repr=False)
    enable_password: str = field(default="", repr=False)
