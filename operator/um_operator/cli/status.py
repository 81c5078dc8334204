"""``umctl status``: what every resource is in Exchange now. Writes nothing anywhere."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from um_operator.cli.exits import ExitCode, finish
from um_operator.cli.options import ConnectTo, Context, Folders, Kubeconfig, Namespace, Output, State
from um_operator.cli.output import Format, show
from um_operator.cli.place import Cluster, place_of, where_of
from um_operator.cli.render_status import all_ready, status_data, status_lines
from um_operator.cli.statuses import detailed, of_folders, show_kind


def status(
    *,
    kind: Annotated[
        str | None,
        typer.Argument(
            metavar="KIND",
            help="certificate: each service of each server; or lync: integrations with Lync, with "
            "pools, front ends and contacts. Also umcert and lyncint.",
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Only this one; its metadata.name.")
    ] = None,
    sources: Folders = None,
    state: State = None,
    connect_to: ConnectTo = None,
    namespace: Namespace = None,
    context: Context = None,
    kubeconfig: Kubeconfig = None,
    output: Output = Format.TEXT,
) -> None:
    """Show conditions and drift of every resource, as kubectl get would; or one kind in detail.

    umctl status certificate shows for each service of each server which revision is wanted, bound and served,
    and what is waited for since when. umctl status lync shows pools, front ends and contacts. Without -f it
    shows what the operator of a cluster says.

    Exit code: 0 all is Ready, 2 something is not, 1 something could not be read.
    """
    place = place_of(sources, state, connect_to, Cluster(namespace, context, kubeconfig))
    if kind is not None:
        show_kind(place, detailed(kind), name, output)
    judged = asyncio.run(of_folders(where_of(place, "umctl status without a kind")))
    show(output, status_lines(judged.statuses), status_data(judged.statuses))
    if judged.trouble:
        finish(ExitCode.ERROR)
    finish(ExitCode.NOTHING_LEFT if all_ready(judged.statuses) else ExitCode.DIFFERENCES)
