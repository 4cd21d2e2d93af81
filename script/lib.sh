#!/usr/bin/env bash
# Shared by the scripts; sourced, not run. Every script works from any directory.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '== %s\n' "$*" >&2; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else die "needs root or sudo for: $*"
  fi
}

# configure PRESET: once; later calls cost nothing.
configure() {
  [ -f "build/$1/build.ninja" ] && return
  mkdir -p build
  say "configuring $1"
  cmake --preset "$1" >"build/$1.configure.log" 2>&1 || { cat "build/$1.configure.log" >&2; return 1; }
}

# build PRESET [TARGET…]
build() {
  configure "$1"
  say "building $1 ${*:2}"
  ninja -C "build/$1" --quiet "${@:2}"
}
