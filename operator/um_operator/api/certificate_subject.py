"""The names in a certificate."""

from __future__ import annotations

from typing import Annotated

from um_operator.api.model import ListOf, Model, at_most, source
from um_operator.api.strings import fqdn
from um_operator.api.text import Text

COMMON_NAME_MAX = 64

CommonName = Annotated[str, fqdn(COMMON_NAME_MAX), source("RFC 5280, ub-common-name")]
DnsName = Annotated[str, fqdn(wildcard=True)]

Organization = Annotated[str, Text(64), source("RFC 5280, ub-organization-name")]
OrganizationalUnit = Annotated[str, Text(64), source("RFC 5280, ub-organizational-unit-name")]
Locality = Annotated[str, Text(128), source("RFC 5280, ub-locality-name")]
Province = Annotated[str, Text(128), source("RFC 5280, ub-state-name")]
Country = Annotated[
    str, Text(2, r"^[A-Z]{2}$", 'must be two capital letters of ISO 3166, such as "DE"', least=2)
]


class Subject(Model):
    """What a certificate's subject says besides its common name; every value is one attribute."""

    organizations: Annotated[ListOf[Organization], at_most(8)] = ()
    """O: organisations."""
    organizational_units: Annotated[ListOf[OrganizationalUnit], at_most(8)] = ()
    """OU: units of an organisation."""
    localities: Annotated[ListOf[Locality], at_most(8)] = ()
    """L: places."""
    provinces: Annotated[ListOf[Province], at_most(8)] = ()
    """ST: states and provinces."""
    countries: Annotated[ListOf[Country], at_most(8)] = ()
    """C: countries. Quoted, for YAML reads a bare NO as false."""
