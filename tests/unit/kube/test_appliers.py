from __future__ import annotations

from typing import Any

import pytest

from um_operator.kube.appliers import applied_annotations, applier

FLUX = "kustomize.toolkit.fluxcd.io"


@pytest.mark.parametrize(
    ("metadata", "by"),
    [
        ({}, None),
        ({"labels": {"team": "telephony"}}, None),
        ({"labels": {f"{FLUX}/name": "um", f"{FLUX}/namespace": "flux-system"}}, "flux-system/um"),
        (
            {"annotations": {"argocd.argoproj.io/tracking-id": "um:unifiedmessaging.dev/UMDialPlan:um/pbx"}},
            "um",
        ),
        ({"labels": {"app.kubernetes.io/instance": "um"}}, "um"),
        ({"labels": {"applyset.kubernetes.io/part-of": "applyset-x-v1"}}, "applyset-x-v1"),
    ],
)
def test_a_gitops_tool_marks_what_it_applies(metadata: dict[str, object], by: str | None) -> None:
    assert applier({"metadata": metadata}) == by


@pytest.mark.parametrize("last", ["{", "[]", "7", '{"metadata": null}'])
def test_what_is_no_configuration_declares_no_annotations(last: str) -> None:
    annotations = {"kubectl.kubernetes.io/last-applied-configuration": last}
    assert applied_annotations({"metadata": {"annotations": annotations}}) == frozenset()


def test_a_manager_that_applied_no_spec_declared_nothing_of_it() -> None:
    fields: Any = {"f:metadata": {"f:annotations": {"f:hold": {}}}}
    entry = {"manager": "somebody", "operation": "Apply", "fieldsV1": fields}
    assert applied_annotations({"metadata": {"managedFields": [entry]}}) == frozenset()
