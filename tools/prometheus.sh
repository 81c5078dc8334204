#!/bin/sh
# Gets what the tests of alerts need: Debian's Prometheus with its promtool, unpacked into .cache and not
# installed, because the package starts a service. Fails never: what cannot be had is said in one line, and
# the tests that need it are skipped.
set -u
cd "$(dirname "$0")/.." || exit 0
unpacked=.cache/prometheus

has() { PATH="$PATH:$unpacked/usr/bin" command -v "$1" >/dev/null 2>&1; }

refresh_lists() { [ "$(id -u)" != 0 ] || apt-get update -qq >/dev/null 2>&1; }

download() { (cd "$unpacked/packages" && apt-get download -qq prometheus) >/dev/null 2>&1; }

unpack() {
  command -v apt-get >/dev/null 2>&1 && command -v dpkg >/dev/null 2>&1 || return 1
  mkdir -p "$unpacked/packages"
  download || { refresh_lists && download; } || return 1
  for package in "$unpacked"/packages/*.deb; do dpkg -x "$package" "$unpacked" || return 1; done
  rm -r "$unpacked/packages"
}

{ has prometheus && has promtool; } || unpack ||
  echo "prometheus: no Prometheus here and none to be had by apt-get" >&2
exit 0
