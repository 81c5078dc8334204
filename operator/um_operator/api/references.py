"""References by name, within the namespace of the resource that holds them."""

from __future__ import annotations

from typing import Literal

from um_operator.api.model import Model
from um_operator.api.strings import KubernetesName, SecretKey


class OrganizationRef(Model):
    """The ExchangeOrganization that a resource belongs to, in the same namespace."""

    name: KubernetesName = "default"
    """metadata.name of the ExchangeOrganization."""


class SecretRef(Model):
    """A Secret in the same namespace."""

    name: KubernetesName
    """metadata.name of the Secret."""


class ConfigMapRef(Model):
    """A ConfigMap in the same namespace."""

    name: KubernetesName
    """metadata.name of the ConfigMap."""


class ConfigMapKeyRef(Model):
    """A key of a ConfigMap in the same namespace."""

    name: KubernetesName
    """metadata.name of the ConfigMap."""
    key: SecretKey
    """The key whose value is meant."""


class CARef(Model):
    """CA certificates in PEM, in a ConfigMap or Secret of the same namespace."""

    kind: Literal["ConfigMap", "Secret"] = "ConfigMap"
    """What holds them."""
    name: KubernetesName
    """metadata.name of the ConfigMap or Secret."""
    key: SecretKey = "ca.crt"
    """The key that holds them, one after another."""
