"""What Lync needs of Exchange beside plans and gateways: auto attendants to lead to, containers to read.

ExchUcUtil.ps1 lets two groups of Lync read containers of Exchange in the directory (field notes 6.1). Which
groups, containers and rights these are is common knowledge: it is what the script reports at its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, cast

from um_operator.exchange import codecs, rows
from um_operator.exchange.codecs import ReadError
from um_operator.exchange.reader import Reader
from um_operator.observed.lync import AutoAttendantFact, Grant, PermissionsFact
from um_operator.remoting.session import PSRow
from um_operator.remoting.values import NotUnderstoodError, items_of, text_of

PERMISSION_CMDLET: Final = "Get-ADPermission"
GROUPS: Final = ("RTCUniversalServerAdmins", "RTCComponentUniversalServices")
_LIST, _READ = frozenset({"listchildren"}), frozenset({"listchildren", "readproperty"})
CONTAINERS: Final[Mapping[str, frozenset[str]]] = {
    "Administrative Groups": _LIST,
    "UM AutoAttendant Container": _READ,
    "UM DialPlan Container": _READ,
}
"""What a group needs on each, rights of Active Directory in lower case."""
_ALL: Final = frozenset({"genericread", "genericall"})
"""Rights that include reading."""
_STATUS: Final = codecs.words("Enabled", "Disabled")


async def auto_attendants(reader: Reader) -> tuple[AutoAttendantFact, ...]:
    """Read all auto attendants."""
    return tuple(map(auto_attendant, await reader.rows("Get-UMAutoAttendant")))


def auto_attendant(row: PSRow) -> AutoAttendantFact:
    """Read a row of Get-UMAutoAttendant."""
    numbers = codecs.TEXT_SET.read("PilotIdentifierList", row.properties.get("PilotIdentifierList"))
    return AutoAttendantFact(
        name=rows.name(row),
        dial_plan=str(codecs.REFERENCE.read("UMDialPlan", row.properties.get("UMDialPlan")) or ""),
        pilot_identifiers=frozenset(cast(tuple[str, ...], numbers)),
        enabled=_STATUS.read("Status", row.properties.get("Status")) == "Enabled",
    )


async def permissions(reader: Reader, organization: str) -> PermissionsFact:
    """Read which of the rights that Lync needs it lacks; ``organization`` is its distinguished name."""
    missing: set[Grant] = set()
    for container, needed in CONTAINERS.items():
        entries = await reader.rows(PERMISSION_CMDLET, Identity=f"CN={container},{organization}")
        missing |= {Grant(group, container) for group in GROUPS if not allows(entries, group, needed)}
    return PermissionsFact(PERMISSION_CMDLET, frozenset(missing))


def allows(entries: Iterable[PSRow], group: str, needed: frozenset[str]) -> bool:
    """Tell whether entries of an access list (Get-ADPermission) give a group all that is needed.

    A right that is denied counts as not given, whatever else allows it.
    """
    allowed: set[str] = set()
    denied: set[str] = set()
    for entry in entries:
        if _group(entry) != group.casefold():
            continue
        rights = _rights(entry)
        rights |= needed if rights & _ALL else set()
        (denied if entry.properties.get("Deny") is True else allowed).update(rights)
    return needed <= allowed - denied


def _group(entry: PSRow) -> str:
    """Return a group without its domain."""
    try:
        return text_of(entry.properties.get("User")).rpartition("\\")[2].casefold()
    except NotUnderstoodError:
        raise ReadError("User", entry.properties.get("User")) from None


def _rights(entry: PSRow) -> set[str]:
    value = entry.properties.get("AccessRights")
    try:
        shown = [text_of(item) for item in items_of(value)]
    except NotUnderstoodError:
        raise ReadError("AccessRights", value) from None
    return {right.strip().casefold() for text in shown for right in text.split(",")}
