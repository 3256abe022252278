#!/bin/sh
# Makes .venv with the best Python at hand, then installs the named requirement files into it.
#   sh requirements/install.sh base servers train
set -eu
cd "$(dirname "$0")/.."

old=""
if ! .venv/bin/python -c '' 2>/dev/null; then
    for name in ${PYTHON:-python3.12 python3.13 python3.11 python3.14 python3}; do
        "$name" -c '' 2>/dev/null || continue
        if ! "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
            old="$old $("$name" --version 2>&1)"
        elif ! "$name" -c 'import ensurepip, venv' 2>/dev/null; then
            old="$old $("$name" --version 2>&1) without its venv module (on Debian: apt install python3-venv)"
        else
            echo "Making .venv with $("$name" --version) …"
            rm -rf .venv
            "$name" -m venv .venv
            break
        fi
    done
fi
if ! [ -x .venv/bin/python ]; then
    echo "Xwin Studio needs Python 3.11 or newer with its venv module. Found:${old:- none}." >&2
    echo "Install one, or name it: make run PYTHON=/path/to/python3.12" >&2
    exit 1
fi
exec .venv/bin/python -m requirements.install "$@"
