"""``umctl crds``: the CustomResourceDefinitions of this release, for a cluster that has no Helm chart."""

from __future__ import annotations

from typing import Annotated

import typer

from um_operator.api.crd import custom_resource_definition
from um_operator.api.meta import KindName
from um_operator.api.names import NAMES, kind_called
from um_operator.cli.output import ManifestFormat, manifests_text, write


def crds(
    *,
    kinds: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="KIND", help="xorg, lyncint, umcert, umdp or umgw, as kubectl takes it; none: all."
        ),
    ] = None,
    output: Annotated[
        ManifestFormat, typer.Option("--output", "-o", help="How the definitions are printed.")
    ] = ManifestFormat.YAML,
) -> None:
    """Print the CustomResourceDefinitions of this release: umctl crds | kubectl apply --server-side -f -.

    They are made from the models that check manifests here. No connection.
    """
    wanted = [_kind(word) for word in kinds or NAMES]
    write(manifests_text([custom_resource_definition(kind) for kind in wanted], output))


def _kind(word: str) -> KindName:
    kind = kind_called(word)
    if kind is None:
        known = ", ".join(names.short for names in NAMES.values())
        raise typer.BadParameter(f'"{word}" is no kind of this API; it has {known}')
    return kind
