"""The options that commands share, said once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from um_operator.api import durations
from um_operator.api.meta import ObjectKey
from um_operator.api.names import kind_called
from um_operator.cli.output import Format, PlanFormat

Sources = Annotated[
    list[str],
    typer.Option(
        "--filename",
        "-f",
        metavar="DIR",
        help="Folder or file of manifests, or - for standard input. A later one wins over an earlier one.",
    ),
]
Folders = Annotated[
    list[str] | None,
    typer.Option(
        "--filename",
        "-f",
        metavar="DIR",
        help="Folder or file of manifests, or - for standard input; a later one wins over an earlier one. "
        "Without it a cluster is meant.",
    ),
]
State = Annotated[
    str | None,
    typer.Option(
        "--state",
        metavar="DIR",
        help="Where is remembered what cannot be read from Exchange. Default: the user's state home.",
    ),
]
ConnectTo = Annotated[
    list[str] | None,
    typer.Option(
        "--connect-to",
        metavar="HOST:PORT:ADDRESS:PORT",
        help="Connect to another address than the name says, as curl does; @FILE has one a line.",
    ),
]
Output = Annotated[Format, typer.Option("--output", "-o", help="How the result is printed.")]
PlanOutput = Annotated[
    PlanFormat,
    typer.Option(
        "--output", "-o", help="How the plan is printed; markdown is made for a comment on a pull request."
    ),
]

Namespace = Annotated[
    str | None,
    typer.Option("--namespace", "-n", help="Namespace in the cluster. Default: that of the context."),
]
Context = Annotated[str | None, typer.Option("--context", help="Context of the kubeconfig.")]
Kubeconfig = Annotated[
    Path | None,
    typer.Option("--kubeconfig", metavar="FILE", help="Credentials. Default: as kubectl finds them."),
]

Kind = Annotated[str, typer.Argument(metavar="certificate", help="The kind, also umcert.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The UMCertificate's metadata.name.")]
Patience = Annotated[
    str,
    typer.Option(
        "--timeout",
        metavar="DURATION",
        help="How long to wait until the operator of a cluster has taken it up; 0s: not.",
    ),
]
DEFAULT_PATIENCE: Final = "30s"

Timeout = Annotated[
    str,
    typer.Option(
        "--timeout",
        metavar="DURATION",
        help="Longest time to go on while something ends by itself, such as calls.",
    ),
]
DEFAULT_TIMEOUT: Final = "15m"


def duration(text: str) -> timedelta:
    """Read a duration such as ``15m``.

    Raises:
        typer.BadParameter: the text is not one.
    """
    try:
        return durations.parse(text)
    except ValueError as error:
        raise typer.BadParameter(f'"{text}": {error}') from None


def object_key(text: str) -> ObjectKey:
    """Read ``KIND/NAME`` as kubectl takes it: the kind, its plural or its short name, without case.

    Raises:
        typer.BadParameter: the text names nothing that belongs to an organisation.
    """
    kind, _, name = text.partition("/")
    known = kind_called(kind)
    if known is None or known == "ExchangeOrganization" or not name:
        raise typer.BadParameter(f'"{text}" is not lyncint/NAME, umcert/NAME, umdp/NAME or umgw/NAME')
    return ObjectKey(known, name)
