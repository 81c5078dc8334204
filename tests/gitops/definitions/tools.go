//go:build tools

// Package definitions names what tools/gitops.sh makes Flux's definition of HelmRelease from, so that go.mod and
// go.sum pin it: its Go types are published, its CustomResourceDefinition is not.
package definitions

import (
	_ "github.com/fluxcd/helm-controller/api/v2"
	_ "sigs.k8s.io/controller-tools/cmd/controller-gen"
)
