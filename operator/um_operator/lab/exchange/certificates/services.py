"""The services that a certificate may be enabled for, as flags (field notes 1.1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from um_operator.lab.binding import ConversionError, ParameterType
from um_operator.lab.powershell import EnumValue, Value
from um_operator.lab.values import to_text

TYPE: Final = "Microsoft.Exchange.Management.SystemConfigurationTasks.AllowedServices"
NUMBERS: Final = {
    "None": 0, "IMAP": 1, "POP": 2, "UM": 4, "IIS": 8, "SMTP": 16, "Federation": 32, "UMCallRouter": 64,
}  # fmt: skip
UM: Final = "UM"
UM_CALL_ROUTER: Final = "UMCallRouter"
SMTP: Final = "SMTP"
BY_DEFAULT: Final = frozenset({"IMAP", "POP", SMTP})
"""Of New-ExchangeCertificate: a new self-signed certificate takes over SMTP unless told otherwise."""
AT_SET_UP: Final = frozenset({"IMAP", "POP", "IIS", SMTP})
"""Of the certificate that set-up makes: everything but Unified Messaging (field notes 1.8)."""
_BY_NAME: Final = {name.lower(): name for name in NUMBERS}
_LETTERS: Final = {"IMAP": "I", "POP": "P", "UM": "U", "IIS": "W", "SMTP": "S", "Federation": "F"}


def _convert(value: Value) -> frozenset[str]:
    many = value if isinstance(value, Sequence) and not isinstance(value, str | bytes) else [value]
    words = [word.strip() for item in many for word in (to_text(item) or "").split(",")]
    if unknown := next((word for word in words if word.lower() not in _BY_NAME), None):
        raise ConversionError(
            f'Cannot convert value "{unknown}" to type "{TYPE}". Error: "Unable to match the identifier name '
            f"{unknown} to a valid enumerator name. Specify one of the following enumerator names and try "
            f'again: {", ".join(NUMBERS)}"'
        )
    return frozenset(_BY_NAME[word.lower()] for word in words if word) - {"None"}


SERVICES = ParameterType(TYPE, _convert, nullable=False)
"""``UM,UMCallRouter``, a list of names, or ``None``."""


def flags(services: Iterable[str]) -> EnumValue:
    """Services as the enum shows them."""
    named = sorted(services, key=NUMBERS.__getitem__)
    return EnumValue(TYPE, ", ".join(named) or "None", sum(NUMBERS[name] for name in named))


def letters(services: Iterable[str]) -> str:
    """Services as ServicesStringForm shows them: a letter or a dot each."""
    enabled = set(services)
    return "".join(letter if name in enabled else "." for name, letter in _LETTERS.items())
