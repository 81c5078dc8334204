"""The Session port over pypsrp: one connection, one runspace, one thread at a time.

Field notes, powershell-remoting 3 and 6b, say why each thing is done as it is here.
"""

from __future__ import annotations

import contextlib
import math
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import spnego
from pypsrp.complex_objects import PSInvocationState, RunspacePoolState
from pypsrp.powershell import PowerShell
from pypsrp.shell import SignalCode
from pypsrp.wsman import SelectorSet, WSMan

from um_operator.remoting import error_records
from um_operator.remoting.classify import classify, never_ran
from um_operator.remoting.credentials import Account, ClientCertificate, Keytab, Method, Password
from um_operator.remoting.endpoint import Endpoint
from um_operator.remoting.errors import DeadlineExceeded, RemotingError, SessionLost, Unreachable
from um_operator.remoting.runspace import (
    BoundedWSMan,
    FastRunspacePool,
    OwnCommand,
    Record,
    WatchedShell,
    encode,
    holds_secret,
    quiet_libraries,
)
from um_operator.remoting.session import Command, PSRow, Result
from um_operator.remoting.transport import Allowance, BoundedAdapter, tls_context, write_private

IDLE_SECONDS = 90.0
"""A connection that rested longer is not used again: http.sys closes it after 120 s, and with it goes the key
of message encryption. The shell lives on."""

_NO_INVOCATION_INFO = 0
"""RemoteStreamOptions: records come without a copy of the parameters of the command."""


