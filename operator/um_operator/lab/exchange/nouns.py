"""What the cmdlets of every noun share: their parameters, and how an identity selects objects."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from um_operator.lab.binding import Declaration, Parameter, ParameterType
from um_operator.lab.exchange.call import Call, Cmdlet
from um_operator.lab.exchange.identity import resolve
from um_operator.lab.exchange.objects import DirectoryObject, Kind
from um_operator.lab.exchange.organization import Organization
from um_operator.lab.exchange.properties import Property, object_name
from um_operator.lab.exchange.refusals import RefusedError, invalid, not_found
from um_operator.lab.powershell import Invocation
from um_operator.lab.values import STRING, SWITCH
from um_operator.lab.variants import UnknownIdentity

TASKS = "Microsoft.Exchange.Management.Tasks.UM"
FQDN = ParameterType("Microsoft.Exchange.Data.Fqdn", STRING.convert, nullable=False)

_READING = (Parameter("DomainController", FQDN),)
_CHANGING = (*_READING, Parameter("Confirm", SWITCH), Parameter("WhatIf", SWITCH))


def cmdlet(
    name: str,
    run: Callable[[Call], None],
    *parameters: Parameter,
    default_set: str = "",
    prompts: bool = False,
    namespace: str = TASKS,
    prepare: Callable[[Organization, Invocation], Awaitable[None]] | None = None,
) -> Cmdlet:
    """Declare a cmdlet; the parameters that all cmdlets of its verb have are added."""
    common = _READING if name.startswith("Get-") else _CHANGING
    type_name = f"{namespace}.{name.replace('-', '')}"
    return Cmdlet(Declaration(name, type_name, (*parameters, *common), default_set, prompts), run, prepare)


def name_parameter() -> Parameter:
    """The name of an object to be made."""
    return Parameter("Name", STRING, mandatory=True, position=1)


def identity_parameter(identity: ParameterType, *, mandatory: bool, name: str = "Identity") -> Parameter:
    """The object that a cmdlet works on."""
    return Parameter(name, identity, mandatory=mandatory, position=1, piped=True)


def selected(call: Call, kind: Kind, parameter: str = "Identity") -> list[DirectoryObject]:
    """The objects that a Get- cmdlet shows: the one asked for, or all when none or ``$null`` was given.

    Raises:
        RefusedError: there is no such object, and this lab says so (see :class:`UnknownIdentity`).
    """
    everything = list(call.replica.all(kind))
    if (identity := call.value(parameter)) is None:
        return everything
    if (found := resolve(call.replica, kind, identity, call.organization.directory.domain)) is not None:
        return [found]
    if call.variants.unknown_identity is UnknownIdentity.EVERYTHING:
        return everything
    raise not_found(identity, call.domain_controller)


def check_properties(table: tuple[Property, ...], values: dict[str, Any]) -> None:
    """Refuse the first value that its property does not take."""
    for row in table:
        if row.name in values and (problem := row.problem(values[row.name])):
            raise invalid(row.name, problem)


def check_name(name: str | None, longest: int) -> str:
    """A name that Exchange takes."""
    if problem := object_name(longest)(name or ""):
        raise invalid("Name", problem)
    assert name
    return name


def refuse_taken(call: Call, taken: DirectoryObject | None) -> None:
    """Refuse to make or rename an object when its name is taken."""
    if taken is not None:
        raise RefusedError(
            call.variants.existing.value,
            f"Active Directory operation failed on {call.domain_controller}. The object "
            f"'{call.identity_of(taken)}' already exists.",
            category="NotSpecified",
        )


def rename(call: Call, found: DirectoryObject, after: dict[str, Any], longest: int) -> None:
    """Add a new name to what a Set- cmdlet changes."""
    if "Name" in call.arguments and call.value("Name") != found.name:
        name = check_name(call.value("Name"), longest)
        other = call.replica.named(
            found.kind, name, lambda o: o["Parent"] == found["Parent"] and o.guid != found.guid
        )
        refuse_taken(call, other)
        after["Name"] = name
