"""Who has an account in the company that the presets stand for, and what he may do."""

from __future__ import annotations

from um_operator.lab.chance import chance
from um_operator.lab.exchange.rbac import Account
from um_operator.lab.lync.exch_uc_util import UM_OPERATOR_PERMISSIONS
from um_operator.lab.lync.roles import CAPABILITIES as LYNC_CAPABILITIES
from um_operator.lab.winrm.roles import CAPABILITIES


def password(seed: int, user: str) -> str:
    """Of a user: the same on every run."""
    return f"{chance(seed, f'password of {user}').getrandbits(80):020x}"


def accounts(seed: int, domain: str) -> tuple[Account, ...]:
    """The operator, a reader, one without role, an operator who is no administrator, Lync's, ExchUcUtil's."""
    roles = {
        "svc-um-operator": ("UM Management", "Server Management"),
        "svc-um-reader": ("View-Only Organization Management",),
        "svc-nobody": (),
        "svc-um-jea": ("UM Management", "Server Management"),
        "svc-um-lync": (),
        "svc-um-exchucutil": ("Organization Management",),
    }
    return tuple(
        Account(
            name=f"CONTOSO\\{user}",
            password=password(seed, user),
            upn=f"{user}@{domain.upper()}",
            role_groups=groups,
            local_administrator=user == "svc-um-operator",
            jea_roles=_jea_roles(user),
            lync_roles=("CsServerAdministrator",) if user == "svc-um-lync" else (),
            lync_jea_roles=tuple(LYNC_CAPABILITIES) if user == "svc-um-lync" else (),
        )
        for user, groups in roles.items()
    )


def _jea_roles(user: str) -> tuple[str, ...]:
    if user == "svc-um-exchucutil":
        return (UM_OPERATOR_PERMISSIONS.name,)
    return tuple(CAPABILITIES) if user in ("svc-um-operator", "svc-um-jea") else ()
