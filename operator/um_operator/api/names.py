"""How Kubernetes calls each kind: in URLs, in RBAC rules and on kubectl's command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from um_operator.api.meta import GROUP, KindName

CATEGORY: Final = "um"
"""``kubectl get um`` lists every kind."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names of a kind.

    Attributes:
        kind: as in manifests.
        plural: as in URLs, RBAC rules and the CRD's name.
        short: as people type it.
    """

    kind: KindName
    plural: str
    short: str

    @property
    def singular(self) -> str:
        """The kind in lower case, which kubectl takes as well."""
        return self.kind.lower()

    @property
    def crd(self) -> str:
        """The name of the CustomResourceDefinition."""
        return f"{self.plural}.{GROUP}"


NAMES: Final[Mapping[KindName, Names]] = {
    names.kind: names
    for names in (
        Names("ExchangeOrganization", "exchangeorganizations", "xorg"),
        Names("LyncIntegration", "lyncintegrations", "lyncint"),
        Names("UMCertificate", "umcertificates", "umcert"),
        Names("UMDialPlan", "umdialplans", "umdp"),
        Names("UMIPGateway", "umipgateways", "umgw"),
    )
}


def kind_called(word: str) -> KindName | None:
    """Return the kind that a word names as kubectl takes it: kind, plural or short name, without case."""
    folded = word.casefold()
    return next(
        (kind for kind, names in NAMES.items() if folded in {names.singular, names.plural, names.short}), None
    )
