"""The examples as a user applies them: strictly, by the server or the client, and with no diff afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cluster_apiserver import APIServer
from manifests_support import EXAMPLES, example
from um_operator.api.select import Invalid


@pytest.fixture
def nothing_left(server: APIServer) -> Iterator[None]:
    """Take our objects away afterwards; namespaces stay, for nothing here would empty them."""
    yield
    deleted = server.kubectl("delete", "um", "--all", "--all-namespaces")
    assert deleted.returncode == 0, deleted.stderr


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize("folder", ["smallest", "first-steps", "contoso"])
@pytest.mark.parametrize("side", ["--server-side", "--server-side=false"])
def test_an_example_is_applied_strictly_and_differs_in_nothing_then(
    folder: str, side: str, server: APIServer
) -> None:
    is_kustomized = (EXAMPLES / folder / "kustomization.yaml").exists()
    manifests = f"--{'kustomize' if is_kustomized else 'filename'}={EXAMPLES / folder}"
    applied = server.kubectl("apply", side, "--validate=strict", manifests)
    assert applied.returncode == 0, applied.stderr

    ours = [resource for resource in example(folder) if not isinstance(resource, Invalid)]
    (namespace,) = {resource.metadata.namespace for resource in ours}
    listed = server.kubectl(
        "get", "um", f"--namespace={namespace or 'default'}", "--output=name"
    ).stdout.split()
    assert len(listed) == len(ours)
    difference = server.kubectl("diff", side, manifests)
    assert (difference.returncode, difference.stdout) == (0, ""), difference.stderr
