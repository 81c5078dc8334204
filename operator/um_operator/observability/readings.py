"""How a metric reads the board: one value an object, an organisation, a Lease."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

from um_operator.observability.board import (
    Board,
    CertificateSample,
    GatewaySample,
    LeaseSample,
    LyncSample,
    ObjectSample,
    OrganizationSample,
    ServersSample,
    ServiceSample,
)
from um_operator.observability.metric import Sample

Read: TypeAlias = Callable[[Board], Iterator[Sample]]
Values: TypeAlias = Iterable[Sample]


def objects(board: Board) -> Iterator[ObjectSample]:
    """Yield every resource on the board."""
    for organization in board.organizations.values():
        yield from organization.objects
    yield from board.stray


def by_object(value: Callable[[ObjectSample], float | None]) -> Read:
    """Read one value an object; ``None`` leaves the series out."""
    return by_object_and(lambda item: one(value(item)))


def by_object_and(values: Callable[[ObjectSample], Values]) -> Read:
    """Read several values an object, each with labels of its own behind the object's."""

    def read(board: Board) -> Iterator[Sample]:
        for item in objects(board):
            own = (item.kind, item.namespace, item.name, item.organization)
            for more, value in values(item):
                yield (*own, *more), value

    return read


def by_gateway_and(values: Callable[[GatewaySample], Values]) -> Read:
    """Read several values a gateway, each with labels of its own behind those of the resource."""
    return by_object_and(lambda item: values(item.gateway) if item.gateway is not None else ())


def by_integration_and(values: Callable[[LyncSample], Values]) -> Read:
    """Read several values an integration with Lync, each with labels of its own behind the resource's."""
    return by_object_and(lambda item: values(item.lync) if item.lync is not None else ())


def by_organization(value: Callable[[OrganizationSample], float | None]) -> Read:
    """Read one value an organisation; ``None`` leaves the series out."""
    return by_organization_and(lambda item: one(value(item)))


def by_organization_and(values: Callable[[OrganizationSample], Values]) -> Read:
    """Read several values an organisation, each with labels of its own behind the organisation's."""

    def read(board: Board) -> Iterator[Sample]:
        for organization in board.organizations.values():
            for more, value in values(organization):
                yield (*organization.key, *more), value

    return read


def by_certificate_and(values: Callable[[CertificateSample], Values]) -> Read:
    """Read several values a UMCertificate, each with labels of its own behind those of the resource."""

    def read(board: Board) -> Iterator[Sample]:
        for organization in board.organizations.values():
            for item in organization.certificates:
                own = ("UMCertificate", organization.namespace, item.name, organization.name)
                for more, value in values(item):
                    yield (*own, *more), value

    return read


def by_certificate(value: Callable[[CertificateSample], float | None]) -> Read:
    """Read one value a UMCertificate; ``None`` leaves the series out."""
    return by_certificate_and(lambda item: one(value(item)))


def by_service_and(values: Callable[[ServiceSample], Values]) -> Read:
    """Read several values a service that a UMCertificate looks after, each with labels of its own."""

    def of_services(item: CertificateSample) -> Iterator[Sample]:
        for service in item.services:
            for more, value in values(service):
                yield (service.server, service.service, *more), value

    return by_certificate_and(of_services)


def by_service(value: Callable[[ServiceSample], float | None]) -> Read:
    """Read one value a service; ``None`` leaves the series out."""
    return by_service_and(lambda item: one(value(item)))


def by_server(values: Callable[[ServersSample], Mapping[str, float]]) -> Read:
    """Read one value a server of an organisation that has one."""
    return by_organization_and(lambda item: each(values(item.servers)))


def of_lease(value: Callable[[LeaseSample], float | None]) -> Read:
    """Read one value of the Lease; nothing while it was never seen."""

    def read(board: Board) -> Iterator[Sample]:
        lease = board.lease
        if lease is not None:
            for _, number in one(value(lease)):
                yield (lease.namespace, lease.name), number

    return read


def one(value: float | None) -> Values:
    """Return one value without labels of its own, or none."""
    return () if value is None else (((), float(value)),)


def each(values: Mapping[str, float]) -> Values:
    """Return a series for each word or name that has a value."""
    return [((word,), float(value)) for word, value in values.items()]


def states(states: Iterable[str], current: str) -> Values:
    """Return a series a state: 1 for the current one, 0 for the others."""
    return [((state,), float(state == current)) for state in states]
