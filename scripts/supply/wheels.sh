#!/usr/bin/env bash
# Builds wheel and sdist, installs each alone into an empty environment of every supported Python that is here, and
# runs the demo from there, outside the sources: what is in the wheel is all that there is.
#
#     scripts/supply/wheels.sh [PYTHON...]
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."

pythons=("$@")
if [ "${#pythons[@]}" -eq 0 ]; then
  for version in 3.11 3.12 3.13; do # on the PATH, or one that pyenv keeps but hasn't chosen
    for python in "python$version" "${PYENV_ROOT:-$HOME/.pyenv}/versions/$version".*/bin/"python$version"; do
      if "$python" -c 'import ensurepip, venv' 2>/dev/null; then pythons+=("$python") && break; fi
    done
  done
fi
if [ "${#pythons[@]}" -eq 0 ]; then
  echo "no supported Python here that can make environments" >&2
  exit 1
fi

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
quiet=(--disable-pip-version-check --no-input --quiet)

rm -rf build/dist
"${pythons[0]}" -m venv "$work/build"
"$work/build/bin/pip" install "${quiet[@]}" build
"$work/build/bin/python" -m build --outdir build/dist . >"$work/log" || { cat "$work/log" >&2; exit 1; }
ls build/dist

try() { # PYTHON WHAT FILE
  local place="$work/$(basename -- "$1")-$2"
  "$1" -m venv "$place"
  "$place/bin/pip" install "${quiet[@]}" "$3"
  (cd -- "$work" && "$place/bin/edigate" demo --json >"$place/demo.json")
  "$place/bin/python" - "$place/demo.json" <<'PYTHON'
import json, sys
told = json.load(open(sys.argv[1]))
assert told, "the demo told nothing"
PYTHON
  test -s "$place/share/man/man1/edigate.1" # `man edigate`
  echo "$("$1" --version), from the $2: $("$place/bin/edigate" --version), the demo ran"
  rm -rf -- "$place"
}

for python in "${pythons[@]}"; do
  try "$python" wheel build/dist/*.whl
done
try "${pythons[0]}" sdist build/dist/*.tar.gz
