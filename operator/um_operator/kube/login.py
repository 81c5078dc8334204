"""Credentials for the API server: the pod's service account, or a kubeconfig. kopf gets the same ones."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import kopf
from kubernetes.aio import config
from kubernetes.aio.client import Configuration

from um_operator.engine.ports import PortError

_TIDY: Final = str.maketrans("\n", " ")


class LoginError(PortError):
    """There are no usable credentials; the text says where they were looked for."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Where the credentials are: a kubeconfig and a context in it, else the place where it runs."""

    kubeconfig: Path | None = None
    context: str | None = None

    async def configuration(self) -> Configuration:
        """Read the credentials as they are now.

        Raises:
            LoginError: there are none, or they cannot be read.
        """
        loaded = Configuration()
        try:
            if self._in_cluster:
                config.load_incluster_config(loaded, try_refresh_token=False)
            else:
                await config.load_kube_config(
                    str(self._file), self.context, client_configuration=loaded, persist_config=False
                )
        except (config.ConfigException, OSError, KeyError, TypeError, ValueError) as error:
            where = "the pod's service account" if self._in_cluster else f'kubeconfig "{self._file}"'
            raise LoginError(f"{where} cannot be used: {str(error).translate(_TIDY)}") from None
        return loaded

    @property
    def _in_cluster(self) -> bool:
        chosen = self.kubeconfig or self.context or os.environ.get("KUBECONFIG")
        return not chosen and "KUBERNETES_SERVICE_HOST" in os.environ

    @property
    def _file(self) -> Path:
        return self.kubeconfig or Path(os.environ.get("KUBECONFIG") or Path.home() / ".kube" / "config")


def for_kopf(configuration: Configuration) -> kopf.ConnectionInfo:
    """Return the same credentials as kopf wants them."""
    scheme, _, token = str(configuration.api_key.get("BearerToken", "")).rpartition(" ")
    return kopf.ConnectionInfo(
        server=configuration.host,
        ca_path=configuration.ssl_ca_cert,
        ca_data=configuration.ca_cert_data,
        insecure=not configuration.verify_ssl,
        username=configuration.username or None,
        password=configuration.password or None,
        scheme=(scheme or "Bearer").capitalize() if token else None,
        token=token or None,
        certificate_path=configuration.cert_file,
        private_key_path=configuration.key_file,
    )
