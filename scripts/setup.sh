#!/bin/sh
# Makes .venv with pinned packages, and sees that the system packages they need are there.
# Usage: scripts/setup.sh REQUIREMENTS [--browser]     PYTHON=... chooses the interpreter
set -eu

missing() { # what, packages: installs them where that is allowed, otherwise says how and stops
    what=$1
    shift
    echo "Missing: $what (system packages: $*)." >&2
    if ! command -v apt-get >/dev/null; then
        echo "Install $what with your system's package manager, then run make again." >&2
        exit 1
    elif [ "$(id -u)" -eq 0 ]; then
        root=""
    elif sudo -n true 2>/dev/null; then
        root=sudo
    else
        echo "Install them with: sudo apt-get install $*" >&2
        exit 1
    fi
    $root apt-get update -qq
    $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

suitable() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3}; do
        if suitable "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    echo "Python 3.11 or newer is needed; none of these is: ${PYTHON:-python3.13 python3.12 python3.11 python3}." >&2
    echo "Install it (sudo apt-get install python3 python3-venv), or name it: make PYTHON=/path/to/python3." >&2
    exit 1
}

find_browser() {
    for candidate in chromium chromium-browser google-chrome google-chrome-stable; do
        if command -v "$candidate" >/dev/null; then return 0; fi
    done
    return 1
}

if [ ! -x .venv/bin/python ]; then
    python=$(find_python)
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        missing "venv for $python" "$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
    fi
    "$python" -m venv .venv
fi
echo "Installing the packages of $1 into .venv."
.venv/bin/python -m pip install --disable-pip-version-check -r "$1"

if ! .venv/bin/python -c 'import cv2' 2>/dev/null; then
    # shellcheck disable=SC2046  # one word per package is meant
    missing "libraries of opencv-python" $(cat packages.txt)
    .venv/bin/python -c 'import cv2'
fi

if [ "${2:-}" = --browser ] && ! find_browser; then
    missing "a browser for the page's tests" chromium
fi
