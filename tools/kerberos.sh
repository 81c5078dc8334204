#!/bin/sh
# Gets what the Kerberos tests need: Python's gssapi and krb5, which have to be compiled, and MIT's KDC.
# Kept in .cache. Fails never: what cannot be had is said in one line, and the tests that need it are skipped.
set -u
cd "$(dirname "$0")/.." || exit 0
python=${VENV:-.venv}/bin/python
wheels=.cache/wheels
unpacked=.cache/kerberos
kdc="krb5-kdc krb5-admin-server krb5-user"
kdc_libraries="libkadm5srv-mit12 libkadm5clnt-mit12 libkdb5-10 libgssrpc4 libverto1 libverto-libev1 libev4"

say() { echo "kerberos: $*" >&2; }

has() { PATH="$PATH:/usr/sbin:/sbin:$unpacked/usr/sbin:$unpacked/usr/bin" command -v "$1" >/dev/null 2>&1; }

has_kdc() { has krb5kdc && has kadmin.local && has kdb5_util; }

has_libraries() { "$python" -c 'import gssapi, krb5' >/dev/null 2>&1; }

can_build() { has cc && has krb5-config; }

install_as_root() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || return 1
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"; } >/dev/null 2>&1
}

unpack_kdc() {
  command -v dpkg >/dev/null 2>&1 || return 1
  mkdir -p "$unpacked/packages"
  # shellcheck disable=SC2086 # the lists are lists
  (cd "$unpacked/packages" && apt-get download -qq $kdc $kdc_libraries) >/dev/null 2>&1 || return 1
  for package in "$unpacked"/packages/*.deb; do dpkg -x "$package" "$unpacked" || return 1; done
}

build_wheel() {
  ls "$wheels/$1"-*.whl >/dev/null 2>&1 && return
  awk -v name="$1==" '/^[a-z]/ { wanted = index($0, name) == 1 } wanted' requirements/kerberos.txt >".cache/$1.txt"
  CFLAGS="-O0 -g0" "$python" -m pip wheel --quiet --disable-pip-version-check --no-deps --require-hashes \
    --wheel-dir "$wheels" -r ".cache/$1.txt"
}

build_libraries() {
  mkdir -p "$wheels"
  for name in decorator gssapi krb5; do build_wheel "$name" & done
  wait
  "$python" -m pip install --quiet --disable-pip-version-check --no-index --no-deps \
    --find-links "$wheels" decorator gssapi krb5
}

# shellcheck disable=SC2086
has_kdc || install_as_root $kdc || unpack_kdc || say "no MIT KDC here and none to be had by apt-get"
if ! has_libraries; then
  can_build || install_as_root libkrb5-dev gcc libc6-dev || true
  if can_build; then
    build_libraries || say "gssapi and krb5 could not be built"
  else
    say "gssapi and krb5 need a C compiler and libkrb5-dev, which are not here"
  fi
fi
exit 0
