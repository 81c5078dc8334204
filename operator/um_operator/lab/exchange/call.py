"""One running cmdlet: its arguments, what it can read, and the only way in which it changes anything."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

from um_operator.lab.binding import Bound, Declaration
from um_operator.lab.exchange import wire
from um_operator.lab.exchange.identity import resolve
from um_operator.lab.exchange.objects import DirectoryObject, Kind
from um_operator.lab.exchange.organization import Organization
from um_operator.lab.exchange.properties import Property
from um_operator.lab.exchange.refusals import Origin, RefusedError, error_record, not_found
from um_operator.lab.exchange.replica import Replica
from um_operator.lab.journal import Author, Readable
from um_operator.lab.powershell import Caller, CmdletError, Invocation, PSObject, Streams, Value
from um_operator.lab.variants import Variants

State: TypeAlias = Mapping[str, Readable]
"""Properties as the journal shows them."""


@dataclass(frozen=True, slots=True)
class Cmdlet:
    """A cmdlet: what it declares and what it does, and what takes long of it and changes nothing."""

    declaration: Declaration
    run: Callable[[Call], None]
    prepare: Callable[[Organization, Invocation], Awaitable[None]] | None = None


@dataclass(frozen=True)
class Call:
    """One invocation that has been bound.

    Attributes:
        server: FQDN of the server that runs it.
        domain_controller: the one that it reads from and writes to.
    """

    organization: Organization
    declaration: Declaration
    bound: Bound
    caller: Caller
    streams: Streams
    server: str
    domain_controller: str
    origin: Origin

    @property
    def replica(self) -> Replica:
        """The directory as the chosen domain controller has it now."""
        return self.organization.directory.copy(self.domain_controller)

    @property
    def variants(self) -> Variants:
        """How this lab answers the open questions."""
        return self.organization.variants

    @property
    def arguments(self) -> Mapping[str, Any]:
        """The converted arguments by parameter name."""
        return self.bound.arguments

    def value(self, parameter: str, default: Any = None) -> Any:
        """The argument of a parameter, or the default when it was not given."""
        return self.arguments.get(parameter, default)

    def find(self, kind: Kind, identity: str) -> DirectoryObject:
        """The object of an identity.

        Raises:
            RefusedError: the domain controller has none.
        """
        if (found := resolve(self.replica, kind, identity, self.organization.directory.domain)) is None:
            raise not_found(identity, self.domain_controller)
        return found

    def create(self, kind: Kind, attributes: Mapping[str, Any]) -> DirectoryObject | None:
        """Make an object; nothing, and None, under ``-WhatIf``."""
        if not self.should_process():
            return None
        self.organization.journal.about_to_change(self.caller.account)
        made = self.organization.directory.create(self.domain_controller, kind, attributes)
        self._record(made, None, made.attributes)
        return made

    def modify(self, found: DirectoryObject, after: Mapping[str, Any]) -> None:
        """Change attributes of an object."""
        if not after:
            self.streams.warning(
                f"The command completed successfully but no settings of '{found.name}' have been modified."
            )
        elif self.should_process():
            current = self._announce(found)
            self.organization.directory.modify(self.domain_controller, found.guid, after)
            self._record(current, {name: current[name] for name in after}, after)

    def remove(self, found: DirectoryObject) -> None:
        """Remove an object."""
        if self.should_process():
            current = self._announce(found)
            self.organization.directory.remove(self.domain_controller, found.guid)
            self._record(current, current.attributes, None)

    def act(
        self,
        kind: str,
        name: str,
        before: State | None,
        after: State | None,
        effect: Callable[[], None],
    ) -> bool:
        """Change something that is not in the directory; nothing, and False, under ``-WhatIf``."""
        if not self.should_process():
            return False
        self.organization.journal.about_to_change(self.caller.account)
        effect()
        self.organization.journal.record_of(self.author, kind=kind, name=name, before=before, after=after)
        return True

    @property
    def author(self) -> Author:
        """Return who causes what it changes outside of the directory."""
        return Author(self.caller.account, self.server, self.caller.endpoint, self.declaration.name)

    def cannot_ask(self) -> CmdletError:
        """What becomes of a question: there is no host that could answer it (field notes 1.4)."""
        return CmdletError(
            "A command that prompts the user failed because the host program or the command type does "
            "not support user interaction. The host was attempting to request confirmation.",
            error_id=f"HostFunctionNotImplemented,{self.declaration.type_name}",
            category="NotImplemented",
            exception_type="System.Management.Automation.Host.HostException",
            reason="HostException",
            activity=self.declaration.name,
        )

    def _announce(self, found: DirectoryObject) -> DirectoryObject:
        """Say that an object is about to change; the object as it is after others had their turn."""
        self.organization.journal.about_to_change(self.caller.account)
        current = self.replica.get(found.guid)
        if current is None:
            raise not_found(found.name, self.domain_controller)
        return current

    def should_process(self) -> bool:
        """PowerShell's question before an effect.

        Raises:
            CmdletError: it has to be asked, and there is no host that could.
        """
        if self.value("WhatIf", False):
            return False
        if self.value("Confirm", self.declaration.prompts):
            raise self.cannot_ask()
        return True

    def _record(
        self, subject: DirectoryObject, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
    ) -> None:
        self.organization.journal.record(
            server=self.server,
            domain_controller=self.domain_controller,
            caller=self.caller.account,
            endpoint=self.caller.endpoint,
            cmdlet=self.declaration.name,
            kind=subject.kind.value,
            name=self.identity_of(subject),
            before=None if before is None else {n: self._readable(v) for n, v in before.items()},
            after=None if after is None else {n: self._readable(v) for n, v in after.items()},
        )

    def identity_of(self, found: DirectoryObject) -> str:
        """What the object's Identity shows."""
        if found.kind in (Kind.UM_SERVICE, Kind.CALL_ROUTER):
            server = self.replica.get(found["Parent"])
            return str(server["Fqdn"]) if server else found.name
        return wire.identity_text(found, self.replica)

    def _readable(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return [self._readable(item) for item in value]
        if isinstance(value, UUID) and (found := self.replica.get(value)) is not None:
            return wire.identity_text(found, self.replica)
        return wire.readable(value)

    def show(
        self,
        found: DirectoryObject,
        type_name: str,
        properties: Callable[[Call, DirectoryObject], Mapping[str, Value]],
    ) -> None:
        """Write an object to the pipeline that shows nothing but what the domain controller knows.

        Args:
            found: the object.
            type_name: of what it is shown as.
            properties: what it shows; asked once for each state of the domain controller's copy.
        """
        self.streams.output(
            self.replica.derived(
                "shown",
                found.guid,
                lambda: PSObject((type_name, *wire.AD_OBJECT), found.name, properties(self, found)),
            )
        )

    def output(self, type_name: str, text: str, properties: Mapping[str, Value]) -> None:
        """Write one object to the pipeline."""
        self.streams.output(PSObject((type_name, *wire.AD_OBJECT), text, properties))

    def report(self, refused: RefusedError) -> None:
        """Write an error and go on."""
        self.streams.error(error_record(refused, self.origin))

    def shape(self, row: Property, value: Any) -> Value:
        """A property's value on the wire."""
        if row.many:
            return wire.multi_value(row.shown(value or ()), self.variants)
        shown: Value = row.shown(value)
        return shown
