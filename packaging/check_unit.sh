#!/bin/sh
# check_unit.sh UNIT: systemd itself reads the unit, and must find nothing to say. The installed paths are
# replaced, as nothing is installed here.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
sed -e 's#^\(Exec[A-Za-z]*\)=/usr/bin/hammock.*#\1=/bin/true#' -e 's#^Documentation=.*##' "$1" \
  >"$folder/hammock.service"
said=$(systemd-analyze verify "$folder/hammock.service" 2>&1) || { printf '%s\n' "$said"; exit 1; }
if [ -n "$said" ]; then
  printf '%s\n' "$said"
  exit 1
fi
