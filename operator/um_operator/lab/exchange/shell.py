"""The Exchange Management Shell of a session: finds the cmdlet, binds it, runs it, reports its refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from um_operator.lab.binding import Bound, bind, command_not_found, one_by_one
from um_operator.lab.exchange.call import Call, Cmdlet
from um_operator.lab.exchange.identity import resolve
from um_operator.lab.exchange.objects import Kind
from um_operator.lab.exchange.organization import Organization
from um_operator.lab.exchange.rbac import ADMINISTRATOR, Account
from um_operator.lab.exchange.refusals import Origin, RefusedError, error_record
from um_operator.lab.exchange.servers import Release
from um_operator.lab.powershell import Caller, CmdletError, Invocation, Streams, Value
from um_operator.lab.selecting import is_select, select
from um_operator.lab.variants import Refusal, ServerSideSelect

Trouble = Callable[[str, Caller], RefusedError | None]

_SILENT = ("silentlycontinue", "ignore")
_NO_SELECT = ServerSideSelect.ABSENT
_GONE_WITH_2016 = frozenset(
    {
        ("New-ExchangeCertificate", "RequestFile"),
        ("Import-ExchangeCertificate", "FileName"),
        ("Export-ExchangeCertificate", "FileName"),
    }
)
"""Paths, which cumulative updates of 2022 took away; Exchange 2013 still has them (field notes 1.1)."""


class ManagementShell:
    """The :class:`~um_operator.lab.powershell.CmdletHost` behind ``/PowerShell/`` of every server.

    Args:
        organization: what the cmdlets work on.
        cmdlets: the cmdlets that there are.
        accounts: who may run which of them.
        trouble: asked before each cmdlet runs, with its name and caller; a refusal that it returns is
            reported instead.
    """

    def __init__(
        self,
        organization: Organization,
        cmdlets: Iterable[Cmdlet],
        accounts: Iterable[Account] = (),
        trouble: Trouble = lambda _cmdlet, _caller: None,
    ) -> None:
        self._organization = organization
        self._trouble = trouble
        self._cmdlets = {c.declaration.name.lower(): c for c in cmdlets}
        self.accounts = tuple(accounts)
        self._accounts = {a.name.lower(): a for a in (*self.accounts, ADMINISTRATOR)}

    async def run(self, invocation: Invocation, caller: Caller, streams: Streams) -> None:
        """Run one command; nothing waits between its checks and its effect."""
        cmdlet = self._cmdlets.get(invocation.cmdlet.lower())
        if cmdlet is not None and cmdlet.prepare is not None:
            await cmdlet.prepare(self._organization, invocation)
        self.execute(invocation, caller, streams)

    def execute(self, invocation: Invocation, caller: Caller, streams: Streams) -> None:
        """Run one command.

        Raises:
            CmdletError: the cmdlet does not exist for the caller, does not bind, or ends its pipeline.
        """
        if is_select(invocation) and self._organization.variants.server_side_select is not _NO_SELECT:
            select(invocation, streams)
            return
        account = self._accounts.get(caller.account.lower(), Account(caller.account, "", role_groups=()))
        cmdlet = self._cmdlets.get(invocation.cmdlet.lower())
        if cmdlet is None or not account.may_run(cmdlet.declaration.name):
            raise command_not_found(invocation.cmdlet)
        name = cmdlet.declaration.name
        for single in one_by_one(cmdlet.declaration, invocation):
            bound = bind(
                cmdlet.declaration,
                single,
                lambda parameter: account.may_use(name, parameter) and self._has(name, parameter, caller),
            )
            self._execute(cmdlet, bound, caller, _Muted(streams, bound.common))

    def _has(self, cmdlet: str, parameter: str, caller: Caller) -> bool:
        """Whether the release of the server that runs the cmdlet has the parameter."""
        if (cmdlet, parameter) not in _GONE_WITH_2016:
            return True
        directory = self._organization.directory
        anywhere = directory.copy(directory.domain_controllers[0])
        server = resolve(anywhere, Kind.SERVER, self._organization.landing(caller), directory.domain)
        return server is not None and server["Release"] is Release.E2013

    def _execute(self, cmdlet: Cmdlet, bound: Bound, caller: Caller, streams: Streams) -> None:
        organization = self._organization
        server = organization.landing(caller)
        origin = Origin(
            server=server,
            request_id=organization.request_id(),
            time=organization.clock.now(),
            cmdlet=cmdlet.declaration.name,
            type_name=cmdlet.declaration.type_name,
        )
        planned = self._trouble(cmdlet.declaration.name, caller)
        try:
            if planned is not None:
                raise planned
            domain_controller = self._domain_controller(bound, server)
            cmdlet.run(
                Call(
                    organization,
                    cmdlet.declaration,
                    bound,
                    caller,
                    streams,
                    server,
                    domain_controller,
                    origin,
                )
            )
        except RefusedError as refusal:
            if refusal is not planned and _writes(cmdlet):
                organization.journal.note(
                    "Refused",
                    server=server,
                    caller=caller.account,
                    cmdlet=cmdlet.declaration.name,
                    exception=refusal.exception,
                )
            self._report(error_record(refusal, origin), cmdlet, bound, streams)

    def _domain_controller(self, bound: Bound, server: str) -> str:
        asked: str | None = bound.arguments.get("DomainController")
        directory = self._organization.directory
        if asked is not None and not directory.has(asked):
            raise _no_domain_controller("ADServerNotFoundException", f"'{asked}' couldn't be found")
        if asked is not None and not directory.answers(asked):
            raise _no_domain_controller("ADTransientException", f"'{asked}' couldn't be contacted")
        if asked is not None:
            return asked.lower()
        usable = self._organization.domain_controllers_of(server)
        if not usable:
            raise _no_domain_controller("ADTransientException", "of any site couldn't be contacted")
        return usable[0]

    def _report(self, record: CmdletError, cmdlet: Cmdlet, bound: Bound, streams: Streams) -> None:
        terminating = _writes(cmdlet) and self._organization.variants.refusal is Refusal.TERMINATING
        if terminating or _preference(bound.common, "erroraction") == "stop":
            raise record
        streams.error(record)


class _Muted:
    """The streams of one cmdlet, without what -ErrorAction and -WarningAction suppress."""

    def __init__(self, streams: Streams, common: Mapping[str, Value]) -> None:
        self._streams = streams
        self._errors = _preference(common, "erroraction") not in _SILENT
        self._warnings = _preference(common, "warningaction") not in _SILENT

    def output(self, value: Value) -> None:
        self._streams.output(value)

    def error(self, error: CmdletError) -> None:
        if self._errors:
            self._streams.error(error)

    def warning(self, message: str) -> None:
        if self._warnings:
            self._streams.warning(message)


def _writes(cmdlet: Cmdlet) -> bool:
    return not cmdlet.declaration.name.startswith("Get-")


def _no_domain_controller(exception: str, what: str) -> RefusedError:
    return RefusedError(exception, f"The domain controller {what}.", category="ResourceUnavailable")


def _preference(common: Mapping[str, Value], name: str) -> str:
    value = common.get(name)
    return str(getattr(value, "name", value) or "").lower()
