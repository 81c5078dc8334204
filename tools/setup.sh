#!/bin/sh
# Makes the virtual environment from the locked requirements. The Kerberos libraries have to be
# compiled; tests/suites.py says so when they could not be had and skips only what needs them.
#
# Without PYTHON= it takes the distribution's interpreter before another one on the path: that is built with
# profile-guided optimisation, which one built by hand (pyenv's) seldom is, and takes a fifth off every suite.
set -eu
venv=${VENV:-.venv}

serves() {
  "$1" -c 'import ensurepip, pathlib, sys, sysconfig, venv
headers = pathlib.Path(sysconfig.get_path("include"), "Python.h")
sys.exit(sys.version_info < (3, 11) or not headers.exists())' 2>/dev/null
}

python=${PYTHON:-python3}
[ -n "${PYTHON:-}" ] || ! serves /usr/bin/python3 || python=/usr/bin/python3

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "um-operator needs Python 3.11 or newer; \"$python\" is $("$python" --version). Set PYTHON=." >&2
  exit 1
}
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
