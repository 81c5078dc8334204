#!/bin/sh
# Gets debootstrap, with which the proof of the image makes a root folder of Debian. Fails never: what cannot be
# had is said in one line, and the tests that need it are skipped.
set -u
command -v debootstrap >/dev/null 2>&1 && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq debootstrap; } >/dev/null 2>&1 && exit 0
fi
echo "image: no debootstrap here and none to be had by apt-get" >&2
exit 0
