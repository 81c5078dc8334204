//go:build tools

// Package kustomizecontroller names the programs that tools/gitops.sh builds, so that go.mod and go.sum pin them.
package kustomizecontroller

import (
	_ "filippo.io/age/cmd/age-keygen"
	_ "github.com/fluxcd/kustomize-controller"
	_ "github.com/getsops/sops/v3/cmd/sops"
)
