//go:build tools

// Package apiserver names the programs that tools/apiserver.sh builds, so that go.mod and go.sum pin them.
package apiserver

import (
	_ "go.etcd.io/etcd/server/v3"
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kube-controller-manager"
)
