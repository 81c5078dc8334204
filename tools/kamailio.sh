#!/bin/sh
# Gets what the probes are tried on: Kamailio with TLS, and a server of another TLS library (GnuTLS), from Debian.
# Fails never: what cannot be had is said in one line, and the tests that need it are skipped.
set -u
cd "$(dirname "$0")/.." || exit 0
wanted=5.6.3 # of Debian 12; another version is used and named
packages="kamailio kamailio-tls-modules gnutls-bin"
unpacked=.cache/kamailio

say() { echo "kamailio: $*" >&2; }

modules() { ls "$1"/usr/lib/*/kamailio/modules/tls.so >/dev/null 2>&1; }

program() { PATH="$PATH:/usr/sbin:$unpacked/usr/sbin" command -v kamailio; }

has_kamailio() { program >/dev/null && { modules "" || modules "$unpacked"; }; }

# Debian starts what it installs: policy-rc.d is its own way to say no.
install_as_root() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || return 1
  export DEBIAN_FRONTEND=noninteractive
  policy=/usr/sbin/policy-rc.d
  [ -e "$policy" ] || { printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy" && ours=yes; }
  # shellcheck disable=SC2086 # the list is a list
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends $packages; } >/dev/null 2>&1
  done=$?
  [ "${ours:-}" = yes ] && rm -f "$policy"
  return $done
}

unpack() {
  command -v dpkg >/dev/null 2>&1 || return 1
  mkdir -p "$unpacked/packages"
  # shellcheck disable=SC2086
  (cd "$unpacked/packages" && apt-get download -qq $packages) >/dev/null 2>&1 || return 1
  for package in "$unpacked"/packages/*.deb; do dpkg -x "$package" "$unpacked" || return 1; done
}

has_gnutls() { command -v gnutls-serv >/dev/null; }

{ has_kamailio && has_gnutls; } || install_as_root || has_kamailio || unpack ||
  say "none here and none to be had by apt-get"
if has_kamailio; then
  "$(program)" -v 2>/dev/null | grep -q "kamailio $wanted " || say "the tests were written for $wanted"
fi
exit 0
