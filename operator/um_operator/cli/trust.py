"""``umctl trust``: whom gateways and PBXs have to trust, as a file for whoever looks after them by hand."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import Final

import typer

from um_operator.cli.certificate import opened
from um_operator.cli.options import ConnectTo, Context, Folders, Kubeconfig, Name, Namespace, Output, State
from um_operator.cli.output import Format, show, write
from um_operator.cli.place import Cluster, Place, place_of
from um_operator.local.errors import LocalError
from um_operator.observed.trust import KEY, bundle_name
from um_operator.pki import certificates

FIRST: Final = "it is published once the certificate is issued: by umctl apply, or by the operator"

app = typer.Typer(
    help="Show whom gateways, PBXs and SBCs have to trust.", no_args_is_help=True, rich_markup_mode=None
)


@app.callback()
def _trust() -> None:
    """Keep ``get`` a command of its own."""


@app.command("get")
def get(
    *,
    name: Name,
    sources: Folders = None,
    state: State = None,
    connect_to: ConnectTo = None,
    namespace: Namespace = None,
    context: Context = None,
    kubeconfig: Kubeconfig = None,
    output: Output = Format.TEXT,
) -> None:
    """Print the CAs of a UMCertificate in PEM, to be loaded on a device. Writes nothing anywhere.

    What it prints is what the ConfigMap of status.trustBundle has. With -o json the SHA-256 of each CA stands
    beside it: once a device has them, that is what spec.trust.attested of its gateway takes.
    """
    place = place_of(sources, state, connect_to, Cluster(namespace, context, kubeconfig))
    content = asyncio.run(_bundle(place, name))
    if output is Format.TEXT:
        write(content.decode())
        return
    digests = [sha256(der).hexdigest() for der in certificates.read(content)]
    data = {"configMap": bundle_name(name), "pem": content.decode(), "sha256": digests}
    show(output, (), data)


async def _bundle(place: Place, name: str) -> bytes:
    async with opened(place, name, writable=False) as found:
        content = (await found.secrets.config_map(bundle_name(name)) or {}).get(KEY, b"")
    if not content.strip():
        raise LocalError(f'nothing is published yet for UMCertificate "{name}": {FIRST}')
    return content
