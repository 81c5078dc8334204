"""``umctl request``: take certificate requests to a CA, and bring the answers back (issuer ``request``)."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from um_operator.cli.certificate import Certificate, opened
from um_operator.cli.notices import notice
from um_operator.cli.options import (
    ConnectTo,
    Context,
    Folders,
    Kubeconfig,
    Name,
    Namespace,
    Output,
    State,
)
from um_operator.cli.output import Format, show, write
from um_operator.cli.place import Cluster, Place, place_of
from um_operator.cli.render_plan import instant
from um_operator.local.errors import LocalError
from um_operator.observed.der import fact_of
from um_operator.observed.revision import Revision
from um_operator.observed.values import name_key
from um_operator.pki.answers import Accepted
from um_operator.pki.issuers.request import complete as complete_revision
from um_operator.pki.issuers.request import waiting
from um_operator.pki.ports import Denied
from um_operator.pki.record import DamagedRevisionError, Stored

STDIN: Final = "-"
MOST: Final = 1_000_000
"""Bytes of an answer; a chain in PEM has some thousands."""

app = typer.Typer(
    help="Take certificate requests to a CA, and bring the answers back (issuer request).",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Server = Annotated[
    str | None,
    typer.Option(
        "--server", metavar="FQDN", help="Only the request for this server. Default: all that wait."
    ),
]


@app.command("get")
def get(
    *,
    name: Name,
    server: Server = None,
    sources: Folders = None,
    state: State = None,
    connect_to: ConnectTo = None,
    namespace: Namespace = None,
    context: Context = None,
    kubeconfig: Kubeconfig = None,
    output: Output = Format.TEXT,
) -> None:
    """Print the requests that wait for an answer, as PKCS#10 in PEM. Writes nothing anywhere.

    Exit code: 0 they are printed, 1 none waits, or an error.
    """
    place = place_of(sources, state, connect_to, Cluster(namespace, context, kubeconfig))
    requests = asyncio.run(_get(place, name, server))
    show(output, _lines(requests), [_data(one) for one in requests])


@app.command("complete")
def complete(
    *,
    name: Name,
    server: Server = None,
    file: Annotated[
        str,
        typer.Option(
            "--file",
            metavar="FILE",
            help="The answer: PEM, DER or PKCS#7, with its intermediates; - for standard input.",
        ),
    ] = STDIN,
    sources: Folders = None,
    state: State = None,
    connect_to: ConnectTo = None,
    namespace: Namespace = None,
    context: Context = None,
    kubeconfig: Kubeconfig = None,
) -> None:
    """Bring the answer of a CA back: to which request it belongs is told by its key.

    An answer that is not for a key that waits, that lacks a name or has expired is refused, and the request
    stays good. The operator, or the next umctl apply, goes on with it.

    Exit code: 0 it was put to its request, 1 it was refused, or an error.
    """
    place = place_of(sources, state, connect_to, Cluster(namespace, context, kubeconfig))
    if file == STDIN and STDIN in (sources or ()):
        raise LocalError(
            "standard input cannot be both the manifests and the answer; name a file with --file"
        )
    content = _content(file)
    asyncio.run(_complete(place, name, server, content))


async def _get(place: Place, name: str, server: str | None) -> Sequence[Stored]:
    async with opened(place, name, writable=False) as certificate:
        return await _waiting(certificate, server)


async def _complete(place: Place, name: str, server: str | None, content: bytes) -> None:
    async with opened(place, name, writable=True) as certificate:
        requests = await _waiting(certificate, server)
        refusals = []
        for request in requests:
            revision = request.record.revision
            answer = await complete_revision(certificate.secrets, revision, content, certificate.now)
            if isinstance(answer, Accepted):
                write(_accepted(revision, answer))
                _still_waiting([one for one in requests if one is not request])
                return
            refusals.append(answer)
        raise LocalError(f"the answer is refused: {_why(refusals)}")


async def _waiting(certificate: Certificate, server: str | None) -> Sequence[Stored]:
    """Return the requests that wait, all or that of one server; never none.

    Raises:
        LocalError: none waits, or what is kept of one is damaged.
    """
    name, issuer = certificate.name, certificate.spec.issuer.name
    if issuer != "request":
        raise LocalError(
            f'UMCertificate "{name}" has issuer "{issuer}", and nobody has to bring it an answer'
        )
    try:
        found = await waiting(certificate.secrets, _revisions(certificate), certificate.now)
    except DamagedRevisionError as error:
        raise LocalError(str(error)) from None
    if not found:
        raise LocalError(f'no request of UMCertificate "{name}" waits for an answer')
    chosen = [
        one for one in found if server is None or one.record.revision.server in {None, name_key(server)}
    ]
    if not chosen:
        servers = ", ".join(f'"{one.record.revision.server}"' for one in found)
        raise LocalError(
            f'no request of UMCertificate "{name}" waits for "{server}"; those that do: {servers}'
        )
    return chosen


def _revisions(certificate: Certificate) -> Iterator[Revision]:
    """Yield the newest revision for each server that it was asked for, or for all."""
    issuance = certificate.issuance
    for server in sorted(issuance.attempts) if issuance else ():
        assert issuance is not None
        yield Revision(certificate.name, issuance.revision, server or None)


def _content(file: str) -> bytes:
    try:
        content = sys.stdin.buffer.read(MOST + 1) if file == STDIN else _read(Path(file))
    except OSError as error:
        raise LocalError(f'"{file}" cannot be read: {error.strerror}') from None
    if len(content) > MOST:
        raise LocalError(f'"{file}" has more than {MOST} bytes: that is no certificate with its chain')
    return content


def _read(path: Path) -> bytes:
    with path.open("rb") as opened_file:
        return opened_file.read(MOST + 1)


def _why(refusals: Sequence[Denied]) -> str:
    """Return why no request takes an answer: if it has the key of one, what else is wrong with it."""
    other = next((one for one in refusals if one.reason != "KeyMismatch"), None)
    return (other or refusals[0]).message


def _accepted(revision: Revision, answer: Accepted) -> str:
    leaf = fact_of(answer.chain.leaf)
    more = f" But {answer.message}." if answer.message else ""
    return (
        f'Request "{revision}" has its answer: certificate "{leaf.thumbprint[:8]}" until '
        f'"{instant(leaf.not_after)}", in Secret "{revision.secret}".{more}\n'
    )


def _still_waiting(requests: Sequence[Stored]) -> None:
    if requests:
        names = ", ".join(f'"{one.record.revision}"' for one in requests)
        notice(f"Still waiting for an answer: {names}")


def _lines(requests: Sequence[Stored]) -> Iterator[str]:
    """Yield each request in PEM; several have their names above, which whoever reads PEM passes over."""
    for request in requests:
        if len(requests) > 1:
            yield f"# {request.record.revision}"
        yield request.csr.decode().rstrip("\n")


def _data(request: Stored) -> dict[str, object]:
    revision = request.record.revision
    server = {"server": revision.server} if revision.server else {}
    return {
        "revision": revision.number,
        **server,
        "secretName": revision.secret,
        "csr": request.csr.decode(),
        "message": request.record.message,
    }
