"""Who may read Exchange's UM containers in the directory: what ExchUcUtil.ps1 grants (field notes 6.1).

Groups, containers and rights are as the script reports them (common knowledge). Get-ADPermission shows them;
to whom is not documented.
"""

from __future__ import annotations

from typing import Final

from um_operator.lab.binding import Parameter
from um_operator.lab.exchange import wire
from um_operator.lab.exchange.call import Call
from um_operator.lab.exchange.nouns import cmdlet
from um_operator.lab.exchange.objects import Kind
from um_operator.lab.exchange.refusals import not_found
from um_operator.lab.exchange.replica import Replica
from um_operator.lab.values import STRING

GROUPS: Final = ("RTCUniversalServerAdmins", "RTCComponentUniversalServices")
"""Lync's groups that need to read."""
_LIST, _READ = ("ListChildren",), ("ListChildren", "ReadProperty")
UM_CONTAINERS: Final = {
    "UM DialPlan Container": _READ,
    "UM AutoAttendant Container": _READ,
    "Administrative Groups": _READ,
}
"""Containers below the organization's own, which is only listed, and what is granted on each."""


def rights_of(organization: str) -> dict[str, tuple[str, ...]]:
    """The rights on each container, the organization's own first."""
    return {organization: _LIST, **UM_CONTAINERS}


def missing(copy: Replica) -> list[tuple[str, str]]:
    """What a copy of the directory lacks of it: group and container."""
    organization = next(copy.all(Kind.ORGANIZATION)).name
    return [
        (group, container)
        for group in GROUPS
        for container in rights_of(organization)
        if copy.named(Kind.PERMISSION, entry_name(group, container)) is None
    ]


def entry_name(group: str, container: str) -> str:
    """The name under which the lab keeps an entry."""
    return f"{container}\\{group}"


def _get(call: Call) -> None:
    asked = str(call.value("Identity"))
    organization = next(call.replica.all(Kind.ORGANIZATION))
    container = _container(call, asked)
    if container is None:
        raise not_found(asked, call.domain_controller)
    user = call.value("User")
    for entry in call.replica.all(Kind.PERMISSION):
        group = str(entry["Group"])
        if entry["Container"] != container or (user and user.rpartition("\\")[2].lower() != group.lower()):
            continue
        call.output(
            "Microsoft.Exchange.Management.RecipientTasks.ADAcePresentationObject",
            "",
            {
                "AccessRights": wire.multi_value(
                    list(rights_of(organization.name)[container]), call.variants
                ),
                "ExtendedRights": None,
                "ChildObjectTypes": None,
                "InheritedObjectType": None,
                "Properties": None,
                "IsInherited": False,
                "Deny": False,
                "InheritanceType": "All",
                "User": f"{call.organization.directory.domain.partition('.')[0].upper()}\\{group}",
                "Identity": _dn(call, container),
            },
        )


def _container(call: Call, identity: str) -> str | None:
    """The container of an identity, which is its DN, or for the organization's own its name."""
    names = rights_of(next(call.replica.all(Kind.ORGANIZATION)).name)
    return next((one for one in names if identity.lower() in (one.lower(), _dn(call, one).lower())), None)


def _dn(call: Call, container: str) -> str:
    organization = next(call.replica.all(Kind.ORGANIZATION))
    above = wire.distinguished_name(organization, call.replica, call.organization.directory.domain)
    return above if container == organization.name else f"CN={container},{above}"


CMDLETS = (
    cmdlet(
        "Get-ADPermission",
        _get,
        Parameter("Identity", STRING, mandatory=True, position=1),
        Parameter("User", STRING),
        namespace="Microsoft.Exchange.Management.RecipientTasks",
    ),
)
