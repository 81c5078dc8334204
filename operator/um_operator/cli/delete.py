"""``umctl delete``: delete resources as their deletionPolicy says."""

from __future__ import annotations

from typing import Annotated

import typer

from um_operator.cli import run
from um_operator.cli.apply import work
from um_operator.cli.options import (
    DEFAULT_TIMEOUT,
    ConnectTo,
    Output,
    Sources,
    State,
    Timeout,
    duration,
    object_key,
)
from um_operator.cli.output import Format


def delete(
    *,
    names: Annotated[
        list[str],
        typer.Argument(metavar="KIND/NAME", help="lyncint/NAME, umcert/NAME, umdp/NAME or umgw/NAME."),
    ],
    sources: Sources,
    state: State = None,
    connect_to: ConnectTo = None,
    timeout: Timeout = DEFAULT_TIMEOUT,
    output: Output = Format.TEXT,
) -> None:
    """Delete resources: removed from Exchange with deletionPolicy Delete, let go with Orphan.

    A UMCertificate is always let go: servers go on serving what they serve.

    The folders still say how to reach Exchange and what else is wanted. Take the manifest away as well, or
    the next apply declares the resource again.

    Exit code: as of apply.
    """
    where = run.Where(sources, state, connect_to)
    work(where, duration(timeout), output, delete={object_key(name) for name in names})