class PypsrpSession:
    """One remote runspace; see ``session.Session`` for the contract."""

    def __init__(self, endpoint: Endpoint, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._endpoint = endpoint
        self._clock = clock
        self._allowance = Allowance(clock)
        self._pool: FastRunspacePool | None = None
        self._running: PowerShell | None = None
        self._broken = False
        self._has_shell = False
        self._used = clock()
        self._belongings = contextlib.ExitStack()

    def open(self, deadline: float) -> None:
        """Connect, authenticate, open the runspace.

        Raises:
            RemotingError: never sent, since no command was.
        """
        self._allowance.grant(deadline)
        quiet_libraries()
        with self._classified(lambda _: False):
            pool = FastRunspacePool(self._connection(), self._endpoint.configuration_name)
            self._pool = pool
            try:
                pool.open()
            except Exception as error:
                self._has_shell = pool.shell.opened or not never_ran(error)
                raise
            self._has_shell = True
            if pool.state != RunspacePoolState.OPENED:
                raise SessionLost(f'"{self._endpoint.url}" opened no runspace', sent=False)

    def invoke(self, command: Command, deadline: float) -> Result:
        """Run one command; see ``session.Session.invoke``."""
        self._allowance.grant(deadline)
        if self._pool is None or self._broken:
            raise SessionLost(f'the session with "{self._endpoint.url}" is not open', sent=False)
        pipeline = PowerShell(self._pool)
        commands = (command, *command.then)
        for part in commands:
            pipeline.add_command(OwnCommand(part.name, self._pool.protocol_version or "", is_script=False))
            pipeline.add_parameters({name: encode(value) for name, value in part.parameters.items()})
        self._renew_connection()
        if any(holds_secret(value) for part in commands for value in part.parameters.values()):
            with self._classified(lambda _: False):
                self._pool.exchange_keys()
        self._begin(pipeline)
        self._wait(pipeline, self._pool.shell)
        self._end(pipeline)
        return self._result(pipeline)

    def close(self) -> None:
        """Stop what runs, delete the shell, forget the keytab: best effort, within ``timeouts.close``."""
        self._allowance.grant(self._endpoint.timeouts.close)
        pool, self._pool = self._pool, None
        if pool is not None:
            if self._has_shell:
                self._delete_shell(pool)
            pool.connection.close()
        self._belongings.close()

    def _delete_shell(self, pool: FastRunspacePool) -> None:
        """Delete the shell by its id, which is ours to choose: also one whose creation was never answered.

        pypsrp's own close does nothing once it thinks that the pool is closed or broken.
        """
        if self._broken:
            self._reset_connection(pool)
        if self._running is not None:
            with contextlib.suppress(Exception):
                pool.shell.signal(SignalCode.PS_CTRL_C, self._running.id)
        selectors = SelectorSet()
        selectors.add_option("ShellId", pool.shell.id or pool.id)
        with contextlib.suppress(Exception):
            pool.connection.delete(pool.shell.resource_uri, selector_set=selectors)

    def _begin(self, pipeline: PowerShell) -> None:
        """Send the command. Until the server took it over, a clear refusal means that it did not run."""
        with self._classified(
            lambda error: pipeline.state == PSInvocationState.RUNNING or not never_ran(error)
        ):
            self._running = pipeline
            pipeline.begin_invoke(remote_stream_options=_NO_INVOCATION_INFO)

    def _wait(self, pipeline: PowerShell, shell: WatchedShell) -> None:
        with self._classified(lambda _: True):
            while pipeline.state == PSInvocationState.RUNNING:
                pipeline.poll_invoke(timeout=self._poll_seconds())
                if pipeline.state != PSInvocationState.RUNNING:
                    break
                if shell.done:
                    raise SessionLost(f'"{self._endpoint.url}" ended a command without its result', sent=True)
                if self._allowance.over:
                    raise DeadlineExceeded(f'"{self._endpoint.url}" did not finish in time', sent=True)

    def _poll_seconds(self) -> int:
        return max(1, min(self._endpoint.timeouts.operation, math.floor(self._allowance.left())))

    def _end(self, pipeline: PowerShell) -> None:
        """Free the command on the server. Its result is already here: a failure only ends the session."""
        self._running = None
        try:
            pipeline.close()
        except Exception:  # noqa: BLE001 - five families; whatever it was, the session is not used again
            self._broken = True
        self._used = self._clock()

    def _result(self, pipeline: PowerShell) -> Result:
        errors = cast("list[Record]", pipeline.streams.error)
        warnings = cast("list[Record]", pipeline.streams.warning)
        if pipeline.state not in (PSInvocationState.COMPLETED, PSInvocationState.FAILED):
            self._broken = True
            raise SessionLost(f'"{self._endpoint.url}" stopped the command', sent=True)
        return Result(
            rows=tuple(pipeline.output),
            errors=tuple(error_records.from_row(r.row, terminating=r.terminating) for r in errors),
            warnings=tuple(_warning(record) for record in warnings),
        )

    @contextlib.contextmanager
    def _classified(self, sent: Callable[[Exception], bool]) -> Iterator[None]:
        """Turn whatever the libraries raise into a RemotingError; the session is not used after one."""
        try:
            yield
        except Exception as error:
            self._broken = True
            failure = classify(error, sent=sent(error), where=self._endpoint.url)
            raise self._judged_by_time(failure) from error

    def _judged_by_time(self, failure: RemotingError) -> RemotingError:
        if self._allowance.over and isinstance(failure, SessionLost | Unreachable):
            return DeadlineExceeded(f'"{self._endpoint.url}" did not answer in time', sent=failure.sent)
        return failure

    def _renew_connection(self) -> None:
        if self._pool is not None and self._clock() - self._used > IDLE_SECONDS:
            self._reset_connection(self._pool)

    def _reset_connection(self, pool: FastRunspacePool) -> None:
        pool.connection.close()
        self._attach(pool.connection)

    def _connection(self) -> BoundedWSMan:
        endpoint = self._endpoint
        connection = BoundedWSMan(
            endpoint.host,
            port=endpoint.port,
            ssl=endpoint.tls,
            path=endpoint.path,
            auth=endpoint.authentication.method.value.lower(),
            operation_timeout=endpoint.timeouts.operation,
            no_proxy=True,
            negotiate_service=endpoint.authentication.kerberos_service,
            **self._identity(endpoint.authentication.account, endpoint.authentication.method),
        )
        self._tls = tls_context(endpoint)
        self._attach(connection)
        return connection

    def _attach(self, connection: WSMan) -> None:
        """Begin a new TCP connection, and with it a new security context, at the next request."""
        transport = connection.transport
        transport.encryption = None
        http = transport._build_session()  # noqa: SLF001 - pypsrp has no other way to an adapter of ours
        http.trust_env = False
        adapter = BoundedAdapter(self._allowance, self._endpoint.timeouts, self._tls, self._endpoint.address)
        http.mount("http://", adapter)
        http.mount("https://", adapter)
        if transport.session is not None:
            http.cookies = transport.session.cookies  # a proxy's cookie leads back to the shell's server
        transport.session = http

    def _identity(self, account: Account, method: Method) -> dict[str, Any]:
        match account:
            case Password():
                return {"username": account.username, "password": account.password}
            case Keytab():
                folder = self._belongings.enter_context(tempfile.TemporaryDirectory(prefix="um-operator-"))
                path = write_private(Path(folder) / "keytab", account.content)
                return {"username": spnego.KerberosKeytab(keytab=f"FILE:{path}", principal=account.principal)}
            case ClientCertificate():
                # the TLS context holds them; pypsrp only wants to see that there are some
                return {"certificate_pem": "in the TLS context", "certificate_key_pem": "in the TLS context"}
        raise ValueError(f"{method.value} needs an account")


def _warning(record: Record) -> str:
    if isinstance(record.row, PSRow):
        message = record.row.properties.get("InformationalRecord_Message")
        return message if isinstance(message, str) else record.row.text
    return str(record.row)
