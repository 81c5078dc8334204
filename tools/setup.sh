#!/bin/sh
# Makes the virtual environment from the locked requirements. The Kerberos libraries have to be
# compiled; tests/suites.py says so when they could not be had and skips only what needs them.
set -eu
python=${PYTHON:-python3}
venv=${VENV:-.venv}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "um-operator needs Python 3.11 or newer; \"$python\" is $("$python" --version). Set PYTHON=." >&2
  exit 1
}
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
