"""A simulated Kubernetes API server, for where there is no real one: the demo, and quick tests.

``server.ApiServer.start(folder)`` serves what kopf, the operator's own reads and writes, and ``kubectl get,
describe, apply, apply -k, delete, patch, annotate, label, wait`` need: namespaces, Secrets, ConfigMaps,
ServiceAccounts, Events (both groups), Leases, and what CustomResourceDefinitions add. ``faults.Faults``
makes trouble, ``audit.Audit`` tells who asked for what. Below: ``api`` reads requests, ``objects`` writes,
``lists`` and ``watches`` read, ``storage`` keeps; ``schema``, ``rules``, ``tables`` and ``definitions`` are
what a definition means. One contract suite runs against it and against a real kube-apiserver, which
``real_server.RealApiServer`` runs from ``programs`` that are on the machine.

It does not do:

* RBAC, users, TokenRequest: there is one bearer token, and who has it may do everything.
* Server-side apply and ``managedFields``; the request is refused (415).
* protobuf: ``kubectl create namespace``, ``create secret`` are refused (415); ``apply -f`` works, but not of
  a ``kind: List``, for which kubectl wants OpenAPI v2.
* Admission webhooks and policies, quotas, API priority and fairness.
* Conversion: a definition has one version. Of a definition only what is used here is looked at, and costs of
  CEL rules are not estimated: a real server may refuse what passes here.
* CEL beyond the core language; ``size()`` of a string counts UTF-8 bytes; a ``format`` does not make a string
  a duration or a timestamp.
* Garbage collection by owner (other propagation policies than Background are refused), deletion of whole
  collections, generation of ServiceAccounts and root CAs in namespaces.
* Lists at an exact resourceVersion, the second ``continue`` token of a 410, ``PartialObjectMetadata``, YAML
  bodies, duplicate keys in JSON, warnings beside a refusal, scale subresources, pods and all other built-in
  kinds.
* Keeping anything: when it ends, everything is gone.

Codes, reasons and fields of errors are a real server's; their texts are similar.
"""
