"""The closed list of what a recipe may have a device do. Reset, restart and reboot are not on it (R24).

A command that is none of these cannot be part of a recipe, whoever writes it: what a device does not offer in
these words is done by hand.
"""

from __future__ import annotations

import re
from typing import Final

_PATH = r"(/[\w.-]+)*/"
_NAME = r"[\w.-]{1,64}"

RELOADS: Final = tuple(
    re.compile(rf"(sudo (-n )?)?({_PATH})?{command}")
    for command in (
        r"kamcmd( -s [\w./:-]+)? tls\.reload",
        r"kamctl rpc tls\.reload",
        r"asterisk -rx '(module reload res_pjsip\.so|pjsip reload)'",
        r"opensips-cli -x mi tls_reload",
        r"fs_cli -x 'reloadxml'",
        rf"systemctl reload {_NAME}",
    )
)
"""Commands that have a SIP server read its files anew; none of them ends it."""

LINES: Final = tuple(
    re.compile(line)
    for line in (
        r"enable",
        r"terminal (length|width) 0",
        r"show [\w:./| -]+",
        r"configure terminal",
        rf"crypto pki trustpoint {_NAME}",
        rf"crypto pki authenticate {_NAME}",
        r"enrollment terminal( pem)?",
        r"revocation-check none",
        r"end|exit|quit|yes",
        r"write memory|copy running-config startup-config",
    )
)
"""Lines that may be typed at a device's command line."""
UNDOING: Final = (re.compile(rf"no crypto pki trustpoint {_NAME}"),)
"""Lines that take back what the same delivery added; they may stand nowhere else (R7)."""


def is_reload(command: str) -> bool:
    """Whether a command only has files read anew."""
    return any(pattern.fullmatch(command) for pattern in RELOADS)


def is_line(line: str, *, undoing: bool = False) -> bool:
    """Whether a line may be typed."""
    return any(pattern.fullmatch(line) for pattern in (*LINES, *(UNDOING if undoing else ())))
