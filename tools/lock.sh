#!/bin/sh
# Resolves the locked requirements anew: lab.txt (what the image and the demo need), dev.txt (all).
set -eu
bin=${VENV:-.venv}/bin
"$bin/python" -m pip install --quiet --disable-pip-version-check uv
compile="$bin/uv pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url \
  --no-header --no-annotate --python-version 3.11 pyproject.toml"
$compile --extra lab -o requirements/lab.txt
$compile --extra lab --group dev -c requirements/lab.txt -o requirements/dev.txt
