"""What the contract's sentences share: either server, and kubectl with its credentials."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeAlias

import pytest

from cluster_apiserver import APIServer
from cluster_client import Json
from cluster_simulator import SimulatedAPIServer

GROUP = "contract.example.com"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
WIDGETS = Path(__file__).parent / "contract" / "widgets.yaml"
"""The definition of the contract's kind."""
AnyServer: TypeAlias = APIServer | SimulatedAPIServer
real_only = pytest.mark.parametrize("server", ["real"], indirect=True, scope="session")
"""Marks a sentence of which the simulator says that it does not hold there."""


class Kubectl:
    """kubectl in one namespace; a call gives what it printed and fails when it failed."""

    def __init__(self, server: AnyServer, namespace: str) -> None:
        self._server = server
        self._namespace = namespace
        self._pool = ThreadPoolExecutor(max_workers=1)

    def __call__(self, *arguments: str, given: Json | None = None) -> str:
        ran = self.run(*arguments, given=given)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def anywhere(self, *arguments: str) -> str:
        """Run it without a namespace: manifests name theirs."""
        ran = self._server.kubectl(*arguments)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def refused(self, *arguments: str, given: Json | None = None, output: bool = False) -> str:
        """Run it, expecting that it fails; return what it says, or with ``output`` what it prints."""
        ran = self.run(*arguments, given=given)
        assert ran.returncode != 0, ran.stdout
        return ran.stdout if output else ran.stderr

    def start(self, *arguments: str) -> Callable[[], str]:
        """Run it beside the sentence; the result waits for its end."""
        running = self._pool.submit(self.run, *arguments)

        def end() -> str:
            ran = running.result(timeout=30)
            assert ran.returncode == 0, ran.stderr
            return ran.stdout

        return end

    def run(self, *arguments: str, given: Json | None = None) -> subprocess.CompletedProcess[str]:
        """Run it."""
        text = json.dumps(given) if given is not None else None
        return self._server.kubectl("-n", self._namespace, *arguments, input=text)
