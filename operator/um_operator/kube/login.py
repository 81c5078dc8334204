"""Credentials for the API server: the pod's service account, or a kubeconfig."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kubernetes.aio import config
from kubernetes.aio.client import Configuration

from um_operator.engine.ports import PortError

_POD_NAMESPACE: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
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
        with self._told():
            if self._in_cluster:
                config.load_incluster_config(loaded, try_refresh_token=False)
            else:
                await config.load_kube_config(
                    str(self._file), self.context, client_configuration=loaded, persist_config=False
                )
        return loaded

    def namespace(self) -> str:
        """Return the namespace that is meant where none is named: the context's, or the pod's own.

        Raises:
            LoginError: the credentials cannot be read.
        """
        with self._told():
            if self._in_cluster:
                return _POD_NAMESPACE.read_text().strip()
            contexts, current = config.list_kube_config_contexts(str(self._file))
            chosen = [one for one in contexts if one["name"] == self.context] or [current]
            return str(chosen[0]["context"].get("namespace") or "default")

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (config.ConfigException, OSError, KeyError, TypeError, ValueError) as error:
            where = "the pod's service account" if self._in_cluster else f'kubeconfig "{self._file}"'
            raise LoginError(f"{where} cannot be used: {str(error).translate(_TIDY)}") from None

    @property
    def _in_cluster(self) -> bool:
        chosen = self.kubeconfig or self.context or os.environ.get("KUBECONFIG")
        return not chosen and "KUBERNETES_SERVICE_HOST" in os.environ

    @property
    def _file(self) -> Path:
        return self.kubeconfig or Path(os.environ.get("KUBECONFIG") or Path.home() / ".kube" / "config")
